#include "tools/keytool/passwd.h"

#include <cerrno>

#include "keys/password_file.h"
#include "tools/common/exit_code.h"
#include "tools/common/files.h"

namespace ssh2core::tools {
namespace {

constexpr std::size_t kMaxFileBytes = 16 * 1024 * 1024;

/// The file's text; empty when it does not exist yet.
std::string old_content(const std::string& path) {
  auto content = read_file(path, kMaxFileBytes);
  if (const auto* error = std::get_if<FileError>(&content)) {
    if (error->error == ENOENT) return {};
    throw ExitError(kFailed, error->what);
  }
  return std::string(std::get<FileContent>(content).text());
}

/// The content with the user's line in it.
std::string with_line(const PasswdOptions& options, const std::string& old,
                      const std::string& hash) {
  auto text = keys::set_password(old, options.user, hash);
  if (const auto* error = std::get_if<keys::PasswordFileError>(&text))
    throw ExitError(kUsage, options.file + ":" + std::to_string(error->line) + ": " + error->what);
  return std::get<std::string>(std::move(text));
}

}  // namespace

std::string run_passwd(const PasswdOptions& options) {
  if (const std::string problem = keys::user_name_problem(options.user); !problem.empty())
    throw ExitError(kUsage, problem);
  // Before the question, so that nobody types a password for a file that cannot take it.
  if (!options.file.empty()) with_line(options, old_content(options.file), "");

  const Secret password =
      read_secret(options.source, "Password for " + options.user + ": ", Ask::Twice);
  if (password.empty()) throw ExitError(kUsage, "the password is empty");
  const std::string hash = keys::hash_password(password);
  if (options.file.empty()) return options.user + ":" + hash + "\n";

  const std::string content = with_line(options, old_content(options.file), hash);
  if (const auto error = write_atomically(options.file, as_bytes(content), 0600, true))
    throw ExitError(kFailed, error->what);
  return {};
}

}  // namespace ssh2core::tools
