// The ciphers of encrypted openssh-key-v1 files.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "libssh2core/crypto/secret.h"

namespace ssh2core::keys {

enum class FileCipherMode { Plain, Ctr, Cbc, Gcm, ChaChaPoly };

struct FileCipher {
  std::string_view name;  // as in the file
  const char* evp_name;
  std::size_t key_bytes, iv_bytes, block_bytes, tag_bytes;
  FileCipherMode mode;
};

inline constexpr auto kFileCiphers = std::to_array<FileCipher>({
    {"none", nullptr, 0, 0, 8, 0, FileCipherMode::Plain},
    {"aes256-ctr", "AES-256-CTR", 32, 16, 16, 0, FileCipherMode::Ctr},
    {"aes192-ctr", "AES-192-CTR", 24, 16, 16, 0, FileCipherMode::Ctr},
    {"aes128-ctr", "AES-128-CTR", 16, 16, 16, 0, FileCipherMode::Ctr},
    {"aes256-cbc", "AES-256-CBC", 32, 16, 16, 0, FileCipherMode::Cbc},
    {"aes192-cbc", "AES-192-CBC", 24, 16, 16, 0, FileCipherMode::Cbc},
    {"aes128-cbc", "AES-128-CBC", 16, 16, 16, 0, FileCipherMode::Cbc},
    {"aes256-gcm@openssh.com", "AES-256-GCM", 32, 12, 16, 16, FileCipherMode::Gcm},
    {"aes128-gcm@openssh.com", "AES-128-GCM", 16, 12, 16, 16, FileCipherMode::Gcm},
    {"chacha20-poly1305@openssh.com", "ChaCha20", 64, 0, 8, 16, FileCipherMode::ChaChaPoly},
});

/// nullptr when the name is unknown.
const FileCipher* find_file_cipher(std::string_view name);

/// Decrypts the private section. `key` is key and IV together, as the key derivation gives them;
/// `data` is a multiple of the block, `tag` has tag_bytes. nullopt: the tag does not match.
std::optional<Secret> decrypt_section(const FileCipher& cipher, const Secret& key, ByteView data,
                                      ByteView tag);

}  // namespace ssh2core::keys
