// The directives about files that may stand in <Directory>.
#include <fmt/format.h>

#include "tools/sftpd-lite/directives/file_values.h"
#include "tools/sftpd-lite/directives/setters.h"
#include "tools/sftpd-lite/directives/values.h"
#include "tools/sftpd-lite/directives/words.h"
#include "tools/sftpd-lite/log/event_log.h"

namespace ssh2core::tools {

namespace {

bool is_none(Words words) { return words.size() == 1 && equal_without_case(words[0], "none"); }

template <std::optional<bool> FilePolicy::* kMember>
Complaint set_policy_switch(Words words, Options& options) {
  bool value = false;
  Complaint complaint = set_switch(words, value);
  if (!complaint) options.files.policy.*kMember = value;
  return complaint;
}

Complaint set_fake_name(Words words, std::optional<FakeName>& fake) {
  FakeName made;
  if (words.size() > 2) return "wants on or off, and a name or ~";
  if (const Complaint complaint =
          set_switch(words.first(std::min<std::size_t>(words.size(), 1)), made.on))
    return complaint;
  made.name = words.size() == 2 ? words[1] : "ftp";  // as ProFTPD has it
  fake = made;
  return {};
}

Complaint add_owner(Words words, std::optional<std::vector<OwnerName>>& names) {
  if (words.size() != 1 || words[0].empty() || words[0] == "!")
    return "wants one name, ~ or with a ! in front whose files are not hidden";
  OwnerName made{words[0], words[0].starts_with('!')};
  if (made.inverted) made.name.erase(0, 1);
  if (!names) names.emplace();
  names->push_back(std::move(made));
  return {};
}

Complaint set_path_filter(Words words, std::optional<std::vector<NameFilter>>& filters) {
  if (is_none(words)) {
    filters.emplace();
    return {};
  }
  const bool any_case = words.size() == 2 && equal_without_case(words[1], "[NC]");
  if (words.empty() || words.size() > (any_case ? 2U : 1U))
    return "wants a regular expression, with [NC] behind it if case is not to count, or none";
  NameFilter filter;
  if (const Complaint complaint = read_filter(words[0], false, any_case, filter)) return complaint;
  filters = std::vector{std::move(filter)};  // as in ProFTPD the narrower replaces the wider
  return {};
}

Complaint set_size_limit(Words words, std::optional<std::vector<SizeLimit>>& limits) {
  SizeLimit made;
  const bool open = !words.empty() && (words[0] == "*" || equal_without_case(words[0], "none"));
  if (!open) {
    made.bytes = words.size() < 2 ? std::nullopt : parse_size(words[0], words[1]);
    if (!made.bytes) return "wants a size like `40 Mb` (B, Kb, Mb, Gb, Tb), or *";
  }
  if (const Complaint complaint = read_audience(words.subspan(open ? 1 : 2), made.audience))
    return complaint;
  if (!limits) limits.emplace();
  // What is for some goes before what is for everybody; of that the last counts.
  const bool everybody = made.audience.of == Audience::Of::Everybody;
  if (everybody)
    std::erase_if(*limits,
                  [](const SizeLimit& one) { return one.audience.of == Audience::Of::Everybody; });
  const auto at = std::ranges::find(*limits, Audience::Of::Everybody,
                                    [](const SizeLimit& one) { return one.audience.of; });
  limits->insert(at, std::move(made));
  return {};
}

}  // namespace

Complaint set_allow_overwrite(Words words, Options& options) {
  return set_policy_switch<&FilePolicy::allow_overwrite>(words, options);
}
Complaint set_allow_retrieve_restart(Words words, Options& options) {
  return set_policy_switch<&FilePolicy::allow_retrieve_restart>(words, options);
}
Complaint set_allow_store_restart(Words words, Options& options) {
  return set_policy_switch<&FilePolicy::allow_store_restart>(words, options);
}
Complaint set_delete_aborted_stores(Words words, Options& options) {
  return set_policy_switch<&FilePolicy::delete_aborted_stores>(words, options);
}
Complaint set_hide_no_access(Words words, Options& options) {
  return set_policy_switch<&FilePolicy::hide_no_access>(words, options);
}
Complaint set_show_symlinks(Words words, Options& options) {
  return set_policy_switch<&FilePolicy::show_symlinks>(words, options);
}

Complaint set_dir_fake_mode(Words words, Options& options) {
  const auto mode = words.size() == 1 ? parse_mode(words[0]) : std::nullopt;
  if (!mode) return "wants octal digits, like 0640";
  options.files.policy.fake_mode = mode;
  return {};
}
Complaint set_dir_fake_user(Words words, Options& options) {
  return set_fake_name(words, options.files.policy.fake_user);
}
Complaint set_dir_fake_group(Words words, Options& options) {
  return set_fake_name(words, options.files.policy.fake_group);
}

Complaint set_force_mode(Words words, Options& options) {
  return read_modes(words, options.files.policy.force_mode);
}

Complaint set_user_owner(Words words, Options& options) {
  if (words.size() != 1) return "wants one name of a user";
  options.files.policy.user_owner = words[0];
  options.warnings.emplace_back(
      "sessions run without root's rights: only a session that runs as root can give files away");
  return {};
}
Complaint set_group_owner(Words words, Options& options) {
  if (words.size() != 1) return "wants one name of a group";
  options.files.policy.group_owner = words[0];
  return {};
}

Complaint set_hidden_stores(Words words, Options& options) {
  HiddenStores made;
  if (words.empty() || words.size() > 2) return "wants on, off, or a prefix and perhaps a suffix";
  if (const Complaint complaint = set_switch(words, made.on)) {
    made.on = true;
    made.prefix = words[0];
    made.suffix = words.size() == 2 ? words[1] : ".";
  }
  for (const std::string* part : {&made.prefix, &made.suffix})
    if (part->find('/') != std::string::npos || part->find('\0') != std::string::npos)
      return "a temporary file lies beside the one it becomes: no slash in its name";
  options.files.policy.hidden_stores = made;
  return {};
}

Complaint set_hide_files(Words words, Options& options) {
  if (words.empty()) return "wants a regular expression over names, or none";
  HideFiles made;
  if (!equal_without_case(words[0], "none")) {
    made.filter.emplace();
    if (const Complaint complaint = read_filter(words[0], true, false, *made.filter))
      return complaint;
  }
  if (const Complaint complaint = read_audience(words.subspan(1), made.audience)) return complaint;
  auto& all = options.files.policy.hide_files;
  const auto is_open = [](const HideFiles& one) {
    return one.audience.of == Audience::Of::Everybody;
  };
  if (!all) all.emplace();
  if (is_open(made)) std::erase_if(*all, is_open);
  all->insert(std::ranges::find_if(*all, is_open), std::move(made));
  return {};
}
Complaint set_hide_user(Words words, Options& options) {
  return add_owner(words, options.files.policy.hide_users);
}
Complaint set_hide_group(Words words, Options& options) {
  return add_owner(words, options.files.policy.hide_groups);
}

Complaint set_path_allow_filter(Words words, Options& options) {
  return set_path_filter(words, options.files.policy.path_allow);
}
Complaint set_path_deny_filter(Words words, Options& options) {
  return set_path_filter(words, options.files.policy.path_deny);
}

Complaint set_max_store_file_size(Words words, Options& options) {
  return set_size_limit(words, options.files.policy.max_store);
}
Complaint set_max_retrieve_file_size(Words words, Options& options) {
  return set_size_limit(words, options.files.policy.max_retrieve);
}

Complaint set_umask(Words words, Options& options) {
  if (Complaint complaint = read_modes(words, options.files.policy.umask)) return complaint;
  options.umask_bits = options.files.policy.umask->file;
  return {};
}

}  // namespace ssh2core::tools
