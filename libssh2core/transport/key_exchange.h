// The arithmetic around a key exchange: exchange hash (RFC 4253 section 8) and key derivation
// (section 7.2).
#pragma once

#include "libssh2core/crypto/kex_table.h"
#include "libssh2core/crypto/packet_cipher.h"
#include "libssh2core/transport/negotiation.h"
#include "libssh2core/transport/role.h"

namespace ssh2core {

/// What goes into the exchange hash, in its order. Views must outlive the call only.
struct ExchangeHashInput {
  std::string_view client_version, server_version;  // identification lines without CR LF
  ByteView client_kexinit, server_kexinit;          // whole payloads
  ByteView host_key;                                // K_S
  ByteView values;  // what the method adds here, encoded: encode_kex_values(), or more
  ByteView shared;  // K: magnitude or string, as the method's row says
};

/// A value of the method, framed as its row says.
void put_kex_value(Writer& w, ValueEncoding encoding, ByteView value);
/// The client's value and the server's, as exchange hashes hold them.
Bytes encode_kex_values(const KexEntry& kex, ByteView client_value, ByteView server_value);

/// H, by the hash of the method.
Bytes exchange_hash(const KexEntry& kex, const ExchangeHashInput& input);

/// Derives the keys of one exchange.
class KeyDerivation {
 public:
  /// `shared` is K as in ExchangeHashInput; `session_id` is the H of the first exchange.
  KeyDerivation(const KexEntry& kex, ByteView shared, ByteView exchange_hash, ByteView session_id);
  /// Keys of the direction whose sender is `sender`.
  PacketKeys derive(Role sender, const DirectionAlgorithms& algorithms) const;

 private:
  Secret derive(char letter, std::size_t size) const;
  const KexEntry& kex_;
  Secret encoded_shared_;
  ByteView exchange_hash_, session_id_;
};

/// The packet protection of one direction.
std::unique_ptr<PacketCipher> make_direction(const KeyDerivation& keys, Role sender,
                                             const DirectionAlgorithms& algorithms,
                                             Direction direction);

}  // namespace ssh2core
