// Lists of keys that may log in: OpenSSH lines (sshd(8), AUTHORIZED_KEYS FILE FORMAT) and RFC 4716
// blocks, mixed in one file.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libssh2core/crypto/key.h"

namespace ssh2core::keys {

struct AuthorizedKey {
  Bytes blob;
  std::string comment;
  std::string options;                      // as written; empty when there are none
  std::size_t line = 0;                     // where the entry begins, from 1
  std::optional<std::string> subject = {};  // of an RFC 4716 block
};
struct KeyListProblem {
  std::size_t line;
  std::string what;  // one sentence
};
struct KeyList {
  std::vector<AuthorizedKey> keys;
  std::vector<KeyListProblem> problems;  // entries that were left out, and why
};

/// Reads a whole file. An entry that cannot be understood is left out and named; the rest goes on.
/// Options that restrict a key and are not supported yet make it unusable: it is left out and
/// named.
KeyList parse_authorized_keys(std::string_view text);

/// What an entry's key is for: to log in, or to sign the certificates of others (cert-authority).
enum class KeyPurpose { Login, Authority };

/// Why an entry with the right key does not count now; nullopt when it does.
using EntryJudge = std::function<std::optional<std::string>(const AuthorizedKey&)>;

/// The first entry of a file that lets this key in, as parse_authorized_keys() would list it,
/// without decoding the others. When entries of the key are left out, by their options or by
/// `judge`, `problems` (may be null) says why. Without a judge, from and expiry-time leave out.
/// Entries of the other purpose are none of this key.
std::optional<AuthorizedKey> find_authorized_key(std::string_view text, ByteView blob,
                                                 std::vector<KeyListProblem>* problems,
                                                 KeyPurpose purpose = KeyPurpose::Login,
                                                 const EntryJudge& judge = {});

}  // namespace ssh2core::keys
