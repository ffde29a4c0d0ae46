// Password files: lines `user:hash`, the hash argon2id (libsodium) or any that crypt(3) knows.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "libssh2core/crypto/secret_text.h"

namespace ssh2core::keys {

struct PasswordEntry {
  std::string user;
  SecretText hash;
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
  /// This file's entries and those of `more` that name other users.
  PasswordFile with(const std::vector<PasswordEntry>& more) const;
  bool has_user(std::string_view user) const;
  const std::vector<PasswordEntry>& entries() const { return entries_; }
  /// True when the password is that user's. For an unknown user a hash of the same cost is computed
  /// and the answer is false.
  /// `other`: the hash of a user whom the file does not name.
  bool verify(std::string_view user, const Secret& password,
              const SecretText* other = nullptr) const;
  /// Unknown users' passwords are checked against a hash like this one while there is no entry.
  void set_decoy(std::string hash) {
    if (entries_.empty()) decoy_ = std::move(hash);
  }

 private:
  std::vector<PasswordEntry> entries_;
  std::string decoy_;  // a hash nobody has the password of, of the kind most entries use
};

/// The text of a password file in which the user's line is `user:hash`: replaced where there is
/// one, else added at the end; everything else stays as it is. The text must be one that parse()
/// takes.
std::variant<std::string, PasswordFileError> set_password(std::string_view text,
                                                          std::string_view user,
                                                          std::string_view hash);

/// Why a name cannot stand in a password file; empty when it can.
std::string user_name_problem(std::string_view user);

/// An argon2id hash line's second part, with libsodium's interactive limits (64 MiB, two
/// passes: about 50 ms). Throws CryptoError.
std::string hash_password(const Secret& password);

}  // namespace ssh2core::keys
