#include "libssh2core/capture/pcap_writer.h"

#include <algorithm>

namespace ssh2core {

namespace {

// RFC 9293 section 3.1
constexpr std::uint8_t kFin = 1, kSyn = 2, kPush = 8, kAck = 16;
constexpr std::uint8_t kTcp = 6;
constexpr std::size_t kTcpHead = 20, kMostData = 32768;

void put_u16(Buffer& out, std::size_t value) {
  std::uint8_t* at = out.extend(2);
  at[0] = static_cast<std::uint8_t>(value >> 8);
  at[1] = static_cast<std::uint8_t>(value);
}

/// The Internet checksum (RFC 1071): adds the 16-bit words of `bytes` to a running sum.
std::uint32_t add_words(std::uint32_t sum, ByteView bytes) {
  for (std::size_t i = 0; i < bytes.size(); i += 2)
    sum += static_cast<std::uint32_t>(bytes[i] << 8 | (i + 1 < bytes.size() ? bytes[i + 1] : 0));
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

void set_checksum(std::uint8_t* at, std::uint32_t sum) {
  at[0] = static_cast<std::uint8_t>(~sum >> 8);
  at[1] = static_cast<std::uint8_t>(~sum);
}

ByteView address_of(const CaptureEnd& end) {
  return ByteView(end.address).first(end.ipv6 ? 16 : 4);
}

void put_ip_head(Buffer& out, const CaptureEnd& from, const CaptureEnd& to, std::size_t payload) {
  Writer w(out);
  if (from.ipv6) {  // RFC 8200 section 3
    w.u32(0x60000000);
    put_u16(out, payload);
    w.u8(kTcp);
    w.u8(64);
  } else {  // RFC 791 section 3.1
    w.u8(0x45);
    w.u8(0);
    put_u16(out, 20 + payload);
    w.u32(0x00004000);  // identification 0, do not fragment
    w.u8(64);
    w.u8(kTcp);
    put_u16(out, 0);
  }
  out.append(address_of(from));
  out.append(address_of(to));
  if (!from.ipv6) {
    std::uint8_t* head = out.data() + out.size() - 20;
    set_checksum(head + 10, add_words(0, {head, 20}));
  }
}

}  // namespace

PcapWriter::PcapWriter(const CaptureEnd& peer, const CaptureEnd& self, const Clock& clock,
                       std::function<void(ByteView)> sink)
    : clock_(clock),
      sink_(std::move(sink)),
      peer_{peer, 1000, true, {}},
      self_{self, 2000, true, {}} {
  Buffer head;
  Writer w(head);
  w.u32(0xa1b2c3d4);  // big-endian, microseconds
  put_u16(head, 2);
  put_u16(head, 4);
  w.u64(0);
  w.u32(262144);  // snapshot length
  w.u32(101);     // LINKTYPE_RAW
  sink_(head.view());
  segment(peer_, self_, kSyn, {});
  segment(self_, peer_, kSyn | kAck, {});
  segment(peer_, self_, kAck, {});
}

PcapWriter::~PcapWriter() {
  write_early(self_, peer_);
  write_early(peer_, self_);
  segment(self_, peer_, kFin | kAck, {});
  segment(peer_, self_, kFin | kAck, {});
  segment(self_, peer_, kAck, {});
}

void PcapWriter::send(Side& from, Side& to, ByteView bytes) {
  if (from.identification) {
    const auto end = std::ranges::find(bytes, std::uint8_t{'\n'});
    const bool whole = end != bytes.end();
    const auto count = static_cast<std::size_t>(end - bytes.begin()) + (whole ? 1 : 0);
    write(from, to, bytes.first(count));
    bytes = bytes.subspan(count);
    if (!whole) return;
    from.identification = false;
    write_early(to, from);
  }
  if (to.identification)
    from.early.append(bytes);
  else
    write(from, to, bytes);
}

void PcapWriter::write_early(Side& from, const Side& to) {
  const Buffer early = std::move(from.early);
  write(from, to, early.view());
}

void PcapWriter::write(Side& from, const Side& to, ByteView bytes) {
  while (!bytes.empty()) {
    const std::size_t count = std::min(bytes.size(), kMostData);
    segment(from, to, kPush | kAck, bytes.first(count));
    bytes = bytes.subspan(count);
  }
}

void PcapWriter::segment(Side& from, const Side& to, std::uint8_t flags, ByteView bytes) {
  const std::size_t ip_head = from.end.ipv6 ? 40 : 20;
  const std::size_t length = ip_head + kTcpHead + bytes.size();
  const auto time =
      std::chrono::duration_cast<std::chrono::microseconds>(clock_.date().time_since_epoch())
          .count();
  packet_.clear();
  Writer w(packet_);
  w.u32(static_cast<std::uint32_t>(time / 1000000));
  w.u32(static_cast<std::uint32_t>(time % 1000000));
  w.u32(static_cast<std::uint32_t>(length));
  w.u32(static_cast<std::uint32_t>(length));
  put_ip_head(packet_, from.end, to.end, kTcpHead + bytes.size());
  const std::size_t tcp = packet_.size();
  put_u16(packet_, from.end.port);
  put_u16(packet_, to.end.port);
  w.u32(from.next);
  w.u32((flags & kAck) != 0 ? to.next : 0);
  w.u8(kTcpHead / 4 << 4);
  w.u8(flags);
  put_u16(packet_, 65535);  // window
  w.u32(0);                 // checksum, urgent pointer
  w.raw(bytes);
  // The pseudo header of RFC 9293 section 3.1: addresses, protocol, length.
  const std::size_t segment_bytes = kTcpHead + bytes.size();
  std::uint32_t sum = kTcp + static_cast<std::uint32_t>(segment_bytes);
  sum = add_words(sum, address_of(from.end));
  sum = add_words(sum, address_of(to.end));
  std::uint8_t* head = packet_.data() + tcp;
  set_checksum(head + 16, add_words(sum, {head, segment_bytes}));
  sink_(packet_.view());
  from.next += static_cast<std::uint32_t>(bytes.size()) + ((flags & (kSyn | kFin)) != 0 ? 1 : 0);
}

}  // namespace ssh2core
