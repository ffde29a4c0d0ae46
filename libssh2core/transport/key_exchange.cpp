#include "libssh2core/transport/key_exchange.h"

#include <algorithm>

#include "libssh2core/crypto/hash.h"

namespace ssh2core {

void put_kex_value(Writer& w, ValueEncoding encoding, ByteView value) {
  if (encoding == ValueEncoding::Mpint)
    w.mpint(value);
  else
    w.string(value);
}

Bytes encode_kex_values(const KexEntry& kex, ByteView client_value, ByteView server_value) {
  Buffer values;
  Writer w(values);
  put_kex_value(w, kex.values, client_value);
  put_kex_value(w, kex.values, server_value);
  return values.to_bytes();
}

Bytes exchange_hash(const KexEntry& kex, const ExchangeHashInput& input) {
  Buffer buffer;
  Writer w(buffer);
  w.string(input.client_version);
  w.string(input.server_version);
  w.string(input.client_kexinit);
  w.string(input.server_kexinit);
  w.string(input.host_key);
  w.raw(input.values);
  const std::size_t before_shared = buffer.size();
  // Room first: the secret is then written once and never moved by a reallocation.
  buffer.room(input.shared.size() + 8);
  put_kex_value(w, kex.shared, input.shared);
  Bytes result = hash(kex.hash, buffer.view());
  Secret::cleanse(buffer.mutable_view().subspan(before_shared));
  return result;
}

KeyDerivation::KeyDerivation(const KexEntry& kex, ByteView shared, ByteView exchange_hash,
                             ByteView session_id)
    : kex_(kex), exchange_hash_(exchange_hash), session_id_(session_id) {
  Buffer buffer;
  buffer.room(shared.size() + 8);
  Writer w(buffer);
  put_kex_value(w, kex.shared, shared);
  encoded_shared_ = Secret(buffer.view());
  Secret::cleanse(buffer.mutable_view());
}

Secret KeyDerivation::derive(char letter, std::size_t size) const {
  Secret key(size);
  std::size_t have = 0;
  Hash digest(kex_.hash);
  while (have < size) {
    digest.update(encoded_shared_.view());
    digest.update(exchange_hash_);
    if (have == 0) {
      digest.update(as_bytes(std::string_view(&letter, 1)));
      digest.update(session_id_);
    } else {
      digest.update(key.view().first(have));
    }
    Bytes block = digest.finish();
    const std::size_t take = std::min(block.size(), size - have);
    std::copy_n(block.begin(), take, key.mutable_view().begin() + static_cast<long>(have));
    Secret::cleanse(block);
    have += take;
  }
  return key;
}

PacketKeys KeyDerivation::derive(Role sender, const DirectionAlgorithms& algorithms) const {
  const bool client = sender == Role::Client;
  const std::size_t mac_bytes = algorithms.mac == nullptr ? 0 : algorithms.mac->key_bytes;
  return {derive(client ? 'A' : 'B', algorithms.cipher->iv_bytes),
          derive(client ? 'C' : 'D', algorithms.cipher->key_bytes),
          derive(client ? 'E' : 'F', mac_bytes)};
}

std::unique_ptr<PacketCipher> make_direction(const KeyDerivation& keys, Role sender,
                                             const DirectionAlgorithms& algorithms,
                                             Direction direction) {
  return make_packet_cipher(*algorithms.cipher, algorithms.mac, keys.derive(sender, algorithms),
                            direction);
}

}  // namespace ssh2core
