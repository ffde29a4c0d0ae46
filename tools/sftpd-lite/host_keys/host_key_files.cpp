#include "tools/sftpd-lite/host_keys/host_key_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "keys/private_key_file.h"
#include "tools/common/secret_input.h"
#include "tools/sftpd-lite/host_keys/passphrases.h"

namespace ssh2core::tools {
namespace {

constexpr std::size_t kMaxKeyFileBytes = 256 * 1024;
constexpr int kTries = 3;  // as the manual says

using Parsed = std::variant<PrivateKey, keys::KeyFileError>;

bool has_terminal() {
  const int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  if (terminal >= 0) close(terminal);
  return terminal >= 0;
}

/// The key of an encrypted file by what the provider or the user says. `why`: nobody can be asked,
/// or the answers do not fit.
Parsed decrypt(const std::string& path, const FileContent& file, const HostKeyLoading& how,
               std::string& why) {
  Parsed parsed = keys::KeyFileError{"", true};
  const bool terminal = how.provider.empty() && how.may_ask && has_terminal();
  if (how.provider.empty() && !terminal) return parsed;
  for (int i = 0; i < kTries; ++i) {
    std::optional<Secret> phrase;
    if (terminal)
      phrase = read_secret({}, fmt::format("Passphrase of host key {}: ", path), Ask::Once);
    else
      phrase = passphrase_from(how.provider, how.server, path, why);
    if (!phrase) {
      why = fmt::format("SFTPPassPhraseProvider {} {}", how.provider, why);
      return parsed;
    }
    parsed = keys::parse_private_key(file.text(), *phrase);
    const auto* error = std::get_if<keys::KeyFileError>(&parsed);
    if (error == nullptr || !error->passphrase_needed) return parsed;
  }
  why = fmt::format("the passphrase is wrong, {} times", kTries);
  return parsed;
}

}  // namespace

std::string private_key_mode_problem(const std::string& path, mode_t mode) {
  if ((mode & 077) == 0) return {};
  return fmt::format(
      "host key {} can be read or written by others (mode {:04o}); run `chmod 600 {}`", path,
      mode & 07777, path);
}

std::variant<PrivateKey, std::string> load_host_key(const std::string& path,
                                                    const HostKeyLoading& how) {
  auto content = read_file(path, kMaxKeyFileBytes);
  if (const auto* error = std::get_if<FileError>(&content))
    return "host key: " + error->what + "; make one with `keytool generate -o " + path + "`";
  const auto& file = std::get<FileContent>(content);
  auto key = keys::parse_private_key(file.text());
  if (const auto* error = std::get_if<keys::KeyFileError>(&key);
      error && error->passphrase_needed) {
    std::string why;
    key = decrypt(path, file, how, why);
    if (!why.empty()) return fmt::format("host key {}: {}", path, why);
  }
  if (const auto* error = std::get_if<keys::KeyFileError>(&key)) {
    if (error->passphrase_needed)
      return fmt::format(
          "host key {} has a passphrase: name a program that says it with SFTPPassPhraseProvider, "
          "or "
          "remove it with `ssh-keygen -p -N '' -f {}`",
          path, path);
    return fmt::format("host key {}: {}", path, error->what);
  }
  // Only now: for a .pub file the answer is that it is one, not that all can read it.
  if (std::string problem = private_key_mode_problem(path, file.mode);
      !how.any_mode && !problem.empty())
    return problem;
  return std::get<PrivateKey>(std::move(key));
}

}  // namespace ssh2core::tools
