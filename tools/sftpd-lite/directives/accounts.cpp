// The directives about which accounts there are.
#include <fmt/format.h>

#include <algorithm>

#include "tools/sftpd-lite/directives/setters.h"
#include "tools/sftpd-lite/directives/values.h"
#include "tools/sftpd-lite/directives/words.h"
#include "tools/sftpd-lite/log/event_log.h"

namespace ssh2core::tools {

namespace {

/// `REGEX`, a ! in front of it turned around.
Complaint read_pattern(const std::string& word, AccountFile::Pattern& pattern) {
  pattern.negated = word.starts_with('!');
  const std::string text = word.substr(pattern.negated ? 1 : 0);
  auto [compiled, why] = Pattern::compile(text);
  if (!compiled) return fmt::format("'{}' is no regular expression: {}", printable(text), why);
  pattern.regex = std::move(compiled);
  return {};
}

Complaint read_ids(const std::string& word, AccountFile& file) {
  constexpr std::uint64_t kMost = 4294967294;
  const std::size_t minus = word.find('-');
  const auto least = parse_number(word.substr(0, minus), 0, kMost);
  const auto most =
      minus == std::string::npos ? std::nullopt : parse_number(word.substr(minus + 1), 0, kMost);
  if (!least || !most || *least > *most)
    return fmt::format("'{}': wants ids as MIN-MAX", printable(word));
  file.least_id = static_cast<std::uint32_t>(*least);
  file.most_id = static_cast<std::uint32_t>(*most);
  return {};
}

/// `FILE|none [id MIN-MAX] [home REGEX] [name REGEX]`.
Complaint read_account_file(Words words, bool homes, AccountFile& file) {
  AccountFile read;
  if (words.size() == 1 && equal_without_case(words[0], "none")) {
    file = read;
    return {};
  }
  if (words.empty() || words.size() % 2 == 0)
    return "wants a file, then pairs of a word and a value";
  if (!words[0].starts_with('/')) return "wants the absolute path of a file, or none";
  read.path = words[0];
  for (std::size_t i = 1; i < words.size(); i += 2) {
    Complaint complaint;
    if (equal_without_case(words[i], "id"))
      complaint = read_ids(words[i + 1], read);
    else if (equal_without_case(words[i], "name"))
      complaint = read_pattern(words[i + 1], read.name);
    else if (homes && equal_without_case(words[i], "home"))
      complaint = read_pattern(words[i + 1], read.home);
    else
      complaint = fmt::format("'{}': behind the file come {}", printable(words[i]),
                              homes ? "id, home and name" : "id and name");
    if (complaint) return complaint;
  }
  file = std::move(read);
  return {};
}

}  // namespace

Complaint set_auth_user_file(Words words, Options& options) {
  return read_account_file(words, true, options.accounts.users);
}

Complaint set_auth_group_file(Words words, Options& options) {
  return read_account_file(words, false, options.accounts.groups);
}

Complaint set_auth_file_options(Words words, Options& options) {
  const std::vector<std::string> known{"InsecurePerms", "SyntaxCheck"};
  if (words.empty()) return "wants at least one word";
  for (const std::string& word : words) {
    if (std::ranges::find(known, word) == known.end())
      return fmt::format("no option is called '{}'; the nearest is {}", printable(word),
                         nearest_name(word, known));
    // The syntax is checked in any case.
    options.accounts.insecure_modes |= word == known[0];
  }
  return {};
}

Complaint set_auth_order(Words words, Options& options) {
  const std::vector<std::string> known{"mod_auth_file.c", "mod_auth_unix.c", "mod_auth_pam.c"};
  const std::vector<std::string> elsewhere{"mod_sql.c", "mod_ldap.c", "mod_radius.c",
                                           "mod_auth_otp.c"};
  if (words.empty()) return "wants at least one module";
  std::vector<AccountSource> order;
  for (const std::string& word : words) {
    const bool last = word.ends_with('*');
    const std::string name = word.substr(0, word.size() - (last ? 1 : 0));
    const auto at = std::ranges::find(known, name);
    if (std::ranges::find(elsewhere, name) != elsewhere.end())
      return fmt::format("{} is not there: there are {}", name, fmt::join(known, ", "));
    if (at == known.end())
      return fmt::format("no module is called '{}'; the nearest is {}", printable(name),
                         nearest_name(name, known));
    const auto source = static_cast<AccountSource>(at - known.begin());
    if (std::ranges::find(order, source) != order.end())
      return fmt::format("{} stands there twice", name);
    order.push_back(source);
    // Who it does not know is not looked for any more. PAM knows passwords, not accounts.
    if (last && source != AccountSource::Pam) break;
  }
  options.accounts.order = std::move(order);
  return {};
}

Complaint set_auth_pam(Words words, Options& options) {
  bool on = false;
  if (auto complaint = set_switch(words, on)) return complaint;
  options.pam.passwords = on;
  return {};
}

Complaint set_pam_engine(Words words, Options& options) {
  bool on = false;
  if (auto complaint = set_switch(words, on)) return complaint;
  options.pam.dialogues = on;
  return {};
}

namespace {

/// A file of /etc/pam.d.
Complaint set_pam_service(Words words, std::string& service) {
  if (words.size() != 1 || words[0].empty() || words[0].find('/') != std::string::npos)
    return "wants the name of one PAM service, a file in /etc/pam.d";
  service = words[0];
  return {};
}

}  // namespace

Complaint set_auth_pam_config(Words words, Options& options) {
  return set_pam_service(words, options.pam.password_service);
}

Complaint set_pam_service_name(Words words, Options& options) {
  return set_pam_service(words, options.pam.service);
}

Complaint set_pam_options(Words words, Options& options) {
  const std::vector<std::string> known{"NoTTY", "NoInfoMsgs", "NoRadioMsgs"};
  if (words.empty()) return "wants at least one word";
  for (const std::string& word : words) {
    if (std::ranges::find(known, word) == known.end())
      return fmt::format("no option is called '{}'; the nearest is {}", printable(word),
                         nearest_name(word, known));
    if (word == known[0]) options.pam.terminal = false;
    if (word == known[1]) options.pam.infos = false;
    if (word == known[2]) options.pam.radio = false;
  }
  return {};
}

}  // namespace ssh2core::tools
