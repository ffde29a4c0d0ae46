// TCP connections of a capture as two streams of bytes each (RFC 9293). Segments may come twice, in
// any order, or not at all: what is missing is reported, and nothing is made up for it. A segment
// comes out only behind those of the other stream that it acknowledges: so both streams together
// are in the order of cause and effect, even where the capture is not.
#pragma once

#include <map>

#include "libssh2core/capture/packet_layers.h"
#include "libssh2core/capture/trace.h"

namespace ssh2core {

/// Who talks to whom. The client is who sent the first SYN; without one in the capture, the end
/// with the higher port.
struct TcpConnection {
  std::uint64_t id = 0;  // of this connection, in order of appearance
  CaptureEnd client, server;
  bool from_start = false;  // its SYN was seen
};

class TcpSink {
 public:
  virtual ~TcpSink() = default;
  /// The next bytes of a stream. The view lives no longer than the call.
  virtual void on_bytes(const TcpConnection& connection, Way way, ByteView bytes,
                        Clock::Wall time) = 0;
  /// `count` bytes at this place of the stream are not in the capture.
  virtual void on_gap(const TcpConnection& connection, Way way, std::uint64_t count,
                      Clock::Wall time) = 0;
  /// Nothing more will come of it. Only for a connection that had bytes or gaps.
  virtual void on_end(const TcpConnection& connection, Clock::Wall time) = 0;
};

class TcpReassembly {
 public:
  /// Per stream at most so many bytes and segments are kept waiting; with more, what they wait for
  /// is taken as lost.
  static constexpr std::size_t kMostWaitingBytes = 8 << 20, kMostWaitingSegments = 16384;
  /// Connections open at once; with more, those that were silent longest are taken as over.
  static constexpr std::size_t kMostOpen = 65536;

  explicit TcpReassembly(TcpSink& sink) : sink_(sink) {}
  void segment(const TcpSegment& segment, Clock::Wall time);
  /// The capture ends: what is still open ends with it.
  void end(Clock::Wall time);
  /// Connections so far.
  std::uint64_t connections() const { return last_id_; }

 private:
  struct Piece {
    ByteView bytes;
    std::size_t cut_off;
    std::uint64_t after;
  };
  struct Waiting {
    Bytes bytes;
    std::size_t cut_off = 0;
    std::uint64_t after = 0;  // position in the other stream that it acknowledges
  };
  struct Stream {
    bool begun = false;
    std::uint32_t first = 0;  // sequence number of its first byte
    // Positions count from there; 64 bits, as sequence numbers wrap.
    std::uint64_t next = 0;                    // of the byte that is waited for
    std::uint64_t acknowledged = 0;            // by the other end
    std::optional<std::uint64_t> fin;          // where the stream ends
    std::map<std::uint64_t, Waiting> waiting;  // by position
    std::size_t waiting_bytes = 0;
  };
  struct Connection {
    TcpConnection about;
    std::uint32_t client_isn = 0;
    std::array<Stream, 2> streams;
    bool closed = false, used = false;
    std::uint64_t last_segment = 0;  // number of its latest one
  };
  using Key = std::array<std::uint8_t, 37>;
  static Key key_of(const TcpSegment& segment);
  static std::uint64_t position(const Stream& stream, std::uint32_t sequence);
  static bool has_come_to(const Stream& stream, std::uint64_t acknowledged);

  Connection* find_or_open(const TcpSegment& segment, Clock::Wall time);
  void place(Connection& connection, Way way, const TcpSegment& segment, Clock::Wall time);
  static void keep(Stream& stream, std::uint64_t at, const Piece& piece);
  void deliver(Connection& connection, Way way, ByteView bytes, std::size_t cut_off,
               Clock::Wall time);
  void deliver_ready(Connection& connection, Clock::Wall time);
  bool deliver_first(Connection& connection, Way way, Clock::Wall time);
  void give_up_waiting(Connection& connection, Way way, Clock::Wall time);
  void gap(Connection& connection, Way way, std::uint64_t count, Clock::Wall time);
  void close(Connection& connection, Clock::Wall time);
  void end_silent(Clock::Wall time);
  void forget_closed();

  TcpSink& sink_;
  std::map<Key, Connection> connections_;
  std::size_t closed_ = 0;  // of them
  std::uint64_t last_id_ = 0, segments_ = 0;
};

}  // namespace ssh2core
