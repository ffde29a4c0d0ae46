#include "tools/sftpd-lite/host_key_files.h"

#include <fmt/format.h>

#include "keys/private_key_file.h"

namespace ssh2core::tools {
namespace {

constexpr std::size_t kMaxKeyFileBytes = 256 * 1024;

}  // namespace

std::string private_key_mode_problem(const std::string& path, mode_t mode) {
  if ((mode & 077) == 0) return {};
  return fmt::format(
      "host key {} can be read or written by others (mode {:04o}); run `chmod 600 {}`", path,
      mode & 07777, path);
}

std::variant<PrivateKey, std::string> load_host_key(const std::string& path, bool any_mode) {
  auto content = read_file(path, kMaxKeyFileBytes);
  if (const auto* error = std::get_if<FileError>(&content))
    return "host key: " + error->what + "; make one with `keytool generate -o " + path + "`";
  const auto& file = std::get<FileContent>(content);
  auto key = keys::parse_private_key(file.text());
  if (const auto* error = std::get_if<keys::KeyFileError>(&key)) {
    if (error->passphrase_needed)
      return fmt::format(
          "host key {} has a passphrase, and a server cannot ask for it; remove it with "
          "`ssh-keygen -p -N '' -f {}`",
          path, path);
    return fmt::format("host key {}: {}", path, error->what);
  }
  // Only now: for a .pub file the answer is that it is one, not that all can read it.
  if (std::string problem = private_key_mode_problem(path, file.mode);
      !any_mode && !problem.empty())
    return problem;
  return std::get<PrivateKey>(std::move(key));
}

}  // namespace ssh2core::tools
