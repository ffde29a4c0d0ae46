// Files in the forms of passwd(5) and group(5), as ProFTPD's AuthUserFile and AuthGroupFile have.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "keys/password_file.h"
#include "libssh2core/crypto/secret_text.h"

namespace ssh2core::keys {

/// A line `name:hash:uid:gid:comment:home:shell`.
struct UserEntry {
  std::string name;
  SecretText hash;      // empty: no password is right, keys may be
  bool locked = false;  // a ! stands in front of the hash: nothing opens it
  std::uint32_t uid = 0, gid = 0;
  std::string home, shell;
  std::size_t line = 0;
};
/// A line `name:password:gid:member,member`. The password counts for nothing.
struct GroupEntry {
  std::string name;
  std::uint32_t gid = 0;
  std::vector<std::string> members;
  std::size_t line = 0;
};

/// Empty lines and lines starting with `#` are skipped; the first line that is malformed, or that
/// names somebody again, is the error: such a file is read whole or not at all.
std::variant<std::vector<UserEntry>, PasswordFileError> parse_user_file(std::string_view text);
std::variant<std::vector<GroupEntry>, PasswordFileError> parse_group_file(std::string_view text);

}  // namespace ssh2core::keys
