#include "libssh2core/transport/host_keys.h"

namespace ssh2core {

const PrivateKey* LocalHostKeys::find(std::string_view algorithm) const {
  for (const PrivateKey& key : keys_)
    if (key.can_sign(algorithm)) return &key;
  return nullptr;
}

ByteView LocalHostKeys::public_blob(std::string_view algorithm) const {
  const PrivateKey* key = find(algorithm);
  return key == nullptr ? ByteView{} : ByteView{key->public_blob()};
}

void LocalHostKeys::sign(std::string_view algorithm, ByteView data,
                         std::function<void(Bytes)> done) {
  const PrivateKey* key = find(algorithm);
  done(key == nullptr ? Bytes{} : key->sign(algorithm, data));
}

}  // namespace ssh2core
