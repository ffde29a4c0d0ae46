// Names of users and groups by number, asked for once: a lookup may cost a question to a directory
// server, and a listing shows the same few owners thousands of times.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

namespace ssh2core::io {

class NameCache {
 public:
  /// The name, empty when there is none (which is remembered too). Valid until the next call.
  const std::string& user(std::uint32_t uid);
  const std::string& group(std::uint32_t gid);
  /// The other way.
  std::optional<std::uint32_t> user_id(const std::string& name);
  std::optional<std::uint32_t> group_id(const std::string& name);

 private:
  using Names = std::unordered_map<std::uint32_t, std::string>;
  using Ids = std::unordered_map<std::string, std::optional<std::uint32_t>>;
  Names users_, groups_;
  Ids user_ids_, group_ids_;
};

/// The home directory of a user as the system knows it; empty when there is no such user.
std::string system_home(const std::string& user);

}  // namespace ssh2core::io
