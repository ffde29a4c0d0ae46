#include "libssh2core/crypto/key.h"
#include "libssh2core/tests/fuzz/fuzz_input.h"
#include "libssh2core/tests/fuzz/targets.h"

namespace ssh2core::fuzz {

void key_blobs(ByteView input) {
  FuzzInput in(input);
  const SignatureEntry& entry = kSignatures[in.u8() % kSignatures.size()];
  const ByteView blob = in.piece(), data = in.piece(), signature = in.rest();
  const auto key = PublicKey::from_blob(blob);
  if (!key) return;
  // The blob kept is the shortest form of the one that came.
  const auto again = PublicKey::from_blob(key->blob());
  require(again && again->blob() == key->blob(), "a key's own blob is the same key");
  require(key->blob().size() <= blob.size(), "a key's own blob has nothing superfluous");
  require(key->bits() > 0, "a key has bits");
  const bool valid = key->verify(entry.name, data, signature);
  require(!valid || entry.key_type == key->type(), "an algorithm verifies keys of its type only");
}

}  // namespace ssh2core::fuzz
