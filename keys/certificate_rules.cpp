#include "keys/certificate_rules.h"

#include <arpa/inet.h>

#include <array>
#include <optional>

namespace ssh2core::keys {

namespace {

struct Address {
  std::array<std::uint8_t, 16> bytes{};
  std::size_t bits = 0;  // 32 or 128
};

std::optional<Address> read_address(std::string_view text) {
  const std::string terminated(text);
  Address address;
  if (inet_pton(AF_INET, terminated.c_str(), address.bytes.data()) == 1) {
    address.bits = 32;
    return address;
  }
  if (inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) != 1) return std::nullopt;
  address.bits = 128;
  // An IPv4 client on an IPv6 socket (RFC 4291 section 2.5.5.2).
  constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::equal(kMapped.begin(), kMapped.end(), address.bytes.begin())) {
    std::copy_n(address.bytes.begin() + 12, 4, address.bytes.begin());
    std::fill(address.bytes.begin() + 4, address.bytes.end(), std::uint8_t{0});
    address.bits = 32;
  }
  return address;
}

bool bit_of(const Address& address, std::size_t i) {
  return (address.bytes.at(i / 8) >> (7 - i % 8) & 1) != 0;
}

struct Network {
  Address address;
  std::size_t bits = 0;
};

/// "ADDRESS" or "ADDRESS/BITS"; nullopt when malformed.
std::optional<Network> read_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = read_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  Network network{*address, address->bits};
  if (slash == std::string_view::npos) return network;
  const std::string_view digits = text.substr(slash + 1);
  if (digits.empty() || digits.size() > 3) return std::nullopt;
  network.bits = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    network.bits = network.bits * 10 + static_cast<std::size_t>(c - '0');
  }
  if (network.bits > address->bits) return std::nullopt;
  for (std::size_t i = network.bits; i < address->bits; ++i)
    if (bit_of(*address, i)) return std::nullopt;
  return network;
}

bool holds(const Network& network, const Address& address) {
  if (network.address.bits != address.bits) return false;
  for (std::size_t i = 0; i < network.bits; ++i)
    if (bit_of(network.address, i) != bit_of(address, i)) return false;
  return true;
}

/// The string in an option's data; nullopt when it is something else.
std::optional<std::string> text_of(const CertificateOption& option) try {
  Reader data(option.data);
  std::string text(data.text());
  data.expect_end();
  return text;
} catch (const ProtocolError&) {
  return std::nullopt;
}

/// Why a critical option forbids the login; empty when it does not.
std::string critical_problem(const CertificateOption& option, std::string_view address,
                             CertificateGrant& grant) {
  if (option.name == "verify-required") {
    grant.verify_required = true;
    return option.data.empty() ? "" : "its option verify-required is damaged";
  }
  const auto text = text_of(option);
  if (option.name == "force-command") {
    if (text && *text == "internal-sftp") return {};
    return "it may only run a command that is not internal-sftp";
  }
  if (option.name == "source-address") {
    if (text && is_in_networks(address, *text)) return {};
    return "it may not be used from this address";
  }
  return "it has a critical option that is not known";
}

}  // namespace

bool is_in_networks(std::string_view address, std::string_view networks) {
  const auto client = read_address(address);
  if (!client) return false;
  bool found = false;
  while (true) {
    const std::size_t comma = networks.find(',');
    const auto network = read_network(networks.substr(0, comma));
    if (!network) return false;
    found |= holds(*network, *client);
    if (comma == std::string_view::npos) return found;
    networks.remove_prefix(comma + 1);
  }
}

std::variant<CertificateGrant, std::string> check_user_certificate(
    const Certificate& certificate, const CertificateQuestion& question) {
  const auto refused = [](const std::string& why) { return "the certificate is refused: " + why; };
  if (certificate.kind != Certificate::Kind::User) return refused("it is one of a host");
  if (question.now < certificate.valid_after) return refused("it is not valid yet");
  if (question.now >= certificate.valid_before) return refused("it has expired");
  const auto named = [&](const std::string& name) {
    return std::ranges::find(certificate.principals, name) != certificate.principals.end();
  };
  if (certificate.principals.empty()) return refused("it names no principal");
  if (!std::ranges::any_of(question.principals, named))
    return refused("the user is none of its principals");
  CertificateGrant grant;
  grant.touch_required = find_option(certificate.extensions, "no-touch-required") == nullptr;
  for (const CertificateOption& option : certificate.critical_options)
    if (std::string problem = critical_problem(option, question.address, grant); !problem.empty())
      return refused(problem);
  return grant;
}

}  // namespace ssh2core::keys
