// The directives about what surrounds a session: its home, its environment, its name, records of
// logins, and the transfers of all sessions together.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tools/sftpd-lite/directives/setters.h"
#include "tools/sftpd-lite/directives/values.h"
#include "tools/sftpd-lite/directives/words.h"
#include "tools/sftpd-lite/log/event_log.h"
#include "tools/sftpd-lite/log/login_records.h"

namespace ssh2core::tools {

namespace {

constexpr std::uint64_t kMostId = 4294967294;

/// `~` or a number.
template <class Id>
bool read_owner(const std::string& word, HomeOwner<Id>& owner) {
  if (word == "~") {
    owner.id.reset();
    return true;
  }
  const auto number = parse_number(word, 0, kMostId);
  if (number) owner.id = static_cast<Id>(*number);
  return number.has_value();
}

/// One of the words behind `CreateHome on` that have a value.
Complaint set_home_word(const std::string& name, const std::string& value, HomeSettings& homes) {
  const auto is = [&](std::string_view word) { return equal_without_case(name, word); };
  if (is("skel")) {
    if (!value.starts_with('/')) return "skel wants an absolute path";
    homes.skeleton = value;
    return {};
  }
  if (is("dirmode")) {
    const auto mode = parse_mode(value);
    if (!mode) return "dirmode wants octal digits, like 711";
    homes.parents_mode = *mode;
    return {};
  }
  const bool fine = is("uid")   ? read_owner(value, homes.parents_uid)
                    : is("gid") ? read_owner(value, homes.parents_gid)
                                : read_owner(value, homes.home_gid);
  if (!fine) return fmt::format("{} wants a number, or ~ for the user's", name);
  return {};
}

Complaint add_transfer_limit(Words words, std::vector<TransferLimit>& limits) {
  if (words.size() == 1 && equal_without_case(words[0], "none")) {
    limits.clear();
    return {};
  }
  if (words.size() < 2 || words.size() > 3)
    return "wants none, or commands with commas between them, a number, and perhaps a message: "
           "RETR,STOR 2";
  TransferLimit limit;
  const std::vector<std::string> names{"RETR", "STOR", "APPE", "STOU"};
  for (std::string_view rest = words[0]; !rest.empty();) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    const std::string_view name = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const auto at = std::ranges::find_if(
        names, [&](const std::string& one) { return equal_without_case(one, name); });
    if (at == names.end())
      return fmt::format("'{}' is no transfer; the nearest is {}", printable(name),
                         nearest_name(name, names));
    const auto index = static_cast<std::size_t>(at - names.begin());
    if (index < kTransferKinds) limit.kinds.push_back(static_cast<TransferKind>(index));
  }
  if (auto complaint = set_count(words.subspan(1, 1), limit.most)) return complaint;
  if (words.size() == 3) limit.message = words[2];
  limits.push_back(std::move(limit));
  return {};
}

/// The loader's variables would change programs that run as root.
bool is_variable_name(std::string_view name) {
  return !name.empty() && name.find('=') == std::string_view::npos && !name.starts_with("LD_");
}

Complaint add_variable(const std::string& name, std::optional<std::string> value,
                       Options& options) {
  if (!is_variable_name(name))
    return fmt::format("'{}' is not the name of a variable that can be set", printable(name));
  std::erase_if(options.variables, [&](const auto& one) { return one.name == name; });
  options.variables.push_back({name, std::move(value)});
  return {};
}

}  // namespace

Complaint set_create_home(Words words, Options& options) {
  constexpr const char* kForm =
      "wants off, or: on [MODE] [skel DIR] [dirmode MODE] [uid ~|N] [gid ~|N] [homegid ~|N] "
      "[NoRootPrivs]";
  HomeSettings homes;
  if (words.empty() || set_switch(words.first(1), homes.create)) return kForm;
  if (!homes.create && words.size() > 1) return kForm;
  words = words.subspan(1);
  if (!words.empty())
    if (const auto mode = parse_mode(words[0])) {
      homes.mode = *mode;
      words = words.subspan(1);
    }
  constexpr std::array<std::string_view, 5> kNames{"skel", "dirmode", "uid", "gid", "homegid"};
  while (!words.empty()) {
    if (equal_without_case(words[0], "NoRootPrivs")) {
      homes.as_user = true;
      words = words.subspan(1);
      continue;
    }
    const bool known = std::ranges::any_of(
        kNames, [&](std::string_view name) { return equal_without_case(name, words[0]); });
    if (!known || words.size() < 2) return kForm;
    if (auto complaint = set_home_word(words[0], words[1], homes)) return complaint;
    words = words.subspan(2);
  }
  options.homes = homes;
  return {};
}

Complaint set_max_transfers_per_host(Words words, Options& options) {
  return add_transfer_limit(words, options.transfers.per_host);
}

Complaint set_max_transfers_per_user(Words words, Options& options) {
  return add_transfer_limit(words, options.transfers.per_user);
}

Complaint set_env(Words words, Options& options) {
  if (words.size() != 2) return "wants a name and a value";
  return add_variable(words[0], words[1], options);
}

Complaint set_unset_env(Words words, Options& options) {
  if (words.size() != 1) return "wants one name";
  return add_variable(words[0], std::nullopt, options);
}

/// mod_core also takes none, and words that say what of FTP uses the name.
Complaint set_use_reverse_dns(Words words, Options& options) {
  if (words.size() == 1 && equal_without_case(words[0], "none")) {
    options.reverse_dns = false;
    return {};
  }
  return set_switch(words, options.reverse_dns);
}

Complaint set_wtmp_log(Words words, Options& options) {
  bool on = false;
  if (words.size() != 1) return "wants on, off or a file";
  if (equal_without_case(words[0], "none")) {
    options.wtmp.clear();
  } else if (words[0].starts_with('/')) {
    options.wtmp = words[0];
  } else if (set_switch(words, on)) {
    return "wants on, off or the absolute path of a file";
  } else {
    options.wtmp = on ? kWtmpFile : "";
  }
  return {};
}

}  // namespace ssh2core::tools
