// bcrypt_pbkdf: the key derivation of encrypted openssh-key-v1 files (PROTOCOL.key), which comes
// from OpenBSD. Despite its name it is not PBKDF2 of RFC 8018.
#pragma once

#include "libssh2core/crypto/secret.h"

namespace ssh2core::keys {

/// `size` bytes (at most 1024) from a passphrase and a salt, neither of them empty, with at least
/// one round; a round over 32 bytes takes some milliseconds. Like every bcrypt it looks up tables
/// at places that depend on the passphrase: not for passphrases that others on the same machine
/// may probe.
Secret bcrypt_pbkdf(const Secret& passphrase, ByteView salt, std::uint32_t rounds,
                    std::size_t size);

}  // namespace ssh2core::keys
