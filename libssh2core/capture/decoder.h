// A capture, frame by frame, to messages: what replay, tests and fuzzers drive. No I/O; memory
// depends on the connections open at a time, not on the size of the capture.
#pragma once

#include <memory>
#include <unordered_map>

#include "libssh2core/capture/session_decoder.h"
#include "libssh2core/capture/tcp_reassembly.h"

namespace ssh2core {

/// A frame as it was captured. Borrowed.
struct CapturedFrame {
  Clock::Wall time{};
  std::uint32_t link_type = 0;  // LINKTYPE_ of pcap files
  ByteView bytes;
};

class Decoder final : private TcpSink {
 public:
  /// `keys`: nullptr when there is no key log. Both must outlive the decoder.
  Decoder(const KeyLogReader* keys, TraceSink& sink)
      : keys_(keys), sink_(sink), reassembly_(*this) {}
  void frame(const CapturedFrame& frame);
  /// The capture is over: ends all sessions that are still open.
  void end();

  /// Connections that spoke SSH, and all TCP connections with data.
  std::uint64_t sessions() const { return sessions_; }
  std::uint64_t connections() const { return connections_; }

 private:
  /// What is known of a connection while it is not clear whether it speaks SSH.
  struct Connection {
    bool foreign = false;                    // it does not
    std::array<Bytes, 2> early;              // the first bytes of each stream
    std::array<std::uint64_t, 2> missing{};  // what the capture lacks there
    std::unique_ptr<SessionDecoder> session;
  };
  void on_bytes(const TcpConnection& about, Way way, ByteView bytes, Clock::Wall time) override;
  void on_gap(const TcpConnection& about, Way way, std::uint64_t count, Clock::Wall time) override;
  void on_end(const TcpConnection& about, Clock::Wall time) override;
  Connection& connection(const TcpConnection& about);
  void begin_session(const TcpConnection& about, Connection& made, Clock::Wall time);
  void refuse(const TcpConnection& about, Connection& made, Clock::Wall time);

  const KeyLogReader* keys_;
  TraceSink& sink_;
  TcpReassembly reassembly_;
  std::unordered_map<std::uint64_t, Connection> open_;
  std::uint64_t sessions_ = 0, connections_ = 0;
  Clock::Wall last_{};
};

}  // namespace ssh2core
