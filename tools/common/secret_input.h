// Where a program gets a password or passphrase from: never from an argument.
#pragma once

#include <optional>
#include <string>

#include "libssh2core/crypto/secret.h"

namespace ssh2core::tools {

/// The longest secret that is read, in bytes.
inline constexpr std::size_t kMaxSecretBytes = 1024;

/// What the user named; at most one of them. None: ask on the terminal.
struct SecretSource {
  std::optional<int> descriptor;  // --passphrase-fd
  std::string file;               // --passphrase-file
  std::string variable;           // --passphrase-env: the name of an environment variable
  bool given() const { return descriptor || !file.empty() || !variable.empty(); }
};

enum class Ask { Once, Twice };

/// The secret: the first line of the descriptor or file, without its line end; the variable's
/// value; or what is typed on the terminal without echo after `prompt` ("Password: "), which with
/// Ask::Twice is asked a second time and must be the same. Throws ExitError with the sentence and
/// the exit code when there is none, when it is too long, or when two answers differ.
Secret read_secret(const SecretSource& source, const std::string& prompt, Ask ask);

}  // namespace ssh2core::tools
