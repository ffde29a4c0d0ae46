// Public key algorithms (RFC 4253 section 6.6): key types and the signature algorithms over them,
// a line each, in our order of preference. The same rows serve host keys and user keys.
// Certificates (PROTOCOL.certkeys of OpenSSH) are a table of their own, each a row over one of the
// plain ones.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "libssh2core/crypto/cipher_table.h"

namespace ssh2core {

enum class KeyFamily { Ed25519, Ed448, Ecdsa, Rsa, Dsa };

struct SignatureEntry {
  std::string_view name;      // in KEXINIT, in requests and inside the signature
  std::string_view key_type;  // inside the public key blob
  KeyFamily family;
  const char* digest;           // nullptr: the algorithm hashes by itself
  const char* group;            // EC curve as EVP knows it, or nullptr
  std::size_t signature_bytes;  // an upper bound of the signature blob, for buffers
  Offer offer;
  bool security_key = false;  // a FIDO token signs (PROTOCOL.u2f); for users only
  /// Of certificates: the row of kSignatures that signs. Empty: this is such a row itself.
  std::string_view signed_as = {};

  constexpr bool is_certificate() const { return !signed_as.empty(); }
};

inline constexpr auto kSignatures = std::to_array<SignatureEntry>({
    {"ssh-ed25519", "ssh-ed25519", KeyFamily::Ed25519, nullptr, nullptr, 83, Offer::Default},
    {"ssh-ed448", "ssh-ed448", KeyFamily::Ed448, nullptr, nullptr, 131, Offer::Default},
    {"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", KeyFamily::Ecdsa, "SHA256", "P-256", 110,
     Offer::Default},
    {"ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384", KeyFamily::Ecdsa, "SHA384", "P-384", 142,
     Offer::Default},
    {"ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521", KeyFamily::Ecdsa, "SHA512", "P-521", 178,
     Offer::Default},
    {"rsa-sha2-512", "ssh-rsa", KeyFamily::Rsa, "SHA512", nullptr, 2080, Offer::Default},
    {"rsa-sha2-256", "ssh-rsa", KeyFamily::Rsa, "SHA256", nullptr, 2080, Offer::Default},
    {"sk-ssh-ed25519@openssh.com", "sk-ssh-ed25519@openssh.com", KeyFamily::Ed25519, nullptr,
     nullptr, 103, Offer::Default, true},
    {"sk-ecdsa-sha2-nistp256@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com", KeyFamily::Ecdsa,
     "SHA256", "P-256", 121, Offer::Default, true},
    // SHA-1 (RFC 8332 section 5.1, RFC 9142), and a key of 1024 bits.
    {"ssh-rsa", "ssh-rsa", KeyFamily::Rsa, "SHA1", nullptr, 2080, Offer::OnRequest},
    {"ssh-dss", "ssh-dss", KeyFamily::Dsa, "SHA1", nullptr, 55, Offer::OnRequest},
});

/// The row of a plain algorithm; nullptr when there is none.
constexpr const SignatureEntry* find_signature(std::string_view name) {
  const auto at = std::ranges::find(kSignatures, name, &SignatureEntry::name);
  return at == kSignatures.end() ? nullptr : &*at;
}

/// A certificate's row: as the plain one, but for the names.
constexpr SignatureEntry certificate_row(std::string_view name, std::string_view key_type,
                                         std::string_view plain) {
  SignatureEntry row = *find_signature(plain);
  row.name = name;
  row.key_type = key_type;
  row.signed_as = plain;
  return row;
}

inline constexpr auto kCertificates = std::to_array<SignatureEntry>({
    certificate_row("ssh-ed25519-cert-v01@openssh.com", "ssh-ed25519-cert-v01@openssh.com",
                    "ssh-ed25519"),
    certificate_row("ssh-ed448-cert-v01@openssh.com", "ssh-ed448-cert-v01@openssh.com",
                    "ssh-ed448"),
    certificate_row("ecdsa-sha2-nistp256-cert-v01@openssh.com",
                    "ecdsa-sha2-nistp256-cert-v01@openssh.com", "ecdsa-sha2-nistp256"),
    certificate_row("ecdsa-sha2-nistp384-cert-v01@openssh.com",
                    "ecdsa-sha2-nistp384-cert-v01@openssh.com", "ecdsa-sha2-nistp384"),
    certificate_row("ecdsa-sha2-nistp521-cert-v01@openssh.com",
                    "ecdsa-sha2-nistp521-cert-v01@openssh.com", "ecdsa-sha2-nistp521"),
    certificate_row("rsa-sha2-512-cert-v01@openssh.com", "ssh-rsa-cert-v01@openssh.com",
                    "rsa-sha2-512"),
    certificate_row("rsa-sha2-256-cert-v01@openssh.com", "ssh-rsa-cert-v01@openssh.com",
                    "rsa-sha2-256"),
    certificate_row("sk-ssh-ed25519-cert-v01@openssh.com", "sk-ssh-ed25519-cert-v01@openssh.com",
                    "sk-ssh-ed25519@openssh.com"),
    certificate_row("sk-ecdsa-sha2-nistp256-cert-v01@openssh.com",
                    "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com",
                    "sk-ecdsa-sha2-nistp256@openssh.com"),
    certificate_row("ssh-rsa-cert-v01@openssh.com", "ssh-rsa-cert-v01@openssh.com", "ssh-rsa"),
    certificate_row("ssh-dss-cert-v01@openssh.com", "ssh-dss-cert-v01@openssh.com", "ssh-dss"),
});

/// The row of a plain or of a certificate's algorithm; nullptr when there is none.
constexpr const SignatureEntry* find_key_algorithm(std::string_view name) {
  if (const SignatureEntry* row = find_signature(name)) return row;
  const auto at = std::ranges::find(kCertificates, name, &SignatureEntry::name);
  return at == kCertificates.end() ? nullptr : &*at;
}

/// The row whose name stands inside the signature: a plain one's own.
constexpr const SignatureEntry& signing_row(const SignatureEntry& row) {
  return row.is_certificate() ? *find_signature(row.signed_as) : row;
}

}  // namespace ssh2core
