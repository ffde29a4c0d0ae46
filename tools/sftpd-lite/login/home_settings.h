// CreateHome: what is made for users who have no home directory yet.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace ssh2core::tools {

/// Who owns what is made: a number, or whoever logs in.
template <class Id>
struct HomeOwner {
  std::optional<Id> id;  // nullopt: the user's
  Id of(Id user) const { return id.value_or(user); }
};

struct HomeSettings {
  bool create = false;
  mode_t mode = 0700;               // of the home itself
  mode_t parents_mode = 0711;       // of the directories above it that are made
  std::string skeleton;             // directory whose content a new home gets; empty: none
  HomeOwner<uid_t> parents_uid{0};  // of those directories
  HomeOwner<gid_t> parents_gid{0};
  HomeOwner<gid_t> home_gid{};  // of the home
  bool as_user = false;         // NoRootPrivs: made with the user's rights
};

}  // namespace ssh2core::tools
