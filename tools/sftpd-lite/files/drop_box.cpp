#include "tools/sftpd-lite/files/drop_box.h"

#include <fmt/format.h>

#include "tools/sftpd-lite/log/event_log.h"

namespace ssh2core::tools {

using sftp::Errno;
using sftp::OpenFile;
using sftp::OpenMode;
using sftp::Outcome;
using sftp::Result;

namespace {
constexpr std::size_t kMostRemembered = 4096;  // paths; a bound for what a client can make us keep
}

int DropBox::refuse(std::string_view what, std::string_view path) {
  told_(fmt::format("{} refused: {} is not for drop boxes", printable(path), what));
  return EACCES;
}

void DropBox::remember(std::string_view path) {
  if (made_.size() >= kMostRemembered) return;
  if (Result<std::string> real = inner().real_path(path)) made_.insert(std::move(*real));
}

Result<std::unique_ptr<OpenFile>> DropBox::open(std::string_view path, const OpenMode& mode) {
  if (mode.read || !mode.write) return Errno{refuse("reading", path)};
  if (mode.delete_on_close) return Errno{refuse("removing", path)};
  if (!mode.create) return Errno{refuse("writing what is there", path)};
  OpenMode fresh = mode;
  fresh.exclusive = true;
  fresh.truncate = false;
  Result<std::unique_ptr<OpenFile>> file = inner().open(path, fresh);
  if (!file && file.error().value == EEXIST && !mode.exclusive)
    return Errno{refuse("overwriting", path)};
  if (file) remember(path);
  return file;
}

Result<std::unique_ptr<sftp::OpenDirectory>> DropBox::open_directory(std::string_view path) {
  return Errno{refuse("listing", path)};
}

Outcome DropBox::set(std::string_view path, const sftp::Attributes& wanted, bool follow) {
  const Result<std::string> real = inner().real_path(path);
  if (!real) return {real.error().value};
  if (wanted.size || !made_.contains(*real)) return {refuse("changing what is there", path)};
  return inner().set(path, wanted, follow);
}

Outcome DropBox::remove(std::string_view path) { return {refuse("removing", path)}; }

Outcome DropBox::make_directory(std::string_view path, std::uint32_t permissions) {
  const Outcome made = inner().make_directory(path, permissions);
  if (made.ok()) remember(path);
  return made;
}

Outcome DropBox::remove_directory(std::string_view path) { return {refuse("removing", path)}; }

Outcome DropBox::rename(std::string_view from, std::string_view /*to*/, bool /*overwrite*/) {
  return {refuse("renaming", from)};
}

Result<std::string> DropBox::read_link(std::string_view path) {
  return Errno{refuse("reading", path)};
}

Outcome DropBox::make_symlink(std::string_view /*target*/, std::string_view link) {
  return {refuse("linking", link)};
}

Outcome DropBox::make_hard_link(std::string_view /*existing*/, std::string_view link) {
  return {refuse("linking", link)};
}

Result<std::string> DropBox::xattr(std::string_view path, std::string_view /*name*/) {
  return Errno{refuse("reading", path)};
}

Result<std::vector<std::string>> DropBox::xattrs(std::string_view path) {
  return Errno{refuse("reading", path)};
}

Outcome DropBox::set_xattr(std::string_view path, std::string_view /*name*/,
                           std::string_view /*value*/, sftp::XattrMode /*mode*/) {
  return {refuse("changing what is there", path)};
}

Outcome DropBox::remove_xattr(std::string_view path, std::string_view /*name*/) {
  return {refuse("changing what is there", path)};
}

}  // namespace ssh2core::tools
