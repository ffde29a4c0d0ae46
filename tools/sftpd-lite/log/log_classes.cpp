#include "tools/sftpd-lite/log/log_classes.h"

#include <fmt/format.h>

#include <array>
#include <vector>

#include "tools/sftpd-lite/directives/words.h"
#include "tools/sftpd-lite/log/event_log.h"

namespace ssh2core::tools {

namespace {

struct NamedClass {
  std::string_view name;
  LogClasses bits;
};
constexpr auto kNames = std::to_array<NamedClass>({{"ALL", kAllClasses},
                                                   {"AUTH", kClassAuth},
                                                   {"DIRS", kClassDirs},
                                                   {"EXIT", kClassExit},
                                                   {"INFO", kClassInfo},
                                                   {"MISC", kClassMisc},
                                                   {"NONE", 0},
                                                   {"READ", kClassRead},
                                                   {"SEC", kClassSec},
                                                   {"SFTP", kClassSftp},
                                                   {"SSH", kClassSsh},
                                                   {"WRITE", kClassWrite}});

constexpr LogClasses kReadWrite = kClassRead | kClassWrite;

// Of the requests: the manual of mod_sftp. Of the FTP names: that of mod_log.
constexpr auto kMethods = std::to_array<NamedClass>({
    {"APPE", kClassWrite},
    {"CLOSE", kReadWrite | kClassSftp},
    {"DELE", kClassWrite},
    {"EXIT", kClassExit},
    {"EXTENDED", kClassMisc | kClassSftp},
    {"EXT_INFO", kClassInfo | kClassSsh},
    {"FSETSTAT", kClassWrite | kClassSftp},
    {"FSTAT", kClassRead | kClassSftp},
    {"FSYNC", kClassMisc | kClassSftp},
    {"HARDLINK", kClassMisc | kClassSftp},
    {"HOMEDIR", kClassMisc | kClassSftp},
    {"INIT", kClassMisc | kClassSftp},
    {"KEX", kClassSec | kClassSsh},
    {"KEXINIT", kClassSec | kClassSsh},
    {"LINK", kClassWrite | kClassSftp},
    {"LOCK", kClassWrite | kClassSftp},
    {"LSTAT", kClassRead | kClassSftp},
    {"MKD", kClassDirs | kClassWrite},
    {"MKDIR", kClassDirs | kClassWrite | kClassSftp},
    {"MLSD", kClassDirs},
    {"NEWKEYS", kClassSec | kClassSsh},
    {"OPEN", kReadWrite | kClassSftp},
    {"OPENDIR", kClassDirs | kClassSftp},
    {"PASS", kClassAuth},
    {"READ", kClassRead | kClassSftp},
    {"READDIR", kClassDirs | kClassSftp},
    {"READLINK", kClassRead | kClassSftp},
    {"REALPATH", kClassInfo | kClassDirs | kClassSftp},
    {"REMOVE", kClassWrite | kClassSftp},
    {"RENAME", kClassMisc | kClassWrite | kClassSftp},
    {"RETR", kClassRead},
    {"RMD", kClassDirs | kClassWrite},
    {"RMDIR", kClassDirs | kClassWrite | kClassSftp},
    {"RNFR", kClassMisc | kClassWrite},
    {"RNTO", kClassMisc | kClassWrite},
    {"SERVICE_REQUEST", kClassMisc | kClassSsh},
    {"SETSTAT", kClassWrite | kClassSftp},
    {"STAT", kClassRead | kClassSftp},
    {"STOR", kClassWrite},
    {"SYMLINK", kClassWrite | kClassSftp},
    {"UNLOCK", kClassWrite | kClassSftp},
    {"USER", kClassAuth},
    {"USERAUTH_INFO_RESPONSE", kClassAuth | kClassSsh},
    {"USERAUTH_REQUEST", kClassAuth | kClassSsh},
    {"WRITE", kClassWrite | kClassSftp},
});

std::optional<LogClasses> find_class(std::string_view name) {
  for (const NamedClass& one : kNames)
    if (equal_without_case(one.name, name)) return one.bits;
  return std::nullopt;
}

std::string unknown_class(std::string_view name) {
  std::vector<std::string> known;
  for (const NamedClass& one : kNames) known.emplace_back(one.name);
  return fmt::format("no class is called '{}'; the nearest is {}", printable(name),
                     nearest_name(name, known));
}

}  // namespace

std::variant<ClassFilter, std::string> parse_classes(std::string_view text) {
  ClassFilter filter;
  if (!text.starts_with('!')) filter.wanted = 0;
  while (true) {
    const std::size_t end = std::min(text.find_first_of(",|"), text.size());
    std::string_view name = text.substr(0, end);
    const bool negated = name.starts_with('!');
    if (negated) name.remove_prefix(1);
    const auto bits = find_class(name);
    if (!bits) return unknown_class(name);
    if (*bits == 0 && !negated) filter = {0, 0};
    (negated ? filter.unwanted : filter.wanted) |= *bits;
    if (end == text.size()) return filter;
    text.remove_prefix(end + 1);
  }
}

LogClasses classes_of(std::string_view method) {
  for (const NamedClass& one : kMethods)
    if (one.name == method) return one.bits;
  // The channels' requests of SSH have the class of their layer alone.
  return method.starts_with("CHANNEL_") || method == "GLOBAL_REQUEST" ? kClassSsh : kClassOther;
}

}  // namespace ssh2core::tools
