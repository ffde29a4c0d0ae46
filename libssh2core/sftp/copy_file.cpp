#include "libssh2core/sftp/copy_file.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include "libssh2core/sftp/check_file.h"
#include "libssh2core/sftp/disguised_file.h"
#include "libssh2core/sftp/session.h"

namespace ssh2core::sftp {

namespace {

constexpr std::uint32_t kCopiedBits =
    0777;                     // of the mode; a copy has no other rights than its maker
constexpr int kAttempts = 8;  // to find a name that is free

/// A name for a file in the making, in the directory of `target`.
std::string temporary_name(std::string_view target, Random& random) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<std::uint8_t, 8> bytes;
  random.fill(bytes);
  std::string name(target.substr(0, target.rfind('/') + 1));
  name += ".copy.";
  for (const std::uint8_t byte : bytes) {
    name += kDigits[byte >> 4];
    name += kDigits[byte & 15];
  }
  return name;
}

}  // namespace

FileCopy::~FileCopy() { give_up(); }

int FileCopy::begin(std::string_view source, std::string_view target, bool overwrite,
                    Random& random) {
  Result<std::unique_ptr<OpenFile>> from = files_.open(source, {.read = true});
  if (!from) return from.error().value;
  from_ = std::move(*from);
  const Result<Attributes> found = own_attributes(*from_);
  if (!found) return found.error().value;
  if (const int error = refusal_of_type(*found)) return error;
  size_ = found->size.value_or(0);
  const Result<std::string> source_path = files_.real_path(source);
  const Result<std::string> target_path = files_.real_path(target);
  target_ = target_path ? *target_path : std::string(target);
  if (source == target || (source_path && target_path && *source_path == *target_path))
    return EINVAL;
  OpenMode mode{.write = true, .create = true, .exclusive = true};
  mode.permissions = found->mode.value_or(0666) & kCopiedBits;
  Result<std::unique_ptr<OpenFile>> to = files_.open(target_, mode);
  if (!to && to.error().value == EEXIST && overwrite) return replace(mode, random);
  if (!to) return to.error().value;
  to_ = std::move(*to);
  written_ = target_;
  return 0;
}

/// A file is there. Whoever may not write it may not replace it, though the directory would allow
/// that; so it is opened for a moment.
int FileCopy::replace(OpenMode mode, Random& random) {
  Result<std::unique_ptr<OpenFile>> old = files_.open(target_, {.write = true});
  if (!old) return old.error().value;
  const Result<Attributes> is = own_attributes(**old);
  static_cast<void>((*old)->abandon());
  if (!is) return is.error().value;
  if (const int error = refusal_of_type(*is)) return error;
  mode.permissions = is->mode.value_or(mode.permissions) & kCopiedBits;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    written_ = temporary_name(target_, random);
    Result<std::unique_ptr<OpenFile>> to = files_.open(written_, mode);
    if (!to && to.error().value == EEXIST) continue;
    if (!to) return to.error().value;
    to_ = std::move(*to);
    return keep_mode(mode.permissions);
  }
  return EEXIST;
}

/// What is replaced keeps its mode, as it does when a file is written in its place; at least nobody
/// gets a right by it, whatever the rules say about the modes of new files.
int FileCopy::keep_mode(std::uint32_t permissions) {
  Attributes kept;
  kept.mode = permissions;
  static_cast<void>(to_->set(kept));
  const Result<Attributes> now = own_attributes(*to_);
  if (!now) return now.error().value;
  return (now->mode.value_or(permissions) & kCopiedBits & ~permissions) == 0 ? 0 : EPERM;
}

bool FileCopy::step() {
  if (at_ < size_) {
    const std::uint64_t length = std::min(size_ - at_, kStepBytes);
    error_ = from_->copy_to(*to_, at_, length, at_).error;
    if (error_ == 0) at_ += length;
  }
  if (error_ == 0 && at_ < size_) return false;
  if (error_ == 0) error_ = finish();
  if (error_ != 0) give_up();
  return true;
}

int FileCopy::finish() {
  const bool ours = is_ours();
  int error = to_->close().error;
  to_.reset();
  if (error == 0 && written_ == target_) return 0;
  if (error == 0) error = files_.rename(written_, target_, true).error;
  if (error != 0 && (ours || written_ != target_)) static_cast<void>(files_.remove(written_));
  return error;
}

void FileCopy::give_up() {
  if (!to_) return;
  const bool remove = is_ours();
  static_cast<void>(to_->abandon());
  to_.reset();
  if (remove) static_cast<void>(files_.remove(written_));
}

/// Whether the name is still that of our file: somebody may have put another there, or it lies
/// under another one until it is closed.
bool FileCopy::is_ours() {
  const Result<Attributes> named = files_.lstat(written_), mine = to_->stat();
  return named && mine && named->ctime == mine->ctime && named->size == mine->size &&
         named->mode == mine->mode && named->uid == mine->uid && named->links == mine->links;
}

void Session::copy_file(std::uint32_t id, const CopyFileRequest& request) {
  const std::string_view source = request.source.text, target = request.destination.text;
  const FileEvent event{FileOp::Copy, source, target};
  if (refuse_change(id, event)) return;
  auto copy = std::make_unique<FileCopy>(files_);
  if (const int error = copy->begin(source, target, request.overwrite, random_))
    return finish(id, error, event);
  work_on(std::move(copy),
          [this, id, from = std::string(source), to = std::string(target)](const FileCopy& done) {
            FileEvent copied{FileOp::Copy, from, to};
            if (done.error() == 0) copied.bytes = done.copied();
            finish(id, done.error(), copied);
          });
}

}  // namespace ssh2core::sftp
