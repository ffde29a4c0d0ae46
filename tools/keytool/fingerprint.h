// `keytool fingerprint`: the fingerprints of all keys in files of any kind.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "tools/common/exit_code.h"

namespace ssh2core::tools {

enum class FingerprintOutput { Text, Json, JsonLines };

struct FingerprintOptions {
  std::vector<std::string> files;  // "-": standard input
  std::string hash = "sha256";     // or md5, sha1: of the text
  bool randomart = false;
  bool bubblebabble = false;  // of the SHA-1, whatever `hash`
  FingerprintOutput output = FingerprintOutput::Text;
};

/// Writes to `out` as the keys come; what cannot be read is named on stderr, by file and line.
/// kDone, or kFailed when something could not be read. Throws ExitError when `out` takes no more.
ExitCode run_fingerprint(const FingerprintOptions& options, std::FILE* out);

}  // namespace ssh2core::tools
