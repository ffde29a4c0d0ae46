// One SSH connection, from the bytes of its two streams to messages: identification, packets, keys,
// channels. No I/O; memory is bounded whatever the connection carries.
#pragma once

#include <deque>

#include "libssh2core/capture/channel_trace.h"
#include "libssh2core/capture/key_exchange_trace.h"
#include "libssh2core/capture/ssh_messages.h"
#include "libssh2core/transport/identification.h"
#include "libssh2core/transport/packet_reader.h"

namespace ssh2core {

class SessionDecoder {
 public:
  /// `keys`: nullptr when there is no key log; what is encrypted is then shown by its size, and no
  /// error. Both must outlive the decoder.
  SessionDecoder(TraceSession about, const KeyLogReader* keys, TraceSink& sink);

  /// The next bytes of a stream, in the order of the capture.
  void received(Way way, ByteView bytes, Clock::Wall time);
  /// `count` bytes of a stream are missing here: the rest of it cannot be decoded.
  void missing(Way way, std::uint64_t count, Clock::Wall time);
  /// The connection, or the capture, is over.
  void end(Clock::Wall time);
  const TraceSession& about() const { return about_; }

 private:
  /// What a stream waits for, or why it is not read any more.
  enum class State { Identification, Packets, Keys, Encrypted, Lost };
  struct Stream {
    State state = State::Identification;
    PacketReader reader;
    IdentificationReader identification;
    std::size_t exchange = 0;   // counts NEWKEYS
    std::uint64_t skipped = 0;  // bytes since it was lost
    std::uint64_t ident_bytes = 0;
    explicit Stream(Role reader_role) : identification(reader_role) {}
  };
  /// Bytes that may wait for the other stream: much more than captures are out of step by.
  static constexpr std::size_t kMostWaiting = 4 << 20;

  Stream& stream(Way way) { return streams_[index_of(way)]; }
  void store(Way way, ByteView bytes);
  void advance();
  bool step(Way way);
  bool read_identification(Way way);
  bool read_packet(Way way);
  bool change_keys(Way way);
  void on_payload(Way way, ByteView payload);
  void follow(Way way, ByteView payload);
  void on_kexinit(Way way, ByteView payload, TraceMessage& message);
  void lose(Way way, const std::string& why);
  void show_encrypted(Way way, std::uint64_t bytes);
  void emit(TraceMessage&& message);
  KeyExchangeTrace& exchange(Way way);

  TraceSession about_;
  const KeyLogReader* keys_;
  TraceSink& sink_;
  Clock::Wall time_{};
  std::array<Stream, 2> streams_;
  ExchangeSession session_;
  std::deque<KeyExchangeTrace> exchanges_;  // those that are not over both ways
  std::size_t first_exchange_ = 0;          // number of the first of them
  std::string auth_method_;
  ChannelTrace channels_;
};

}  // namespace ssh2core
