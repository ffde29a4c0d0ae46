// The classes of ExtendedLog: which kinds of requests are written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace ssh2core::tools {

/// A set of classes, a bit each.
using LogClasses = std::uint32_t;

enum LogClass : LogClasses {
  kClassAuth = 1U << 0,
  kClassInfo = 1U << 1,
  kClassDirs = 1U << 2,
  kClassRead = 1U << 3,
  kClassWrite = 1U << 4,
  kClassMisc = 1U << 5,
  kClassSec = 1U << 6,
  kClassSsh = 1U << 7,
  kClassSftp = 1U << 8,
  kClassExit = 1U << 9,
  kClassOther = 1U << 10,  // what no other class has
};
/// ALL: everything but EXIT.
inline constexpr LogClasses kAllClasses = ~LogClasses{kClassExit};

/// What an ExtendedLog takes: requests of a wanted class, unless they have an unwanted one as well.
struct ClassFilter {
  LogClasses wanted = kAllClasses, unwanted = 0;
  bool takes(LogClasses classes) const {
    return (classes & wanted) != 0 && (classes & unwanted) == 0;
  }
};

/// Reads names joined with commas or bars, in any case; one with `!` in front is unwanted, and when
/// it is the first, ALL is wanted otherwise. NONE takes back what is before it. Else why not.
std::variant<ClassFilter, std::string> parse_classes(std::string_view text);

/// The classes of a method: a request of SFTP or SSH by its name, or what mod_sftp calls by the
/// name of an FTP command (RETR for a file that was sent).
LogClasses classes_of(std::string_view method);

}  // namespace ssh2core::tools
