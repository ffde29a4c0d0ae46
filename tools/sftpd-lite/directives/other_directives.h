// Directives of ProFTPD and its modules that nothing here sets: what becomes of them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tools/sftpd-lite/directives/directives.h"

namespace ssh2core::tools {

enum class Fate {
  Silent,   // nothing is lost without it
  Ignored,  // a warning: why it has no effect
  FtpOnly,  // a warning: it is about FTP
  Later,    // not built: stops the start, unless the value asks for what is done anyway
  Refused,  // stops the start: what to write instead
};

struct OtherDirective {
  std::string_view name;  // a `*` at its end: whatever begins so
  Fate fate;
  std::string_view sentence;       // behind the name; empty where the fate says all
  std::string_view accepted = "";  // of Later and Ignored: values taken silently, between blanks
};

/// In alphabetical order, without case. What the table of directives has as well is set there.
std::span<const OtherDirective> other_directives();
const OtherDirective* find_other(std::string_view name);

/// What is said of one with these values; nothing when it is taken silently.
struct Remark {
  bool fatal;
  std::string text;
};
std::optional<Remark> remark_on(const OtherDirective& directive, Words values);

/// The nearest name of all that are known to what is written.
std::string nearest_directive(std::string_view name);
/// The word for a fate in documents.
std::string_view fate_name(Fate fate);

}  // namespace ssh2core::tools
