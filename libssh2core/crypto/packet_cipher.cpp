#include "libssh2core/crypto/packet_cipher.h"

#include <stdexcept>

#include "libssh2core/crypto/packet_ciphers.h"

namespace ssh2core {

std::unique_ptr<PacketCipher> make_packet_cipher(const CipherEntry& cipher, const MacEntry* mac,
                                                 const PacketKeys& keys, Direction direction) {
  if (keys.key.size() != cipher.key_bytes || keys.iv.size() != cipher.iv_bytes)
    throw std::invalid_argument("packet key or IV of another size than the cipher's");
  switch (cipher.mode) {
    case CipherMode::Gcm:
      return make_gcm(cipher, keys, direction);
    case CipherMode::ChaChaPoly:
      return make_chachapoly(cipher, keys);
    default:
      break;
  }
  if (mac == nullptr || keys.mac_key.size() != mac->key_bytes)
    throw std::invalid_argument("MAC missing, or its key of another size");
  return make_stream(cipher, *mac, keys, direction);
}

}  // namespace ssh2core
