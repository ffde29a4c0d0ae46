#include "tools/sftpd-lite/access/address_rules.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "tools/sftpd-lite/directives/values.h"

namespace ssh2core::tools {

namespace {

constexpr unsigned kMapped = 96;  // bits in front of an IPv4 address
constexpr std::size_t kLongestV1 = 107, kV2Head = 16, kLongestV2 = 536;
constexpr std::string_view kV1 = "PROXY ";
constexpr std::string_view kV2("\r\n\r\n\0\r\nQUIT\n", 12);

/// Whether the text begins with the mark, or could still come to that.
bool begins(std::string_view text, std::string_view mark) {
  return text.substr(0, mark.size()) == mark.substr(0, text.size());
}

std::variant<ProxyHeader, MoreNeeded, std::string> parse_v1(std::string_view text) {
  const std::size_t end = text.substr(0, kLongestV1).find("\r\n");
  if (end == std::string_view::npos) {
    if (text.size() >= kLongestV1) return "the PROXY line is too long";
    return MoreNeeded{};
  }
  ProxyHeader header{.size = end + 2, .address = {}, .port = 0};
  std::vector<std::string_view> words;
  for (std::string_view rest = text.substr(0, end); !rest.empty();) {
    const std::size_t blank = std::min(rest.find(' '), rest.size());
    words.push_back(rest.substr(0, blank));
    rest.remove_prefix(std::min(blank + 1, rest.size()));
  }
  if (words.size() >= 2 && words[1] == "UNKNOWN") return header;
  const bool family = words.size() == 6 && (words[1] == "TCP4" || words[1] == "TCP6");
  const auto port = family ? parse_number(words[4], 0, 65535) : std::nullopt;
  // Nothing behind the address, as an interface would be: the text goes into the log.
  constexpr std::string_view kNumeric = "0123456789abcdefABCDEF.:";
  if (!port || words[2].find_first_not_of(kNumeric) != std::string_view::npos ||
      !parse_address(words[2]))
    return "the PROXY line is malformed";
  header.address = words[2];
  header.port = static_cast<std::uint16_t>(*port);
  return header;
}

std::variant<ProxyHeader, MoreNeeded, std::string> parse_v2(ByteView bytes) {
  if (bytes.size() < kV2Head) return MoreNeeded{};
  const std::size_t length = std::size_t{bytes[14]} << 8 | bytes[15];
  if (bytes[12] >> 4 != 2 || (bytes[12] & 0xf) > 1)
    return "the PROXY header is of no known version";
  if (kV2Head + length > kLongestV2) return "the PROXY header is too long";
  if (bytes.size() < kV2Head + length) return MoreNeeded{};
  ProxyHeader header{.size = kV2Head + length, .address = {}, .port = 0};
  const unsigned family = bytes[13] >> 4;
  const bool local = (bytes[12] & 0xf) == 0;
  if (local || (family != 1 && family != 2)) return header;
  const std::size_t size = family == 1 ? 4 : 16;
  if (length < 2 * size + 4) return "the PROXY header is cut short";
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(family == 1 ? AF_INET : AF_INET6, bytes.data() + kV2Head, text, sizeof text);
  header.address = text;
  const ByteView port = bytes.subspan(kV2Head + 2 * size, 2);
  header.port = static_cast<std::uint16_t>(port[0] << 8 | port[1]);
  return header;
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
  std::string copy(text.substr(0, text.find('%')));  // without an interface
  Address address{};
  if (inet_pton(AF_INET6, copy.c_str(), address.data()) == 1) return address;
  in_addr four{};
  if (inet_pton(AF_INET, copy.c_str(), &four) != 1) return std::nullopt;
  address = {};
  address[10] = address[11] = 0xff;
  std::memcpy(address.data() + 12, &four, 4);
  return address;
}

std::string_view address_of_peer(std::string_view peer) {
  if (peer.starts_with('[')) return peer.substr(1, std::min(peer.find(']'), peer.size()) - 1);
  const std::size_t colon = peer.find(':');
  return colon == peer.rfind(':') ? peer.substr(0, colon) : peer;
}

bool is_ipv4(const Address& address) {
  constexpr Address kFront{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return std::equal(address.begin(), address.begin() + kMapped / 8, kFront.begin());
}

Address source_network(Address address, unsigned bits4, unsigned bits6) {
  for (unsigned bit = is_ipv4(address) ? kMapped + bits4 : bits6; bit < 128; ++bit)
    address[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> (bit % 8)));
  return address;
}

std::string network_text(const Address& source, unsigned bits4, unsigned bits6) {
  const bool four = is_ipv4(source);
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(four ? AF_INET : AF_INET6, source.data() + (four ? kMapped / 8 : 0), text, sizeof text);
  const unsigned bits = four ? bits4 : bits6;
  return bits == (four ? 32U : 128U) ? text : fmt::format("{}/{}", text, bits);
}

bool Network::holds(const Address& address) const {
  if (all) return true;
  if (is_ipv4(address) != (bits >= kMapped && is_ipv4(base))) return false;
  for (unsigned bit = 0; bit < bits; bit += 8) {
    const unsigned left = std::min(bits - bit, 8U);
    const auto mask = static_cast<std::uint8_t>(0xff00U >> left);
    if (((base[bit / 8] ^ address[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

std::optional<Network> parse_network(std::string_view text) {
  if (text == "ALL") return Network{.all = true};
  if (text.ends_with('.')) {  // the first numbers of an IPv4 address
    std::string full(text);
    const auto numbers = static_cast<unsigned>(std::ranges::count(text, '.'));
    if (numbers > 3) return std::nullopt;
    for (unsigned i = numbers; i < 4; ++i) full += i + 1 < 4 ? "0." : "0";
    const auto base = parse_address(full);
    return base ? std::optional(Network{.base = *base, .bits = kMapped + 8 * numbers})
                : std::nullopt;
  }
  const std::size_t slash = text.find('/');
  const std::string_view host = text.substr(0, slash);
  const auto base = parse_address(host);
  if (!base) return std::nullopt;
  if (slash == std::string_view::npos) return Network{.base = *base};
  const bool four = host.find(':') == std::string_view::npos;
  const auto bits = parse_number(text.substr(slash + 1), 0, four ? 32 : 128);
  if (!bits) return std::nullopt;
  return Network{.base = *base, .bits = static_cast<unsigned>(*bits) + (four ? kMapped : 0)};
}

bool any_holds(const std::vector<Network>& networks, const Address& address) {
  return std::ranges::any_of(networks, [&](const Network& one) { return one.holds(address); });
}

std::variant<ProxyHeader, MoreNeeded, std::string> parse_proxy_header(ByteView bytes) {
  const std::string_view text = as_text(bytes.first(std::min(bytes.size(), kLongestV2)));
  if (begins(text, kV1)) return text.size() < kV1.size() ? MoreNeeded{} : parse_v1(text);
  if (begins(text, kV2)) return parse_v2(bytes);
  return "the proxy does not begin with a PROXY header";
}

std::variant<ProxyHeader, std::string> read_proxy_header(int socket) {
  using std::chrono::steady_clock;
  const auto until = steady_clock::now() + std::chrono::seconds(5);
  std::array<std::uint8_t, kLongestV2> bytes{};
  while (true) {
    // Looked at first, then taken: what follows the header is the client's.
    const ssize_t count = recv(socket, bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
    if (count == 0) return "the proxy left";
    if (count < 0 && errno != EAGAIN && errno != EINTR) return std::string(strerror(errno));
    const std::size_t size = count < 0 ? 0 : static_cast<std::size_t>(count);
    const auto parsed = parse_proxy_header(ByteView(bytes).first(size));
    if (const auto* why = std::get_if<std::string>(&parsed)) return *why;
    if (const auto* header = std::get_if<ProxyHeader>(&parsed)) {
      if (recv(socket, bytes.data(), header->size, MSG_DONTWAIT) ==
          static_cast<ssize_t>(header->size))
        return *header;
      return "the PROXY header cannot be read";
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now());
    if (left.count() <= 0) return "no PROXY header came in five seconds";
    // Input that is there already but not complete makes poll return at once: wait a little.
    pollfd wait{socket, static_cast<short>(size == 0 ? POLLIN : POLLRDHUP), 0};
    poll(&wait, 1, size == 0 ? static_cast<int>(left.count()) : 20);
  }
}

}  // namespace ssh2core::tools
