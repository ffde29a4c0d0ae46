#include "libssh2core/capture/packet_layers.h"

#include <algorithm>
#include <array>

namespace ssh2core {

namespace {

constexpr std::uint8_t kTcp = 6;
constexpr unsigned kIpv4 = 0x0800, kIpv6 = 0x86dd;  // EtherTypes

unsigned u16(Reader& r) {
  const unsigned high = r.u8();
  return high << 8 | r.u8();
}

CaptureEnd end_of(ByteView address) {
  CaptureEnd end;
  end.ipv6 = address.size() == end.address.size();
  std::ranges::copy(address, end.address.begin());
  return end;
}

// --- Link layers: each leaves the reader at the IP packet, or says that there is none ---

bool is_ip(unsigned ether_type) { return ether_type == kIpv4 || ether_type == kIpv6; }

bool skip_ethernet(Reader& r) {
  r.raw(12);
  unsigned type = u16(r);
  while (type == 0x8100 || type == 0x88a8 || type == 0x9100) {  // VLAN tags, IEEE 802.1Q
    r.raw(2);
    type = u16(r);
  }
  return is_ip(type);
}

bool skip_cooked(Reader& r) {
  r.raw(14);
  return is_ip(u16(r));
}

bool skip_cooked2(Reader& r) {
  const unsigned type = u16(r);
  r.raw(18);
  return is_ip(type);
}

/// BSD loopback: an address family, in the byte order of the machine that captured. Which one it is
/// the IP version says better.
bool skip_loopback(Reader& r) {
  r.raw(4);
  return true;
}

bool skip_nothing(Reader&) { return true; }

struct LinkType {
  std::uint32_t number;
  bool (*skip)(Reader& r);
};
constexpr auto kLinkTypes = std::to_array<LinkType>({
    {0, skip_loopback},  // NULL
    {1, skip_ethernet},
    {12, skip_nothing},    // DLT_RAW
    {101, skip_nothing},   // RAW
    {108, skip_loopback},  // LOOP
    {113, skip_cooked},    // LINUX_SLL
    {228, skip_nothing},   // IPV4
    {229, skip_nothing},   // IPV6
    {276, skip_cooked2},   // LINUX_SLL2
});

const LinkType* find_link_type(std::uint32_t number) {
  const auto at = std::ranges::find(kLinkTypes, number, &LinkType::number);
  return at == kLinkTypes.end() ? nullptr : &*at;
}

// --- IP and TCP ---

/// What an IP packet carries, when that is TCP.
struct IpContent {
  CaptureEnd source, target;
  ByteView bytes;           // as far as captured
  std::size_t cut_off = 0;  // and what is missing of it
};

/// The first `length` bytes of what is left, link-layer padding excluded.
void take_content(Reader& r, std::size_t length, IpContent& content) {
  const std::size_t there = std::min(length, r.remaining());
  content.bytes = r.raw(there);
  content.cut_off = length - there;
}

std::optional<IpContent> read_ipv4(Reader& r) {  // RFC 791 section 3.1
  const std::size_t head = (r.u8() & 15U) * std::size_t{4};
  r.raw(1);
  std::size_t total = u16(r);
  r.raw(2);
  const unsigned fragment = u16(r);
  r.raw(1);
  const std::uint8_t protocol = r.u8();
  r.raw(2);
  IpContent content{end_of(r.raw(4)), end_of(r.raw(4)), {}};
  if (head < 20 || protocol != kTcp || (fragment & 0x3fffU) != 0) return std::nullopt;
  r.raw(head - 20);
  if (total == 0) total = head + r.remaining();  // left to the network card
  if (total < head) return std::nullopt;
  take_content(r, total - head, content);
  return content;
}

std::optional<IpContent> read_ipv6(Reader& r) {  // RFC 8200 sections 3 and 4
  r.raw(4);
  std::size_t length = u16(r);
  std::uint8_t next = r.u8();
  r.raw(1);
  IpContent content{end_of(r.raw(16)), end_of(r.raw(16)), {}};
  if (length == 0) length = r.remaining();  // left to the network card
  constexpr std::uint8_t kHopByHop = 0, kRouting = 43, kDestination = 60;
  while (next == kHopByHop || next == kRouting || next == kDestination) {
    next = r.u8();
    const std::size_t more = r.u8() * std::size_t{8} + 6;
    r.raw(more);
    if (length < more + 2) return std::nullopt;
    length -= more + 2;
  }
  if (next != kTcp) return std::nullopt;
  take_content(r, length, content);
  return content;
}

TcpSegment read_tcp(const IpContent& ip) {
  Reader r(ip.bytes);
  TcpSegment segment;
  segment.source = ip.source;
  segment.target = ip.target;
  segment.source.port = static_cast<std::uint16_t>(u16(r));
  segment.target.port = static_cast<std::uint16_t>(u16(r));
  segment.sequence = r.u32();
  segment.acknowledged = r.u32();
  const std::size_t head = (r.u8() >> 4) * std::size_t{4};
  const std::uint8_t flags = r.u8();
  segment.fin = (flags & 1U) != 0;
  segment.syn = (flags & 2U) != 0;
  segment.rst = (flags & 4U) != 0;
  segment.ack = (flags & 16U) != 0;
  r.raw(6);
  if (head < 20) throw ProtocolError(Reason::Protocol, "TCP header too short");
  r.raw(head - 20);
  segment.payload = r.rest();
  segment.cut_off = ip.cut_off;
  return segment;
}

}  // namespace

bool knows_link_type(std::uint32_t link_type) { return find_link_type(link_type) != nullptr; }

std::optional<TcpSegment> find_tcp(std::uint32_t link_type, ByteView frame) {
  const LinkType* link = find_link_type(link_type);
  if (link == nullptr) return std::nullopt;
  try {
    Reader r(frame);
    if (!link->skip(r) || r.remaining() == 0) return std::nullopt;
    Reader version = r;
    const unsigned number = version.u8() >> 4;
    if (number != 4 && number != 6) return std::nullopt;
    const auto ip = number == 4 ? read_ipv4(r) : read_ipv6(r);
    if (!ip) return std::nullopt;
    return read_tcp(*ip);
  } catch (const ProtocolError&) {  // cut short inside a header: as good as not captured
    return std::nullopt;
  }
}

}  // namespace ssh2core
