// What shadow(5) says of the system's accounts, where PAM is not asked.
#pragma once

#include <shadow.h>

#include <optional>
#include <string>

#include "libssh2core/crypto/secret_text.h"

namespace ssh2core::tools {

/// The account's hash when it is one that passwords can be checked against.
std::optional<SecretText> shadow_hash(const std::string& user);
/// A hash of the kind that the accounts have, which nobody has the password of.
std::string shadow_decoy();
/// Why the account may not log in now: it has expired, or its password is too old. Empty: it may,
/// or nothing is known of it.
std::string shadow_problem(const std::string& user);
/// The same of an entry, on a day counted from 1970.
std::string shadow_problem(const spwd& entry, long today);

}  // namespace ssh2core::tools
