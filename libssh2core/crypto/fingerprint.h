// Fingerprints of public keys in the forms that SFTPKeyFingerprints names.
#pragma once

#include <string>

#include "libssh2core/wire/bytes.h"

namespace ssh2core {

struct FingerprintFormat {
  enum class Encoding { Base64, Hex, HexWithColons };
  const char* digest = "SHA256";  // OpenSSL's name, and in front of the fingerprint
  Encoding encoding = Encoding::Base64;
};

/// "SHA256:...", the digest of a public key blob; base64 is unpadded, hexadecimal in small letters.
std::string fingerprint(const FingerprintFormat& format, ByteView blob);

}  // namespace ssh2core
