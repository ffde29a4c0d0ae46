// Requests on paths (draft-ietf-secsh-filexfer-02 sections 6.5 to 6.11).
#include "libssh2core/sftp/session.h"

namespace ssh2core::sftp {

void Session::remove(std::uint32_t id, const RemoveRequest& request) {
  FileEvent event{FileOp::Remove, request.path.text, {}};
  if (refuse_change(id, event)) return;
  if (details_)
    if (const Result<Attributes> before = files_.lstat(request.path.text))
      event.size = before->size;
  finish(id, files_.remove(request.path.text).error, event);
}

void Session::mkdir(std::uint32_t id, const MkdirRequest& request) {
  const FileEvent event{FileOp::MakeDirectory, request.path.text, {}};
  if (refuse_change(id, event)) return;
  const std::uint32_t permissions = request.attributes.mode.value_or(0777) & kPermissionBits;
  finish(id, files_.make_directory(request.path.text, permissions).error, event);
}

void Session::rmdir(std::uint32_t id, const RmdirRequest& request) {
  const FileEvent event{FileOp::RemoveDirectory, request.path.text, {}};
  if (refuse_change(id, event)) return;
  finish(id, files_.remove_directory(request.path.text).error, event);
}

/// Answers with a path in a NAME, or with the status of its errno.
void Session::path_or_error(std::uint32_t id, const Result<std::string>& path) {
  if (path)
    replies_.name(id, *path);
  else
    replies_.outcome(id, path.error().value);
}

void Session::rename(std::uint32_t id, const RenameRequest& request) {
  const std::string_view from = request.old_path.text, to = request.new_path.text;
  const FileEvent event{FileOp::Rename, from, to};
  if (refuse_change(id, event)) return;
  if ((request.flags & ~(kRenameOverwrite | kRenameAtomic | kRenameNative)) != 0)
    return finish_with(replies_.status(id, Status::OpUnsupported, "RENAME has unknown flags"),
                       EOPNOTSUPP, event);
  // rename(2) is atomic; NATIVE leaves the choice to us, and nobody loses a file by it.
  const bool overwrite = (request.flags & (kRenameOverwrite | kRenameAtomic)) != 0;
  finish(id, files_.rename(from, to, overwrite).error, event);
}

void Session::readlink(std::uint32_t id, const ReadlinkRequest& request) {
  path_or_error(id, files_.read_link(request.path.text));
}

void Session::symlink(std::uint32_t id, const SymlinkRequest& request) {
  std::string_view target = request.first.text, link = request.second.text;
  if (options_.symlink_link_first) std::swap(target, link);
  const FileEvent event{FileOp::Symlink, target, link};
  if (refuse_change(id, event)) return;
  finish(id, files_.make_symlink(target, link).error, event);
}

void Session::link(std::uint32_t id, const LinkRequest& request) {
  const std::string_view existing = request.existing.text, link = request.link.text;
  const FileEvent event{request.symlink ? FileOp::Symlink : FileOp::HardLink, existing, link};
  if (refuse_change(id, event)) return;
  const Outcome made =
      request.symlink ? files_.make_symlink(existing, link) : files_.make_hard_link(existing, link);
  finish(id, made.error, event);
}

}  // namespace ssh2core::sftp
