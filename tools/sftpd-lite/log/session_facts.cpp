#include "tools/sftpd-lite/log/session_facts.h"

#include <algorithm>
#include <vector>

namespace ssh2core::tools {

std::string client_path(std::string_view home, std::string_view path) {
  std::string whole;
  if (!path.starts_with('/')) whole.append(home).append("/");
  whole += path;
  std::vector<std::string_view> names;
  for (std::string_view rest = whole; !rest.empty();) {
    const std::size_t end = std::min(rest.find('/'), rest.size());
    const std::string_view name = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (name == ".." && !names.empty()) names.pop_back();
    if (!name.empty() && name != "." && name != "..") names.push_back(name);
  }
  std::string clean;
  for (const std::string_view name : names) clean.append("/").append(name);
  return clean.empty() ? "/" : clean;
}

std::string system_path(const SessionFacts& facts, std::string_view path) {
  const std::string below = client_path(facts.home, path);
  if (facts.root == "/" || facts.root.empty()) return below;
  return below == "/" ? facts.root : facts.root + below;
}

}  // namespace ssh2core::tools
