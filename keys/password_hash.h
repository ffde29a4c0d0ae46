// Checking one password against one hash: argon2id through libsodium, all others through crypt(3).
#pragma once

#include <string>
#include <string_view>

#include "libssh2core/crypto/secret_text.h"

namespace ssh2core::keys {

/// Why a text is no hash that we can check; empty when it is one.
std::string hash_problem(const SecretText& hash);

/// True when the hash is of this password. Compares in constant time; false for a broken hash.
bool check_password_hash(const SecretText& hash, const Secret& password);

/// The parameters of a hash, which decide what checking it costs: all in front of salt and digest
/// ("$argon2id$v=19$m=65536,t=2,p=1", "$6$rounds=5000", "$y$j9T").
std::string_view hash_kind(std::string_view hash);

/// A hash with another, random digest: checking it costs the same, and nobody has its password.
std::string decoy_of(std::string_view hash);

}  // namespace ssh2core::keys
