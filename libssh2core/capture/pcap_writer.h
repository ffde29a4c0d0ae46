// A connection as a packet capture: the bytes of both directions in TCP segments of our own making,
// in the classic pcap format with raw IP packets (LINKTYPE_RAW).
#pragma once

#include <array>
#include <functional>

#include "libssh2core/transport/taps.h"
#include "libssh2core/wire/buffer.h"
#include "libssh2core/wire/clock.h"

namespace ssh2core {

// Wireshark 4.0 takes a segment that begins with an identification line for nothing but that, and
// understands packets only after it has seen the lines of both sides. So each line gets a segment
// of its own, and what a side sent before the other's line stands behind that in the capture.

/// One end of the connection as the capture shows it.
struct CaptureEnd {
  bool ipv6 = false;
  std::array<std::uint8_t, 16> address{};  // the first 4 bytes for IPv4
  std::uint16_t port = 0;
};

class PcapWriter final : public PacketTap {
 public:
  /// `sink` takes the bytes of the file in order. Both ends are of one family. Writes the file's
  /// head and TCP's opening, from the peer.
  PcapWriter(const CaptureEnd& peer, const CaptureEnd& self, const Clock& clock,
             std::function<void(ByteView)> sink);
  /// Writes TCP's closing.
  ~PcapWriter() override;
  PcapWriter(const PcapWriter&) = delete;
  PcapWriter& operator=(const PcapWriter&) = delete;

  void on_received(ByteView bytes) override { send(peer_, self_, bytes); }
  void on_sent(ByteView bytes) override { send(self_, peer_, bytes); }

 private:
  struct Side {
    CaptureEnd end;
    std::uint32_t next = 0;      // sequence number of the next byte
    bool identification = true;  // its end has not been seen yet
    Buffer early;                // what followed it before the other side's came
  };
  void send(Side& from, Side& to, ByteView bytes);
  void write(Side& from, const Side& to, ByteView bytes);
  void write_early(Side& from, const Side& to);
  void segment(Side& from, const Side& to, std::uint8_t flags, ByteView bytes);

  const Clock& clock_;
  std::function<void(ByteView)> sink_;
  Side peer_, self_;
  Buffer packet_;
};

}  // namespace ssh2core
