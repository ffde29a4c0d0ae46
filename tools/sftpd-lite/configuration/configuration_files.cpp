#include "tools/sftpd-lite/configuration/configuration_files.h"

#include <fmt/format.h>
#include <glob.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "config/words.h"
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

// Of those that are left out: what has no meaning here, or is none of our business.
constexpr std::array<std::string_view, 12> kSilentModules{
    "mod_cap.c",    "mod_delay.c", "mod_ctrls.c",   "mod_ctrls_admin.c",
    "mod_dso.c",    "mod_ident.c", "mod_facts.c",   "mod_lang.c",
    "mod_rlimit.c", "mod_tls.c",   "mod_dynmasq.c", "mod_memcache.c"};

struct ModuleHint {
  std::string_view beginning;  // of the module's name
  std::string_view instead;
};
constexpr std::array<ModuleHint, 9> kHints{{
    {"mod_wrap", "its rules do not hold; AllowFrom and DenyFrom say here who may connect"},
    {"mod_ban", "its rules do not hold; see PerSourcePenalties and ConnectionPenalty"},
    {"mod_geoip", "its rules do not hold; AllowFrom and DenyFrom say here who may connect"},
    {"mod_sql", "its accounts do not exist here; see the exec: store of SFTPAuthorizedUserKeys"},
    {"mod_ldap", "its accounts do not exist here; see the exec: store of SFTPAuthorizedUserKeys"},
    {"mod_radius", "its accounts do not exist here; see AuthPAM"},
    {"mod_quotatab", "its quotas do not hold"},
    {"mod_ratio", "its ratios do not hold"},
    {"mod_exec", "its programs are not run"},
}};

/// What an administrator has to know of an <IfModule> that is left out.
std::optional<std::string> left_out(const std::string& module) {
  const auto is = [&](std::string_view name) { return config::same_name(name, module); };
  if (std::ranges::any_of(kSilentModules, is) || module.starts_with("mod_tls")) return std::nullopt;
  std::string_view why = "there is no such module here";
  for (const ModuleHint& hint : kHints)
    if (module.starts_with(hint.beginning)) why = hint.instead;
  return fmt::format("<IfModule {}> is left out with all that is in it: {}", printable(module),
                     why);
}

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
  sources.left_out = left_out;
  sources.modules.insert(kModules.begin(), kModules.end());
  sources.defines.insert(defines.begin(), defines.end());
  return sources;
}

}  // namespace ssh2core::tools
