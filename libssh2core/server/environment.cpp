#include "libssh2core/server/environment.h"

#include <algorithm>
#include <array>

namespace ssh2core::server {

namespace {

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

// In mod_sftp's list, and what begins with one of ours: that list lacks SFTP_CLIENT_BANNER,
// SFTP_HOST_KEY_ALGO and SFTP_USER_..., which a client could forge there.
constexpr auto kDenied = std::to_array<std::string_view>(
    {"BASH_ENV", "CDPATH", "ENV", "HOME", "IFS", "LIBPATH", "LOGNAME", "MAIL", "PATH", "SFTP",
     "SHELL", "SHLIB_PATH", "TMP", "TMPDIR", "TZ", "USER"});
constexpr auto kDeniedBeginnings =
    std::to_array<std::string_view>({"DYLD_", "GCONV_", "LD_", "MALLOC_", "OPENSSL_", "SFTP_",
                                     "SSH_", "SSH2_", "SSH2CORE_", "XDG_"});

bool fits(std::string_view pattern, std::string_view name) {
  // The last star and how much it took: linear but for one factor.
  std::size_t p = 0, n = 0, star = std::string_view::npos, taken = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++taken;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

/// What every shell takes for a name; an equals sign in it would set another variable.
bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestVariable && !(name[0] >= '0' && name[0] <= '9') &&
         std::ranges::all_of(name, [](char c) {
           return (c >= '0' && c <= '9') || (upper(c) >= 'A' && upper(c) <= 'Z') || c == '_';
         });
}

}  // namespace

bool is_denied_variable(std::string_view name) {
  std::string capital(name);
  std::ranges::transform(capital, capital.begin(), upper);
  return std::ranges::find(kDenied, capital) != kDenied.end() ||
         std::ranges::any_of(kDeniedBeginnings,
                             [&](std::string_view begin) { return capital.starts_with(begin); });
}

bool accepts_variable(const std::vector<std::string>& patterns, std::string_view name,
                      std::string_view value) {
  if (!is_name(name) || value.size() > kLongestValue ||
      value.find('\0') != std::string_view::npos || is_denied_variable(name))
    return false;
  return std::ranges::any_of(patterns,
                             [name](const std::string& pattern) { return fits(pattern, name); });
}

}  // namespace ssh2core::server
