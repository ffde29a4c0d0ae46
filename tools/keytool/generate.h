// `keytool generate`: new private keys.
#pragma once

#include <string>

namespace ssh2core::tools {

struct GenerateOptions {
  std::string type = "ed25519";
  std::string output;   // the private key; the public one goes to output.pub
  std::string comment;  // empty: none
  bool force = false;   // replace existing files
};

/// Writes the two files and returns what belongs on stdout: where they are, and the fingerprint.
/// Throws ExitError.
std::string run_generate(const GenerateOptions& options);

}  // namespace ssh2core::tools
