// Extended requests (draft-ietf-secsh-filexfer-02 section 8).
#include <algorithm>
#include <limits>

#include "libssh2core/crypto/fips.h"
#include "libssh2core/sftp/session.h"

namespace ssh2core::sftp {

namespace {

constexpr std::size_t kSeekBytes = 65536;  // read at a time to find a line

/// The names for a run of ids, as a run of strings.
template <class LookUp>
void append_names(ByteView ids, Buffer& names, LookUp&& look_up) {
  Reader r(ids);
  Writer w(names);
  while (r.remaining() != 0) w.string(look_up(r.u32()));
}

}  // namespace

std::span<const Session::ExtensionRow> Session::extensions() {
  using enum ExtensionSwitch;
  static constexpr auto kRows = std::to_array<ExtensionRow>({
      extension<&Session::check_file>(CheckFile),
      extension<&Session::check_file_handle>(CheckFile),
      extension<&Session::check_file_name>(CheckFile),
      extension<&Session::copy_data>(CopyData),
      extension<&Session::copy_file>(CopyFile),
      extension<&Session::home_directory>(HomeDirectory),
      extension<&Session::space_available>(SpaceAvailable),
      extension<&Session::vendor_id>(VendorId),
      extension<&Session::fsync>(Fsync),
      extension<&Session::posix_rename>(PosixRename),
      extension<&Session::statvfs>(Statvfs),
      extension<&Session::fstatvfs>(Statvfs),
      extension<&Session::hardlink>(Hardlink),
      extension<&Session::limits>(Limits),
      extension<&Session::users_groups>(UserGroupNames),
      extension<&Session::get_xattr>(Xattr),
      extension<&Session::fget_xattr>(Xattr),
      extension<&Session::list_xattr>(Xattr),
      extension<&Session::flist_xattr>(Xattr),
      extension<&Session::set_xattr>(Xattr),
      extension<&Session::fset_xattr>(Xattr),
      extension<&Session::remove_xattr>(Xattr),
      extension<&Session::fremove_xattr>(Xattr),
      extension<&Session::lsetstat>(Lsetstat),
      extension<&Session::expand_path>(ExpandPath),
      extension<&Session::md5_hash>(Md5Hash),
      extension<&Session::md5_hash_handle>(Md5Hash),
      extension<&Session::version_select>(VersionSelect),
      extension<&Session::text_seek>(TextSeek, {4, 6}),
      extension<&Session::control_translation>(TranslationControl, {6, 6}),
  });
  return kRows;
}

bool Session::has(const ExtensionRow& row) const {
  return row.versions.contain(replies_.version()) && options_.extensions.on(row.group) &&
         (row.group != ExtensionSwitch::Md5Hash || !is_fips_enabled());
}

void Session::extended(std::uint32_t id, const ExtendedRequest& request) {
  const auto row = std::ranges::find(extensions(), request.request, &ExtensionRow::name);
  if (row == extensions().end() || row->name != VersionSelectRequest::kExtension)
    first_request_ = false;
  // What a client says of itself may always be said, as to mod_sftp.
  if (row == extensions().end() || (!has(*row) && row->name != VendorIdRequest::kExtension)) {
    first_request_ = false;
    replies_.status(id, Status::OpUnsupported);
    return;
  }
  if (is_refused(row->name)) return finish_refused(id, row->name);
  row->serve(*this, id, request.data.bytes);
  first_request_ = false;
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

void Session::text_seek(std::uint32_t id, const TextSeekRequest& request) {
  OpenHandle* handle = find_file(request.handle);
  if (handle == nullptr || !handle->readable) {
    replies_.outcome(id, EBADF);
    return;
  }
  if (!handle->text) {
    replies_.status(id, Status::InvalidParameter, "The file is not open in text mode");
    return;
  }
  Bytes room(kSeekBytes);
  const MutableView piece = room;
  std::uint64_t position = 0, lines = 0;
  while (lines < request.line) {
    const Result<std::size_t> got = handle->file->read(position, {&piece, 1});
    if (!got || *got == 0) {
      got ? replies_.status(id, Status::Eof) : replies_.outcome(id, got.error().value);
      return;
    }
    const auto end = room.begin() + static_cast<std::ptrdiff_t>(*got);
    for (auto at = room.begin(); at != end && lines < request.line; ++position)
      if (*at++ == '\n') ++lines;
  }
  handle->position = position;
  replies_.status(id, Status::Ok);
}

/// Only where names are translated can that be stopped, and begun again.
void Session::control_translation(std::uint32_t id, const TranslationControlRequest& request) {
  if (!options_.names.local || options_.names.bytes) {
    replies_.status(id, Status::OpUnsupported);
    return;
  }
  files_.names.translate(request.translate);
  replies_.status(id, Status::Ok);
}

/// draft-ietf-secsh-filexfer-extensions-00 section 4. What is free for everybody and not for the
/// user is kept for root: it is none of the user's.
void Session::space_available(std::uint32_t id, const SpaceAvailableRequest& request) {
  const Result<Statvfs> found = files_.statvfs(request.path.text);
  if (!found) {
    replies_.outcome(id, found.error().value);
    return;
  }
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t unit = found->frsize != 0 ? found->frsize : found->bsize;
  const auto bytes = [&](std::uint64_t blocks) {
    return unit != 0 && blocks > kMost / unit ? kMost : blocks * unit;
  };
  const std::uint64_t kept = found->bfree - std::min(found->bfree, found->bavail);
  SpaceAvailableReply reply;
  reply.device = bytes(found->blocks);
  reply.unused = bytes(found->bfree);
  reply.for_user = bytes(found->blocks - std::min(found->blocks, kept));
  reply.unused_for_user = bytes(found->bavail);
  reply.unit = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(unit, std::numeric_limits<std::uint32_t>::max()));
  replies_.send(id, reply);
}

void Session::vendor_id(std::uint32_t id, const VendorIdRequest& request) {
  observer_.on_client_product({request.vendor, request.product, request.version, request.build});
  replies_.status(id, Status::Ok);
}

}  // namespace ssh2core::sftp
