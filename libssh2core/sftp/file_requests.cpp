// Requests on handles: files and listings (draft-ietf-secsh-filexfer-02 sections 6.3 to 6.8).
#include <algorithm>

#include "libssh2core/sftp/longname.h"
#include "libssh2core/sftp/session.h"

namespace ssh2core::sftp {

namespace {

// A listing's reply ends when another name of 255 bytes might not fit into what every client takes
// (draft -13 section 4: 34000 bytes), or has as many entries as this.
constexpr std::size_t kListingBytes = 32768 - 1024, kListingEntries = 200;

OpenMode mode_of(const OpenRequest& request) {
  const auto has = [&](OpenFlag flag) { return (request.pflags & flag) != 0; };
  OpenMode mode;
  mode.write = has(kOpenWrite);
  mode.read = has(kOpenRead) || !mode.write;
  mode.append = has(kOpenAppend);
  mode.create = has(kOpenCreate);
  mode.truncate = has(kOpenTruncate);
  mode.exclusive = has(kOpenExclusive);
  mode.permissions = request.attributes.mode.value_or(0666) & kPermissionBits;
  return mode;
}

}  // namespace

void Session::open(std::uint32_t id, const OpenRequest& request) {
  const OpenMode mode = mode_of(request);
  const FileEvent event{FileOp::Open, request.path.text, {}};
  if ((mode.write || mode.create || mode.truncate) && refuse_change(id, event)) return;
  if (handles_.full()) return finish(id, EMFILE, event);
  std::unique_ptr<Transfer> transfer;
  if (options_.transfers != nullptr) {
    auto begun = options_.transfers->begin(mode.write, mode.append);
    if (const auto* refusal = std::get_if<TransferRefusal>(&begun))
      return refuse_transfer(id, event, *refusal);
    transfer = std::get<std::unique_ptr<Transfer>>(std::move(begun));
  }
  std::optional<bool> existed;
  if (details_ && mode.write) existed = static_cast<bool>(files_.lstat(request.path.text));
  Result<std::unique_ptr<OpenFile>> file = files_.open(request.path.text, mode);
  if (!file) return finish(id, file.error().value, event);
  OpenHandle handle;
  handle.file = std::move(*file);
  handle.path = request.path.text;
  handle.readable = mode.read;
  handle.writable = mode.write;
  handle.append = mode.append;
  handle.opened = clock_.now();
  handle.existed = existed;
  handle.transfer = std::move(transfer);
  ++open_files_;
  replies_.send(id, HandleReply{handles_.add(std::move(handle))});
}

void Session::refuse_transfer(std::uint32_t id, FileEvent event, const TransferRefusal& refusal) {
  event.status =
      static_cast<std::uint32_t>(replies_.status(id, Status::PermissionDenied, refusal.message));
  event.error = EAGAIN;
  observer_.on_problem(refusal.rule);
  observer_.on_file(event);
}

void Session::close(std::uint32_t id, const CloseRequest& request) {
  if (handles_.find(request.handle) == nullptr) {
    replies_.outcome(id, EBADF);
    return;
  }
  // The handle is dead even when closing fails.
  OpenHandle handle = handles_.take(request.handle);
  const auto size = size_to_report(handle);
  const int error = handle.file ? handle.file->close().error : 0;
  report_closed(handle, replies_.outcome(id, error), error, false, size);
  if (handle.directory) replies_.shrink();
}

void Session::read(std::uint32_t id, const ReadRequest& request) {
  OpenHandle* handle = find_file(request.handle);
  if (handle == nullptr || !handle->readable) {
    replies_.outcome(id, EBADF);
    return;
  }
  if (request.length == 0) return replies_.send(id, DataReply{});
  if (request.offset >= kLargestFile) {
    replies_.status(id, Status::Eof);
    return;
  }
  const std::uint64_t most = std::min<std::uint64_t>(kMaxData, kLargestFile - request.offset);
  const std::uint64_t length = std::min<std::uint64_t>(request.length, most);
  bytes_moved_ = replies_.data(id, *handle->file, request.offset, length);
  handle->bytes_read += bytes_moved_;
}

/// A WRITE comes as a whole only when its handle is longer than any of ours, or when it cannot be
/// decoded at all.
void Session::refuse_write(std::uint32_t id, const WriteRequest& /*request*/) {
  replies_.outcome(id, EBADF);
}

void Session::fstat(std::uint32_t id, const FstatRequest& request) {
  OpenHandle* handle = find_file(request.handle);
  if (handle == nullptr) {
    replies_.outcome(id, EBADF);
    return;
  }
  attributes(id, handle->file->stat());
}

void Session::fsetstat(std::uint32_t id, const FsetstatRequest& request) {
  OpenHandle* handle = find_file(request.handle);
  FileEvent event{FileOp::SetAttributes, {}, {}};
  if (handle != nullptr) event.path = handle->path;
  if (refuse_change(id, event)) return;
  if (handle == nullptr) return finish(id, EBADF, event);
  Attributes wanted = request.attributes;
  if (wanted.mode) *wanted.mode &= kPermissionBits;
  const bool too_large = wanted.size.value_or(0) > kLargestFile;
  finish(id, too_large ? EFBIG : handle->file->set(wanted).error, event);
}

void Session::opendir(std::uint32_t id, const OpendirRequest& request) {
  const FileEvent event{FileOp::OpenDirectory, request.path.text, {}};
  if (handles_.full()) return finish(id, EMFILE, event);
  Result<std::unique_ptr<OpenDirectory>> directory = files_.open_directory(request.path.text);
  if (!directory) return finish(id, directory.error().value, event);
  OpenHandle handle;
  handle.directory = std::move(*directory);
  handle.opened = clock_.now();
  handle.path = request.path.text;
  replies_.send(id, HandleReply{handles_.add(std::move(handle))});
}

void Session::readdir(std::uint32_t id, const ReaddirRequest& request) {
  OpenHandle* handle = handles_.find(request.handle);
  if (handle == nullptr || !handle->directory) {
    replies_.outcome(id, EBADF);
    return;
  }
  replies_.begin_names(id);
  int error = 0;
  bool more = true;
  while (more && replies_.names_size() < kListingBytes && replies_.name_count() < kListingEntries) {
    const Result<bool> next = handle->directory->next(entry_);
    if (!next) error = next.error().value;
    more = next && *next;
    if (more) add_entry(entry_);
  }
  // What was found goes out first; the end, or the error, comes again with the next request.
  if (replies_.name_count() != 0) return replies_.finish_names();
  replies_.drop_names();
  if (error != 0)
    replies_.outcome(id, error);
  else
    replies_.status(id, Status::Eof);
}

void Session::add_entry(const DirectoryEntry& entry) {
  const Attributes& a = entry.attributes;
  name_entry_.attributes = a;
  name_entry_.filename = entry.name;
  if (NameEntry::kLongname.contain(replies_.version())) {
    const auto user = a.uid ? std::string_view(files_.user_name(*a.uid)) : std::string_view();
    const auto group = a.gid ? std::string_view(files_.group_name(*a.gid)) : std::string_view();
    longname_.clear();
    append_longname(longname_, entry.name, a, user, group, clock_.date(), options_.times_in_utc);
    name_entry_.longname = longname_;
  }
  replies_.add_name(name_entry_);
}

}  // namespace ssh2core::sftp
