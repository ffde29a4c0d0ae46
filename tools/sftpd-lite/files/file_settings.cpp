#include "tools/sftpd-lite/files/file_settings.h"

#include <tuple>

namespace ssh2core::tools {

namespace {

/// All members; what is new and not named here does not compile in any().
auto members(auto& p) {
  return std::tie(p.allow_overwrite, p.allow_store_restart, p.allow_retrieve_restart,
                  p.delete_aborted_stores, p.hide_no_access, p.show_symlinks, p.umask, p.force_mode,
                  p.hidden_stores, p.hide_files, p.hide_users, p.hide_groups, p.path_allow,
                  p.path_deny, p.fake_mode, p.fake_user, p.fake_group, p.user_owner, p.group_owner,
                  p.max_store, p.max_retrieve, p.rates);
}

template <std::size_t... kAt>
void fill_absent(FilePolicy& policy, const FilePolicy& around, std::index_sequence<kAt...>) {
  const auto mine = members(policy);
  const auto theirs = members(around);
  const auto fill = [](auto& own, const auto& other) {
    if (!own) own = other;
  };
  (fill(std::get<kAt>(mine), std::get<kAt>(theirs)), ...);
}

}  // namespace

bool Audience::holds(const Visitor& visitor) const {
  switch (of) {
    case Of::User:
      return visitor.user && expression.holds(std::span(&*visitor.user, 1));
    case Of::Group:
      return visitor.user && expression.holds(visitor.groups);
    case Of::Class:
      return expression.holds(std::span(&visitor.class_name, 1));
    case Of::Everybody:
      break;
  }
  return true;
}

FilePolicy FilePolicy::within(const FilePolicy& around) const {
  FilePolicy made = *this;
  constexpr std::size_t kCount = std::tuple_size_v<decltype(members(made))>;
  fill_absent(made, around, std::make_index_sequence<kCount>());
  // A rate for one command says nothing about others, nor about other users.
  if (rates && around.rates)
    made.rates->insert(made.rates->end(), around.rates->begin(), around.rates->end());
  return made;
}

bool FilePolicy::any() const {
  return std::apply([](const auto&... member) { return (member.has_value() || ...); },
                    members(*this));
}

bool FileSettings::any() const {
  FilePolicy beside_umask = policy;
  if (policy.umask && policy.umask->file == policy.umask->directory) beside_umask.umask.reset();
  return beside_umask.any() || !limits.empty() || !directories.empty() || drop_box ||
         ignore_set_owners || ignore_set_perms || ignore_set_times || ignore_set_xattrs ||
         ignore_upload_perms || ignore_upload_xattrs || !allow_filters.empty() ||
         !deny_filters.empty() || quota.bytes != 0 || quota.files != 0;
}

}  // namespace ssh2core::tools
