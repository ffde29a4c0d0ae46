// Extended requests (draft-ietf-secsh-filexfer-02 section 8). VERSION announces what the table
// says.
#include <algorithm>

#include "libssh2core/sftp/session.h"

namespace ssh2core::sftp {

namespace {

/// The names for a run of ids, as a run of strings.
template <class LookUp>
void append_names(ByteView ids, Buffer& names, LookUp&& look_up) {
  Reader r(ids);
  Writer w(names);
  while (r.remaining() != 0) w.string(look_up(r.u32()));
}

}  // namespace

std::span<const Session::ExtensionRow> Session::extensions() {
  static constexpr auto kRows = std::to_array<ExtensionRow>({
      extension<&Session::posix_rename>("1"),
      extension<&Session::statvfs>("2"),
      extension<&Session::fstatvfs>("2"),
      extension<&Session::hardlink>("1"),
      extension<&Session::fsync>("1"),
      extension<&Session::lsetstat>("1"),
      extension<&Session::limits>("1"),
      extension<&Session::expand_path>("1"),
      extension<&Session::copy_data>("1"),
      extension<&Session::home_directory>("1"),
      extension<&Session::users_groups>("1"),
  });
  return kRows;
}

void Session::extended(std::uint32_t id, const ExtendedRequest& request) {
  const auto row = std::ranges::find(extensions(), request.request, &ExtensionRow::name);
  if (row == extensions().end()) {
    replies_.status(id, Status::OpUnsupported);
    return;
  }
  if (is_refused(row->name)) return finish_refused(id, row->name);
  row->serve(*this, id, request.data.bytes);
}

void Session::posix_rename(std::uint32_t id, const PosixRenameRequest& request) {
  const std::string_view from = request.old_path.text, to = request.new_path.text;
  const FileEvent event{FileOp::Rename, from, to};
  if (refuse_change(id, event)) return;
  finish(id, files_.rename(from, to, true).error, event);
}

void Session::figures(std::uint32_t id, const Result<Statvfs>& result) {
  if (result)
    replies_.send(id, StatvfsReply{*result});
  else
    replies_.outcome(id, result.error().value);
}

void Session::statvfs(std::uint32_t id, const StatvfsRequest& request) {
  figures(id, files_.statvfs(request.path.text));
}

void Session::fstatvfs(std::uint32_t id, const FstatvfsRequest& request) {
  OpenHandle* handle = find_file(request.handle);
  figures(id, handle != nullptr ? handle->file->statvfs() : Result<Statvfs>(Errno{EBADF}));
}

void Session::hardlink(std::uint32_t id, const HardlinkRequest& request) {
  const std::string_view existing = request.old_path.text, link = request.new_path.text;
  const FileEvent event{FileOp::HardLink, existing, link};
  if (refuse_change(id, event)) return;
  finish(id, files_.make_hard_link(existing, link).error, event);
}

void Session::fsync(std::uint32_t id, const FsyncRequest& request) {
  OpenHandle* handle = find_file(request.handle);
  if (handle == nullptr) return finish(id, EBADF, {FileOp::Sync, {}, {}});
  finish(id, handle->file->sync().error, {FileOp::Sync, handle->path, {}});
}

void Session::lsetstat(std::uint32_t id, const LsetstatRequest& request) {
  set_path(id, request.path.text, request.attributes, false);
}

void Session::limits(std::uint32_t id, const LimitsRequest& /*request*/) {
  replies_.send(id, LimitsReply{kMaxPacket, kMaxData, kMaxData, options_.max_handles});
}

/// As OpenSSH: a leading `~` or `~user` is replaced, then the path is resolved like by REALPATH.
void Session::expand_path(std::uint32_t id, const ExpandPathRequest& request) {
  const std::string_view path = request.path.text;
  if (!path.starts_with('~')) return path_or_error(id, files_.real_path(path));
  const std::size_t slash = std::min(path.find('/'), path.size());
  const Result<std::string> home = files_.home_directory(path.substr(1, slash - 1));
  if (!home) return path_or_error(id, home);
  path_or_error(id, files_.real_path(*home + std::string(path.substr(slash))));
}

void Session::home_directory(std::uint32_t id, const HomeDirectoryRequest& request) {
  path_or_error(id, files_.home_directory(request.user.text));
}

void Session::users_groups(std::uint32_t id, const UsersGroupsRequest& request) {
  Buffer users, groups;
  append_names(request.uids, users,
               [&](std::uint32_t uid) -> const std::string& { return files_.user_name(uid); });
  append_names(request.gids, groups,
               [&](std::uint32_t gid) -> const std::string& { return files_.group_name(gid); });
  constexpr std::size_t kAround = 64;  // bytes; more than what surrounds the names in the packet
  if (users.size() + groups.size() + kAround > kMaxPacket) {
    replies_.status(id, Status::Failure, "Too many ids for one reply");
    return;
  }
  replies_.send(id, UsersGroupsReply{users.view(), groups.view()});
  replies_.shrink();
}

void Session::copy_data(std::uint32_t id, const CopyDataRequest& request) {
  OpenHandle* source = find_file(request.source);
  OpenHandle* target = find_file(request.target);
  FileEvent event{FileOp::Copy, {}, {}};
  if (source != nullptr) event.path = source->path;
  if (target != nullptr) event.path2 = target->path;
  if (refuse_change(id, event)) return;
  if (source == nullptr || target == nullptr || !source->readable || !target->writable)
    return finish(id, EBADF, event);
  if (source == target || std::max(request.from, request.to) > kLargestFile)
    return finish(id, EINVAL, event);
  const Result<Attributes> before = source->file->stat();
  if (!before) return finish(id, before.error().value, event);
  // No more than there is: so 0 and lengths that no file has are one case.
  const std::uint64_t size = before->size.value_or(0);
  const std::uint64_t there = size - std::min(size, request.from);
  const std::uint64_t length = request.length == 0 ? there : std::min(there, request.length);
  if (length == 0) return finish(id, 0, event);
  if (length > kLargestFile - request.to) return finish(id, EFBIG, event);
  const int error = source->file->copy_to(*target->file, request.from, length, request.to).error;
  if (error == 0) {
    event.bytes = length;
    target->bytes_written += length;
  }
  finish(id, error, event);
}

}  // namespace ssh2core::sftp
