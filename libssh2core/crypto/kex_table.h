// Every key exchange method we know, a line each, in our order of preference.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include "libssh2core/crypto/cipher_table.h"
#include "libssh2core/crypto/secret.h"

namespace ssh2core {

struct KexEntry;

/// One run of a method, of one role. A peer's value that is out of range, of the wrong size or not
/// on the curve throws ProtocolError with Reason::KeyExchange. Ephemeral secrets are wiped on
/// destruction. Values are as they stand in the packets and in the exchange hash, without their
/// length (for Diffie-Hellman: big-endian magnitudes without leading zeros).
class KeyAgreement {
 public:
  virtual ~KeyAgreement() = default;
  /// Client: makes the ephemeral key and returns the value to send.
  virtual Bytes client_value() = 0;
  /// Client: the shared secret, from the server's answer.
  virtual Secret client_finish(ByteView server_value) = 0;
  struct Answer {
    Bytes server_value;
    Secret shared;
  };
  /// Server: the answer to the client's value and the shared secret.
  virtual Answer server_answer(ByteView client_value) = 0;
  /// The ephemeral private key of this run as a big-endian number, for key logs; empty before
  /// there is one, and for methods whose secret is not one number.
  virtual Secret private_key() const = 0;
};

/// How a number stands in packets and in the exchange hash.
enum class ValueEncoding { Mpint, String };

/// Which messages a method has. OneRound: a value of the client, one of the server, as KeyAgreement
/// computes them. GroupExchange: the server chooses a group first (RFC 4419). RsaTransport: the
/// client sends the secret under a transient key of the server (RFC 4432).
enum class KexShape { OneRound, GroupExchange, RsaTransport };

struct KexEntry {
  std::string_view name;  // as in KEXINIT
  const char* hash;       // of the exchange hash and of key derivation
  ValueEncoding values;   // client's and server's value
  ValueEncoding shared;   // K
  const char* group;      // group, curve or pair, as the implementation knows it
  Offer offer;
  std::unique_ptr<KeyAgreement> (*make)(const KexEntry&);  // OneRound only, else nullptr
  KexShape shape = KexShape::OneRound;
};

std::unique_ptr<KeyAgreement> make_x25519(const KexEntry&);
std::unique_ptr<KeyAgreement> make_x448(const KexEntry&);
std::unique_ptr<KeyAgreement> make_ecdh(const KexEntry&);
std::unique_ptr<KeyAgreement> make_dh(const KexEntry&);
std::unique_ptr<KeyAgreement> make_hybrid(const KexEntry&);

inline constexpr auto kKexMethods = std::to_array<KexEntry>({
    {"mlkem768x25519-sha256", "SHA256", ValueEncoding::String, ValueEncoding::String,
     "ML-KEM-768+X25519", Offer::Default, make_hybrid},
    {"sntrup761x25519-sha512", "SHA512", ValueEncoding::String, ValueEncoding::String,
     "sntrup761+X25519", Offer::Default, make_hybrid},
    {"sntrup761x25519-sha512@openssh.com", "SHA512", ValueEncoding::String, ValueEncoding::String,
     "sntrup761+X25519", Offer::Default, make_hybrid},
    {"mlkem768nistp256-sha256", "SHA256", ValueEncoding::String, ValueEncoding::String,
     "ML-KEM-768+P-256", Offer::Default, make_hybrid},
    {"mlkem1024nistp384-sha384", "SHA384", ValueEncoding::String, ValueEncoding::String,
     "ML-KEM-1024+P-384", Offer::Default, make_hybrid},
    {"curve25519-sha256", "SHA256", ValueEncoding::String, ValueEncoding::Mpint, "X25519",
     Offer::Default, make_x25519},
    {"curve25519-sha256@libssh.org", "SHA256", ValueEncoding::String, ValueEncoding::Mpint,
     "X25519", Offer::Default, make_x25519},
    {"curve448-sha512", "SHA512", ValueEncoding::String, ValueEncoding::Mpint, "X448",
     Offer::Default, make_x448},
    {"ecdh-sha2-nistp256", "SHA256", ValueEncoding::String, ValueEncoding::Mpint, "P-256",
     Offer::Default, make_ecdh},
    {"ecdh-sha2-nistp384", "SHA384", ValueEncoding::String, ValueEncoding::Mpint, "P-384",
     Offer::Default, make_ecdh},
    {"ecdh-sha2-nistp521", "SHA512", ValueEncoding::String, ValueEncoding::Mpint, "P-521",
     Offer::Default, make_ecdh},
    {"diffie-hellman-group16-sha512", "SHA512", ValueEncoding::Mpint, ValueEncoding::Mpint,
     "modp_4096", Offer::Default, make_dh},
    {"diffie-hellman-group18-sha512", "SHA512", ValueEncoding::Mpint, ValueEncoding::Mpint,
     "modp_8192", Offer::Default, make_dh},
    {"diffie-hellman-group17-sha512", "SHA512", ValueEncoding::Mpint, ValueEncoding::Mpint,
     "modp_6144", Offer::Default, make_dh},
    {"diffie-hellman-group15-sha512", "SHA512", ValueEncoding::Mpint, ValueEncoding::Mpint,
     "modp_3072", Offer::Default, make_dh},
    {"diffie-hellman-group-exchange-sha256", "SHA256", ValueEncoding::Mpint, ValueEncoding::Mpint,
     "", Offer::Default, nullptr, KexShape::GroupExchange},
    {"diffie-hellman-group14-sha256", "SHA256", ValueEncoding::Mpint, ValueEncoding::Mpint,
     "modp_2048", Offer::Default, make_dh},
    {"rsa2048-sha256", "SHA256", ValueEncoding::String, ValueEncoding::Mpint, "", Offer::OnRequest,
     nullptr, KexShape::RsaTransport},
    {"diffie-hellman-group-exchange-sha1", "SHA1", ValueEncoding::Mpint, ValueEncoding::Mpint, "",
     Offer::OnRequest, nullptr, KexShape::GroupExchange},
    {"diffie-hellman-group14-sha1", "SHA1", ValueEncoding::Mpint, ValueEncoding::Mpint, "modp_2048",
     Offer::OnRequest, make_dh},
    {"rsa1024-sha1", "SHA1", ValueEncoding::String, ValueEncoding::Mpint, "", Offer::OnRequest,
     nullptr, KexShape::RsaTransport},
    {"diffie-hellman-group1-sha1", "SHA1", ValueEncoding::Mpint, ValueEncoding::Mpint, "modp_1024",
     Offer::OnRequest, make_dh},
});

constexpr const KexEntry* find_kex(std::string_view name) {
  const auto at = std::ranges::find(kKexMethods, name, &KexEntry::name);
  return at == kKexMethods.end() ? nullptr : &*at;
}

}  // namespace ssh2core
