// UseEncoding: how the names of files are written.
#include <fmt/format.h>

#include "libssh2core/io/charsets.h"
#include "tools/sftpd-lite/directives/setters.h"
#include "tools/sftpd-lite/directives/words.h"
#include "tools/sftpd-lite/log/event_log.h"

namespace ssh2core::tools {

Complaint set_use_encoding(Words words, Options& options) {
  const bool strict = words.size() == 3 && equal_without_case(words[2], "strict");
  if (words.empty() || words.size() > 3 || (words.size() == 3 && !strict))
    return "wants on, off, or the encoding here and that of clients, like ISO-8859-1 UTF-8";
  const bool off = words.size() == 1 && equal_without_case(words[0], "off");
  const bool on = words.size() == 1 &&
                  (equal_without_case(words[0], "on") || equal_without_case(words[0], "utf8") ||
                   equal_without_case(words[0], "utf-8"));
  if (words.size() == 1 && !on && !off)
    return "wants on, off, or two encodings: the one here and that of clients";
  for (const std::string& word : words.first(words.size() == 1 ? 0 : 2))
    if (!io::make_charset(word))
      return fmt::format(
          "'{}' is no encoding that the system knows and that has all of ASCII; "
          "see iconv -l",
          printable(word));
  options.names_are_bytes = off;
  options.local_charset = words.size() == 1 ? std::string() : words[0];
  options.client_charset = words.size() == 1 ? std::string() : words[1];
  return {};
}

}  // namespace ssh2core::tools
