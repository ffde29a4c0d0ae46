#include "libssh2core/io/name_cache.h"

#include <grp.h>
#include <pwd.h>

#include <cerrno>
#include <type_traits>
#include <vector>

namespace ssh2core::io {

namespace {

constexpr std::size_t kMaxNames = 4096;          // a cache that is full starts anew
constexpr std::size_t kMaxEntryBytes = 1 << 20;  // a group's members are part of its entry

// Calls one of the *_r functions, which want a buffer that is large enough, and returns `member` of
// what it found.
template <class Value, class Entry, class Key, class Lookup, class Member>
std::optional<Value> look_up(Lookup lookup, Key key, Member Entry::* member) {
  std::vector<char> buffer(1024);
  Entry entry;
  Entry* found = nullptr;
  while (lookup(key, &entry, buffer.data(), buffer.size(), &found) == ERANGE &&
         buffer.size() < kMaxEntryBytes)
    buffer.resize(buffer.size() * 4);
  if (found == nullptr) return std::nullopt;
  if constexpr (std::is_pointer_v<Member>) {
    if (found->*member == nullptr) return std::nullopt;
  }
  return found->*member;
}

template <class Names, class Key, class Make>
const auto& cached(Names& names, const Key& key, Make make) {
  const auto at = names.find(key);
  if (at != names.end()) return at->second;
  if (names.size() >= kMaxNames) names.clear();
  return names.emplace(key, make()).first->second;
}

template <class Entry, class Key, class Lookup>
std::string text_of(Lookup lookup, Key key, char* Entry::* member) {
  return look_up<std::string>(lookup, key, member).value_or(std::string());
}

}  // namespace

const std::string& NameCache::user(std::uint32_t uid) {
  return cached(users_, uid, [uid] { return text_of(::getpwuid_r, uid_t{uid}, &passwd::pw_name); });
}

const std::string& NameCache::group(std::uint32_t gid) {
  return cached(groups_, gid, [gid] { return text_of(::getgrgid_r, gid_t{gid}, &group::gr_name); });
}

std::optional<std::uint32_t> NameCache::user_id(const std::string& name) {
  return cached(user_ids_, name, [&] {
    return look_up<std::uint32_t>(::getpwnam_r, name.c_str(), &passwd::pw_uid);
  });
}

std::optional<std::uint32_t> NameCache::group_id(const std::string& name) {
  return cached(group_ids_, name,
                [&] { return look_up<std::uint32_t>(::getgrnam_r, name.c_str(), &group::gr_gid); });
}

std::string system_home(const std::string& user) {
  return text_of(::getpwnam_r, user.c_str(), &passwd::pw_dir);
}

}  // namespace ssh2core::io
