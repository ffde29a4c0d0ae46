// Key encapsulation mechanisms: who has the public key makes a secret and a ciphertext of it, who
// has the private key gets the secret out of the ciphertext.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "libssh2core/crypto/secret.h"
#include "libssh2core/wire/random.h"

namespace ssh2core {

class KemPrivateKey {
 public:
  virtual ~KemPrivateKey() = default;
  virtual Bytes public_key() const = 0;
  /// The ciphertext must have the right length. A wrong one gives a secret that the peer cannot
  /// foresee, in the same time.
  virtual Secret decapsulate(ByteView ciphertext) const = 0;
};

struct Encapsulation {
  Bytes ciphertext;
  Secret shared;
};

struct Kem {
  std::string_view name;
  std::size_t public_key_bytes, ciphertext_bytes;
  std::unique_ptr<KemPrivateKey> (*generate)(Random&);
  /// Empty when the bytes are no public key.
  std::optional<Encapsulation> (*encapsulate)(ByteView public_key, Random&);
};

/// By name: "sntrup761", "ML-KEM-768", "ML-KEM-1024". The latter two come from OpenSSL where it has
/// them (3.5 and later), and then take no randomness from the argument. nullptr: none such.
const Kem* find_kem(std::string_view name);
/// Our own implementations only.
const Kem* find_own_kem(std::string_view name);

/// Our ML-KEM with known seeds; `name` must be one of it.
std::unique_ptr<KemPrivateKey> ml_kem_from_seed(std::string_view name, ByteView d, ByteView z);

}  // namespace ssh2core
