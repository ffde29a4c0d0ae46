// The directives about a host itself: where it listens, its keys, whom it runs as.
#include <fmt/format.h>
#include <unistd.h>

#include "tools/sftpd-lite/configuration/conditions.h"
#include "tools/sftpd-lite/directives/setters.h"
#include "tools/sftpd-lite/directives/values.h"
#include "tools/sftpd-lite/directives/words.h"
#include "tools/sftpd-lite/log/event_log.h"
#include "tools/sftpd-lite/login/identity.h"

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
