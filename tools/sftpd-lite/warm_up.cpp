#include "tools/sftpd-lite/warm_up.h"

#include "libssh2core/crypto/hash.h"
#include "libssh2core/crypto/kex_table.h"
#include "libssh2core/crypto/mac_table.h"
#include "libssh2core/crypto/transient_rsa.h"
#include "libssh2core/io/system_clock.h"

namespace ssh2core::tools {

void warm_up(const Service& service) {
  const AlgorithmLists& lists = service.settings.transport.algorithms;
  for (const std::string& cipher_name : lists.ciphers)
    for (const std::string& mac_name : lists.macs) {
      const CipherEntry* cipher = find_cipher(cipher_name);
      const MacEntry* mac = cipher->is_aead() ? nullptr : find_mac(mac_name);
      const PacketKeys keys{Secret(cipher->iv_bytes), Secret(cipher->key_bytes),
                            Secret(mac == nullptr ? std::size_t{0} : mac->key_bytes)};
      make_packet_cipher(*cipher, mac, keys, Direction::Seal);
    }
  for (const std::string& name : lists.kex) {
    const KexEntry* kex = find_kex(name);
    hash(kex->hash, {});
    if (kex->shape == KexShape::OneRound && kex->values == ValueEncoding::String)
      kex->make(*kex)->client_value();
  }
  if (const auto& keys = service.settings.transport.transient_rsa_keys)
    keys->prepare(io::SystemClock().now());
  constexpr std::string_view kProbe = "warm up";
  for (const PrivateKey& key : service.host_keys->keys())
    for (const std::string& algorithm : lists.host_key)
      if (key.can_sign(algorithm)) {
        const Bytes signature = key.sign(algorithm, as_bytes(kProbe));
        const auto public_key = PublicKey::from_blob(key.public_blob());
        [[maybe_unused]] const bool good =
            public_key && public_key->verify(algorithm, as_bytes(kProbe), signature);
      }
  for (const auto& [name, variant] : service.of_class) warm_up(*variant);
}

}  // namespace ssh2core::tools
