// Who may connect, by address: lists of networks, and what a proxy says of the client behind it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "libssh2core/wire/bytes.h"

namespace ssh2core::tools {

/// An IPv4 or IPv6 address; IPv4 as the mapped addresses of RFC 4291 section 2.5.5.2, so that one
/// comparison does for both.
using Address = std::array<std::uint8_t, 16>;
bool is_ipv4(const Address& address);
/// From text without a port; nullopt when it is none.
std::optional<Address> parse_address(std::string_view text);

/// What of an address makes a source: so many bits of an IPv4, so many of an IPv6 one.
Address source_network(Address address, unsigned bits4, unsigned bits6);
/// Such a source as text, with its bits where they are not all.
std::string network_text(const Address& source, unsigned bits4, unsigned bits6);

/// The address of a peer: "ADDRESS:PORT", "[ADDRESS]:PORT", or without a port as it is.
std::string_view address_of_peer(std::string_view peer);

/// A network, or a single address. One of IPv6 holds no IPv4 address, however wide it is.
struct Network {
  Address base{};
  unsigned bits = 128;
  bool all = false;  // every address
  bool holds(const Address& address) const;
};
/// `ADDRESS`, `ADDRESS/BITS`, `a.b.c.` (as TCP wrappers have it) or `ALL`; nullopt: none of these.
std::optional<Network> parse_network(std::string_view text);
inline constexpr std::string_view kNetworkForms =
    "ADDRESS/BITS, the first numbers of one with a dot behind, or ALL";
bool any_holds(const std::vector<Network>& networks, const Address& address);

/// TCP wrappers' order: who is allowed comes in, else who is denied does not, else everybody does.
struct AddressRules {
  std::vector<Network> allowed, denied;
  bool admits(const Address& address) const {
    return any_holds(allowed, address) || !any_holds(denied, address);
  }
};

/// What the PROXY protocol of HAProxy, version 1 or 2, says at the beginning of a stream.
struct ProxyHeader {
  std::size_t size = 0;  // bytes of the header
  std::string address;   // of the client; empty: the proxy speaks for itself (LOCAL, UNKNOWN)
  std::uint16_t port = 0;
};
struct MoreNeeded {};
/// The header at the front of `bytes`; MoreNeeded while it is not complete; a sentence when it is
/// none. Looks at no more than 536 bytes.
std::variant<ProxyHeader, MoreNeeded, std::string> parse_proxy_header(ByteView bytes);

/// Reads a header from a socket, and not a byte more; waits five seconds at most. The sentence says
/// why there is none.
std::variant<ProxyHeader, std::string> read_proxy_header(int socket);

}  // namespace ssh2core::tools
