// Password files: lines `user:hash`, the hash argon2id (libsodium) or any that crypt(3) knows.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "libssh2core/crypto/secret.h"

namespace ssh2core::keys {

struct PasswordEntry {
  std::string user, hash;
  std::size_t line = 0;
};
struct PasswordFileError {
  std::size_t line;
  std::string what;
};

class PasswordFile {
 public:
  /// Empty lines and lines starting with `#` are skipped; anything malformed or a user named twice
  /// is an error: a password file is read whole or not at all.
  static std::variant<PasswordFile, PasswordFileError> parse(std::string_view text);
  bool has_user(std::string_view user) const;
  const std::vector<PasswordEntry>& entries() const { return entries_; }
  /// True when the password is that user's. For an unknown user a hash of the same cost is computed
  /// and the answer is false.
  bool verify(std::string_view user, const Secret& password) const;

 private:
  std::vector<PasswordEntry> entries_;
  std::string decoy_;  // a hash nobody has the password of, of the kind most entries use
};

/// An argon2id hash line's second part, with libsodium's interactive limits. Throws CryptoError.
std::string hash_password(const Secret& password);

}  // namespace ssh2core::keys
