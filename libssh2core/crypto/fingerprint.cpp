#include "libssh2core/crypto/fingerprint.h"

#include "libssh2core/crypto/hash.h"

namespace ssh2core {

std::string fingerprint(const FingerprintFormat& format, ByteView blob) {
  // Names a key and protects nothing: MD5 will do, in FIPS mode too.
  const bool md5 = std::string_view(format.digest) == "MD5";
  const Bytes digest = md5 ? hash_without_fips("MD5", blob) : hash(format.digest, blob);
  std::string text = std::string(format.digest).append(":");
  if (format.encoding == FingerprintFormat::Encoding::Base64)
    return text.append(base64_encode(digest, false));
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (std::size_t i = 0; i < digest.size(); ++i) {
    if (i != 0 && format.encoding == FingerprintFormat::Encoding::HexWithColons) text += ':';
    text += kDigits[digest[i] >> 4];
    text += kDigits[digest[i] & 15];
  }
  return text;
}

}  // namespace ssh2core
