// The directives about who may log in, how many at once, and what they may do then.
#include <fmt/format.h>

#include <algorithm>

#include "tools/sftpd-lite/directives/setters.h"
#include "tools/sftpd-lite/directives/values.h"
#include "tools/sftpd-lite/directives/words.h"
#include "tools/sftpd-lite/log/event_log.h"

namespace ssh2core::tools {

Complaint set_require_valid_shell(Words words, Options& options) {
  return set_switch(words, options.require_valid_shell);
}
Complaint set_root_login(Words words, Options& options) {
  return set_switch(words, options.root_login);
}
Complaint set_use_ftpusers(Words words, Options& options) {
  return set_switch(words, options.use_ftpusers);
}
Complaint set_use_globbing(Words words, Options& options) {
  return set_switch(words, options.use_globbing);
}
Complaint set_max_clients(Words words, Options& options) {
  return set_count(words, options.max_clients);
}
Complaint set_max_clients_per_user(Words words, Options& options) {
  return set_count(words, options.max_clients_per_user);
}
Complaint set_max_hosts_per_user(Words words, Options& options) {
  return set_count(words, options.max_hosts_per_user);
}
Complaint set_timeout_session(Words words, Options& options) {
  if (words.size() > 1) return "wants one time; for some users put it into <IfUser> or <IfGroup>";
  return set_time(words, options.session_timeout);
}

Complaint set_max_clients_per_class(Words words, Options& options) {
  if (words.size() < 2) return "wants a class and a number";
  std::size_t count = 0;
  if (auto complaint = set_count(words.subspan(1), count)) return complaint;
  auto& limits = options.max_clients_per_class;
  std::erase_if(limits, [&](const auto& one) { return one.first == words[0]; });
  if (count != 0) limits.emplace_back(words[0], count);
  return {};
}

Complaint set_max_channels(Words words, Options& options) {
  constexpr std::uint64_t kMost = 1000;
  const auto number = words.size() == 1 ? parse_number(words[0], 1, kMost) : std::nullopt;
  if (!number) return fmt::format("wants a number from 1 to {}", kMost);
  options.max_channels = static_cast<std::size_t>(*number);
  return {};
}

Complaint set_display_login(Words words, Options& options) {
  if (words.size() != 1 || words[0].empty()) return "wants one file, or none";
  options.display_login = equal_without_case(words[0], "none") ? "" : words[0];
  return {};
}

Complaint set_protocols(Words words, Options& options) {
  const std::vector<std::string> known{"sftp", "scp", "date", "ftp", "ftps"};
  if (words.empty()) return "wants at least one word";
  for (const std::string& word : words)
    if (std::ranges::none_of(known,
                             [&](const auto& name) { return equal_without_case(name, word); }))
      return fmt::format("no protocol is called '{}'; the nearest is {}", printable(word),
                         nearest_name(word, known));
  const auto has = [words](std::string_view name) {
    return std::ranges::any_of(words,
                               [&](const auto& word) { return equal_without_case(word, name); });
  };
  options.sftp_allowed = has("sftp");
  options.scp_allowed = has("scp");
  options.date_allowed = has("date");
  if (!options.sftp_allowed && !options.scp_allowed)
    options.warnings.emplace_back("Protocols without sftp and scp: no file can be moved");
  return {};
}

}  // namespace ssh2core::tools
