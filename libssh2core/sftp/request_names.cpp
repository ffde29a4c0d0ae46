#include "libssh2core/sftp/request_names.h"

#include <algorithm>

#include "libssh2core/sftp/session.h"

namespace ssh2core::sftp {

std::string request_name(std::string_view row_name) {
  std::string name(row_name.substr(0, row_name.find('@')));
  std::ranges::transform(name, name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return name;
}

std::vector<std::string> request_names() {
  std::vector<std::string> names;
  for (const auto& row : Session::requests())
    if (row.type != PacketType::Extended) names.push_back(request_name(row.name));
  for (const auto& row : Session::extensions()) names.push_back(request_name(row.name));
  return names;
}

bool is_request_name(std::string_view name) {
  const auto names = request_names();
  return std::ranges::find(names, name) != names.end();
}

std::vector<std::string> all_requests_but(const std::vector<std::string>& allowed) {
  std::vector<std::string> names = request_names();
  std::erase_if(names, [&](const std::string& name) {
    return std::ranges::find(allowed, name) != allowed.end();
  });
  return names;
}

}  // namespace ssh2core::sftp
