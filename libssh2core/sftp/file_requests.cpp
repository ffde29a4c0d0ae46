// Requests on handles: files and listings (draft-ietf-secsh-filexfer-02 sections 6.3 to 6.8).
#include <algorithm>

#include "libssh2core/sftp/longname.h"
#include "libssh2core/sftp/session.h"

namespace ssh2core::sftp {

namespace {

// A listing's reply ends when another name of 255 bytes might not fit into what every client takes
// (draft -13 section 4: 34000 bytes), or has as many entries as this.
constexpr std::size_t kListingBytes = 32768 - 1024, kListingEntries = 200;

}  // namespace

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
  // In text mode one READ goes on where the last ended (-13 section 8.2.1).
  const std::uint64_t offset = handle->text ? handle->position : request.offset;
  if (offset >= kLargestFile) {
    replies_.status(id, Status::Eof);
    return;
  }
  const std::uint64_t most = std::min<std::uint64_t>(kMaxData, kLargestFile - offset);
  const std::uint64_t length = std::min<std::uint64_t>(request.length, most);
  bytes_moved_ = replies_.data(id, *handle->file, offset, length);
  if (handle->text) handle->position += bytes_moved_;
  handle->bytes_read += bytes_moved_;
  if (handle->read_throttle != nullptr) handle->read_throttle->moved(bytes_moved_, clock_.now());
}

/// A WRITE comes as a whole only when its handle is longer than any of ours, or when it cannot be
/// decoded at all.
void Session::refuse_write(std::uint32_t id, const WriteRequest& /*request*/) {
  replies_.outcome(id, EBADF);
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
  if (replies_.name_count() != 0) return replies_.finish_names(!more && error == 0);
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
  complete(name_entry_.attributes, wanted_attributes(0));
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
