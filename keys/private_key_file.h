// Private key files: openssh-key-v1 (PROTOCOL.key) and PEM (PKCS#1, SEC1, PKCS#8).
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "libssh2core/crypto/key.h"

namespace ssh2core::keys {

/// Why a text is no usable private key: one sentence with the cure, without the file's name.
struct KeyFileError {
  std::string what;
  bool passphrase_needed = false;  // encrypted, and no or a wrong passphrase was given
};

/// What a private key's file tells without its passphrase.
struct PublicHalf {
  Bytes blob;
  std::string comment;
};

/// Recognises the format from the content. An encrypted key needs its passphrase. Other kinds of
/// file (a public key, RFC 4716, PuTTY, ssh.com, a certificate) get an error that names the kind.
std::variant<PrivateKey, KeyFileError> parse_private_key(std::string_view text,
                                                         const Secret& passphrase = Secret());

/// The public half of the first private key of a text, as far as it can be had without a
/// passphrase: of openssh-key-v1 always, of PEM when it is not encrypted.
std::variant<PublicHalf, KeyFileError> read_public_half(std::string_view text);

/// The unencrypted openssh-key-v1 text of a key.
Secret to_openssh_private_key(const PrivateKey& key, std::string_view comment);
/// "type base64 comment", without a line end.
std::string to_openssh_public_line(ByteView public_blob, std::string_view comment);

}  // namespace ssh2core::keys
