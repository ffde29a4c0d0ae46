// OpenSSH certificates (PROTOCOL.certkeys of OpenSSH): what one says. Whether it is to be believed
// is for others to decide.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libssh2core/crypto/key_table.h"
#include "libssh2core/wire/bytes.h"

namespace ssh2core {

/// The most principals that a certificate may name, as in OpenSSH, and the most options of a kind.
inline constexpr std::size_t kMostPrincipals = 256, kMostCertificateOptions = 64;
/// The longest certificate: far more than the largest RSA keys of user and CA take.
inline constexpr std::size_t kMostCertificateBytes = 32768;

struct CertificateOption {
  std::string name;
  Bytes data;  // what it means depends on the name
};

struct Certificate {
  enum class Kind : std::uint32_t { User = 1, Host = 2 };

  Bytes key_blob;  // of the plain key that the certificate is about
  std::uint64_t serial = 0;
  Kind kind = Kind::User;
  std::string key_id;
  NameList principals;                              // users or hosts
  std::uint64_t valid_after = 0, valid_before = 0;  // seconds since 1970: after <= now < before
  std::vector<CertificateOption> critical_options, extensions;
  Bytes ca_key;       // blob of the plain key that signed
  Bytes signed_part;  // what the signature covers
  Bytes signature;    // wire form
};

/// The row of a certificate's type ("ssh-rsa-cert-v01@openssh.com" of a blob); nullptr for others.
const SignatureEntry* find_certificate_type(std::string_view key_type);

/// The fields of a certificate's blob. nullopt: another type, malformed, neither for users nor for
/// hosts, too large, an option twice, or signed by a certificate. The key in it is not looked at.
std::optional<Certificate> parse_certificate(ByteView blob);

/// True when the certificate's CA made its signature, with one of these algorithms.
bool is_signed_by_its_ca(const Certificate& certificate, const NameList& algorithms);

/// The algorithms that CAs may sign with: all that are offered by default, so none with SHA-1.
NameList default_ca_algorithms();

/// An option of the list by its name; nullptr when there is none.
const CertificateOption* find_option(const std::vector<CertificateOption>& options,
                                     std::string_view name);

}  // namespace ssh2core
