// REALPATH: resolved up to version 5, composed and checked as asked in version 6 (draft -13
// section 8.8).
#include "libssh2core/sftp/realpath.h"

#include "libssh2core/sftp/session.h"

namespace ssh2core::sftp {

std::string joined(std::string_view base, std::string_view path) {
  if (path.starts_with('/')) return std::string(path);
  return std::string(base).append("/").append(path);
}

std::string normalized(std::string_view absolute) {
  std::string path;
  while (!absolute.empty()) {
    const std::size_t slash = std::min(absolute.find('/'), absolute.size());
    const std::string_view name = absolute.substr(0, slash);
    absolute.remove_prefix(std::min(slash + 1, absolute.size()));
    if (name == "..")
      path.erase(std::min(path.rfind('/'), path.size()));
    else if (!name.empty() && name != ".")
      path.append("/").append(name);
  }
  return path.empty() ? "/" : path;
}

void Session::realpath(std::uint32_t id, const RealpathRequest& request) {
  if (replies_.version() < 6) return path_or_error(id, files_.real_path(request.path.text));
  if (request.control < kRealpathNoCheck || request.control > kRealpathStatAlways) {
    replies_.status(id, Status::InvalidParameter, "REALPATH has no such control byte");
    return;
  }
  const Result<std::string> home = files_.home_directory("");
  if (!home) return path_or_error(id, home);
  std::string path = joined(*home, request.path.text);
  for (const Path& more : request.compose.list) path = joined(path, more.text);
  if (path.size() > kLongestPath) {
    replies_.outcome(id, ENAMETOOLONG);
    return;
  }
  if (request.control == kRealpathNoCheck) return replies_.name(id, normalized(path));
  const Result<std::string> resolved = files_.real_path(path);
  Result<Attributes> found = resolved ? files_.stat(*resolved) : resolved.error();
  if (found) {
    complete(*found, wanted_attributes(0));
    return replies_.name(id, *resolved, *found);
  }
  if (request.control == kRealpathStatIf) return replies_.name(id, normalized(path));
  replies_.outcome(id, found.error().value);
}

}  // namespace ssh2core::sftp
