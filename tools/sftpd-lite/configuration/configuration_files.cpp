#include "tools/sftpd-lite/configuration/configuration_files.h"

#include <fmt/format.h>
#include <glob.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "tools/common/files.h"
#include "tools/sftpd-lite/log/event_log.h"

namespace ssh2core::tools {

namespace {

constexpr std::size_t kMostFile = std::size_t{4} << 20;
// What of ProFTPD has a counterpart here; <IfModule> of others is left out, as there.
constexpr std::array<std::string_view, 13> kModules{
    "mod_core.c", "mod_auth.c",     "mod_auth_file.c", "mod_auth_unix.c", "mod_auth_pam.c",
    "mod_sftp.c", "mod_sftp_pam.c", "mod_ifsession.c", "mod_log.c",       "mod_xfer.c",
    "mod_ls.c",   "mod_env.c",      "mod_site.c"};

std::variant<std::string, config::Unreadable> read_text(const std::string& path) {
  const auto read = read_file(path, kMostFile);
  if (const auto* error = std::get_if<FileError>(&read)) return config::Unreadable{error->what};
  return std::string(std::get<FileContent>(read).text());
}

/// No file at all is fine; a folder that cannot be read is not: rules may lie in it.
std::variant<std::vector<std::string>, config::Unreadable> expand(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> paths;
  errno = 0;
  const int result = glob(pattern.c_str(), GLOB_ERR, nullptr, &found);
  const int error = errno;
  if (result == 0) paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  globfree(&found);
  if (result == 0 || result == GLOB_NOMATCH) return paths;
  return config::Unreadable{fmt::format("{}: {}", printable(pattern),
                                        error != 0 ? strerror(error) : "it cannot be read")};
}

std::variant<std::vector<std::string>, config::Unreadable> included(const std::string& pattern) {
  struct stat info{};
  if (stat(pattern.c_str(), &info) == 0) {
    if (S_ISDIR(info.st_mode)) return expand(pattern + "/*");
    return std::vector<std::string>{pattern};
  }
  if (pattern.find_first_of("*?[") != std::string::npos) return expand(pattern);
  return config::Unreadable{fmt::format("{}: {}", printable(pattern), strerror(errno))};
}

}  // namespace

config::Sources real_sources(const std::set<std::string>& defines) {
  config::Sources sources;
  sources.read = read_text;
  sources.files = included;
  sources.environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
  sources.modules.insert(kModules.begin(), kModules.end());
  sources.defines.insert(defines.begin(), defines.end());
  return sources;
}

}  // namespace ssh2core::tools
