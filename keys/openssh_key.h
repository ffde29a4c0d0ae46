// The decoded content of openssh-key-v1 files (PROTOCOL.key).
#pragma once

#include "keys/private_key_file.h"

namespace ssh2core::keys {

/// The most rounds of the key derivation that we run: about 20 seconds. ssh-keygen writes 16 or 24.
inline constexpr std::uint32_t kMaxKdfRounds = 4096;

/// `content` is what the base64 between the BEGIN and END lines stands for.
std::variant<PrivateKey, KeyFileError> parse_openssh_key(ByteView content,
                                                         const Secret& passphrase);

/// The public half of such a content, of any type of key. The comment is encrypted with the private
/// half: empty when there is a passphrase.
std::variant<PublicHalf, KeyFileError> openssh_public_half(ByteView content);

/// The unencrypted content, for to_openssh_private_key().
Secret openssh_key_content(const PrivateKey& key, std::string_view comment);

}  // namespace ssh2core::keys
