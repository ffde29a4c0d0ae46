#include "libssh2core/io/name_cache.h"

#include <grp.h>
#include <pwd.h>

#include <cerrno>
#include <vector>

namespace ssh2core::io {

namespace {

constexpr std::size_t kMaxNames = 4096;          // a cache that is full starts anew
constexpr std::size_t kMaxEntryBytes = 1 << 20;  // a group's members are part of its entry

// Calls one of the *_r functions, which want a buffer that is large enough, and returns `member` of
// what it found.
template <class Entry, class Key, class Lookup>
std::string look_up(Lookup lookup, Key key, char* Entry::* member) {
  std::vector<char> buffer(1024);
  Entry entry;
  Entry* found = nullptr;
  while (lookup(key, &entry, buffer.data(), buffer.size(), &found) == ERANGE &&
         buffer.size() < kMaxEntryBytes)
    buffer.resize(buffer.size() * 4);
  return found == nullptr || found->*member == nullptr ? std::string() : found->*member;
}

template <class Names, class Make>
const std::string& cached(Names& names, std::uint32_t id, Make make) {
  const auto at = names.find(id);
  if (at != names.end()) return at->second;
  if (names.size() >= kMaxNames) names.clear();
  return names.emplace(id, make()).first->second;
}

}  // namespace

const std::string& NameCache::user(std::uint32_t uid) {
  return cached(users_, uid, [uid] { return look_up(::getpwuid_r, uid_t{uid}, &passwd::pw_name); });
}

const std::string& NameCache::group(std::uint32_t gid) {
  return cached(groups_, gid, [gid] { return look_up(::getgrgid_r, gid_t{gid}, &group::gr_name); });
}

std::string system_home(const std::string& user) {
  return look_up(::getpwnam_r, user.c_str(), &passwd::pw_dir);
}

}  // namespace ssh2core::io
