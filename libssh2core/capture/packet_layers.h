// From a captured frame to the TCP segment in it: link layer, IPv4 or IPv6, TCP.
#pragma once

#include <optional>

#include "libssh2core/capture/pcap_writer.h"

namespace ssh2core {

/// A TCP segment (RFC 9293 section 3.1). Borrowed from the frame.
struct TcpSegment {
  CaptureEnd source, target;
  std::uint32_t sequence = 0, acknowledged = 0;
  bool syn = false, ack = false, fin = false, rst = false;
  ByteView payload;
  /// Bytes of the payload that the capture cut off (its snapshot length was too small).
  std::size_t cut_off = 0;
};

/// True for a link type (the LINKTYPE_ numbers of pcap files, DLT_RAW's 12 too) that find_tcp()
/// takes apart: Ethernet (with VLAN tags), BSD loopback, raw IP, Linux "cooked" versions 1 and 2.
bool knows_link_type(std::uint32_t link_type);

/// The segment in a frame; nullopt when there is none, or only a fragment of an IP packet.
std::optional<TcpSegment> find_tcp(std::uint32_t link_type, ByteView frame);

}  // namespace ssh2core
