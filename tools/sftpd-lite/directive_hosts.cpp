// The directives about a host itself: where it listens, its keys, whom it runs as.
#include <fmt/format.h>
#include <unistd.h>

#include "tools/sftpd-lite/conditions.h"
#include "tools/sftpd-lite/directive_setters.h"
#include "tools/sftpd-lite/directive_values.h"
#include "tools/sftpd-lite/event_log.h"
#include "tools/sftpd-lite/identity.h"
#include "tools/sftpd-lite/words.h"

namespace ssh2core::tools {

Complaint set_port(Words words, Options& options) {
  const auto number = words.size() == 1 ? parse_number(words[0], 0, 65535) : std::nullopt;
  if (!number) return "wants a number from 0 to 65535";
  options.port = static_cast<unsigned>(*number);
  return {};
}

Complaint set_default_address(Words words, Options& options) {
  if (words.empty()) return "wants at least one address";
  options.default_addresses.assign(words.begin(), words.end());
  return {};
}

/// Which hosts serve SFTP is decided when the file is read.
Complaint set_engine(Words words, Options&) {
  bool ignored = false;
  return set_switch(words, ignored);
}

Complaint set_authorized_user_keys(Words words, Options& options) {
  constexpr std::string_view kFile = "file:";
  if (words.empty()) return "wants at least one file:PATH";
  std::vector<std::string> paths;
  for (const std::string& word : words) {
    const std::string_view store = std::string_view(word).substr(0, word.find(':'));
    if (store == "sql" || store == "ldap")
      return fmt::format(
          "{}: keys come from files: an exec: store, which would ask a program, is "
          "not built yet",
          store);
    if (!word.starts_with(kFile))
      return fmt::format("'{}' does not say which store it is: write file:{}", printable(word),
                         printable(word));
    paths.push_back(word.substr(kFile.size()));
    if (!paths.back().starts_with('/') && !paths.back().starts_with('~'))
      return fmt::format("'{}' is neither an absolute path nor below ~", printable(word));
  }
  options.authorized_keys = std::move(paths);
  return {};
}

Complaint set_crypto_device(Words words, Options& options) {
  if (words.size() != 1) return "wants one word: all, none, or the name of a device";
  if (!equal_without_case(words[0], "all") && !equal_without_case(words[0], "none"))
    options.warnings.push_back(
        fmt::format("OpenSSL 3 has providers instead of engines such as '{}': load one by its name "
                    "in openssl.cnf",
                    printable(words[0])));
  return {};
}

Complaint set_user(Words words, Options& options) {
  if (words.size() != 1 || words[0].empty()) return "wants one name";
  options.user = words[0];
  if (geteuid() == 0)
    options.run_as = words[0];
  else if (own_account().name != words[0])
    options.warnings.push_back(
        fmt::format("not started as root: sessions run as {}", own_account().name));
  return {};
}

}  // namespace ssh2core::tools
