#include "libssh2core/transport/host_keys.h"

#include <algorithm>

namespace ssh2core {

const PrivateKey* LocalHostKeys::find(std::string_view algorithm) const {
  for (const PrivateKey& key : keys_)
    if (key.can_sign(algorithm)) return &key;
  return nullptr;
}

/// The certificate of this type that is about the key which signs.
const PublicKey* LocalHostKeys::find_certificate(const SignatureEntry& row) const {
  const PrivateKey* const key = find(row.signed_as);
  for (const PublicKey& certificate : certificates_)
    if (key != nullptr && certificate.type() == row.key_type &&
        certificate.plain_blob() == key->public_blob())
      return &certificate;
  return nullptr;
}

ByteView LocalHostKeys::public_blob(std::string_view algorithm) const {
  const SignatureEntry* const row = find_key_algorithm(algorithm);
  if (row != nullptr && row->is_certificate()) {
    const PublicKey* const certificate = find_certificate(*row);
    return certificate == nullptr ? ByteView{} : ByteView{certificate->blob()};
  }
  const PrivateKey* const key = find(algorithm);
  return key == nullptr ? ByteView{} : ByteView{key->public_blob()};
}

void LocalHostKeys::sign(std::string_view algorithm, ByteView data,
                         std::function<void(Bytes)> done) {
  const SignatureEntry* const row = find_key_algorithm(algorithm);
  const std::string_view plain = row == nullptr ? algorithm : signing_row(*row).name;
  const PrivateKey* const key = find(plain);
  done(key == nullptr ? Bytes{} : key->sign(plain, data));
}

std::vector<Bytes> LocalHostKeys::all_keys() const {
  std::vector<Bytes> blobs;
  for (const PrivateKey& key : keys_) blobs.push_back(key.public_blob());
  return blobs;
}

void LocalHostKeys::sign_by(ByteView blob, std::string_view algorithm, ByteView data,
                            std::function<void(Bytes)> done) {
  for (const PrivateKey& key : keys_)
    if (std::ranges::equal(key.public_blob(), blob) && key.can_sign(algorithm))
      return done(key.sign(algorithm, data));
  done({});
}

}  // namespace ssh2core
