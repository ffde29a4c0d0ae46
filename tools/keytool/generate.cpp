#include "tools/keytool/generate.h"

#include <sys/stat.h>

#include <cerrno>

#include "keys/private_key_file.h"
#include "libssh2core/crypto/hash.h"
#include "tools/common/exit_code.h"
#include "tools/common/files.h"

namespace ssh2core::tools {
namespace {

bool exists(const std::string& path) {
  struct stat status{};
  return lstat(path.c_str(), &status) == 0;
}

void write_or_exit(const std::string& path, ByteView content, mode_t mode, bool force) {
  const auto error = write_atomically(path, content, mode, force);
  if (!error) return;
  if (error->error == EEXIST) throw ExitError(kRefused, error->what + "; --force replaces it");
  throw ExitError(kFailed, error->what);
}

}  // namespace

std::string run_generate(const GenerateOptions& options) {
  if (options.comment.find_first_of("\r\n") != std::string::npos)
    throw ExitError(kUsage, "a comment is one line");
  const std::string public_file = options.output + ".pub";
  for (const std::string& path : {options.output, public_file})  // before either is written
    if (!options.force && exists(path))
      throw ExitError(kRefused, path + " exists already; --force replaces it");

  const PrivateKey key = PrivateKey::generate_ed25519();
  const Secret text = keys::to_openssh_private_key(key, options.comment);
  const std::string line = keys::to_openssh_public_line(key.public_blob(), options.comment) + "\n";
  write_or_exit(options.output, text.view(), 0600, options.force);
  write_or_exit(public_file, as_bytes(line), 0644, options.force);
  return "private key: " + options.output + "\npublic key: " + public_file +
         "\nfingerprint: " + fingerprint_sha256(key.public_blob()) + "\n";
}

}  // namespace ssh2core::tools
