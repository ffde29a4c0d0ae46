// OPEN: what the flags of versions 1 to 4, and those of 5 and 6, ask of open(2).
#include "libssh2core/sftp/session.h"

namespace ssh2core::sftp {

namespace {

/// What is to be done for an OPEN.
struct OpenPlan {
  OpenMode mode;
  bool text = false;
  std::optional<bool> exclusive;  // a lock over the whole file, and of which kind
  Status refusal = Status::Ok;    // instead of all that
  std::string_view why{};
};

OpenPlan refused(Status status, std::string_view why) {
  OpenPlan plan;
  plan.refusal = status;
  plan.why = why;
  return plan;
}

OpenPlan plan_of_pflags(const OpenRequest& request, ProtocolVersion version) {
  const auto has = [&](OpenFlag flag) { return (request.pflags & flag) != 0; };
  OpenPlan plan;
  OpenMode& mode = plan.mode;
  mode.write = has(kOpenWrite);
  mode.read = has(kOpenRead) || !mode.write;
  mode.append = has(kOpenAppend);
  mode.create = has(kOpenCreate);
  mode.truncate = has(kOpenTruncate);
  mode.exclusive = has(kOpenExclusive);
  plan.text = version >= 4 && has(kOpenText);
  return plan;
}

/// -13 section 8.1.1.3: the lowest bits.
bool set_disposition(std::uint32_t disposition, OpenMode& mode) {
  mode.create =
      disposition == kCreateNew || disposition == kCreateTruncate || disposition == kOpenOrCreate;
  mode.exclusive = disposition == kCreateNew;
  mode.truncate = disposition == kCreateTruncate || disposition == kTruncateExisting;
  return disposition <= kTruncateExisting;
}

OpenPlan plan_of_access(const OpenRequest& request, ProtocolVersion version) {
  const std::uint32_t access = request.desired_access, flags = request.flags;
  const auto has = [&](std::uint32_t flag) { return (flags & flag) != 0; };
  std::uint32_t known = kDispositionMask | kAccessAppend | kAccessAppendAtomic | kAccessText;
  // What is no advice would have to bind every program of this machine: version 5 has only that.
  if (version >= 6)
    known |= kAccessNoFollow | kAccessDeleteOnClose |
             (has(kBlockAdvisory) ? kBlockAdvisory | kBlockRead | kBlockWrite : 0U);
  if ((flags & ~known) != 0)
    return refused(Status::OpUnsupported, "OPEN has flags that are not supported");
  OpenPlan plan;
  OpenMode& mode = plan.mode;
  if (!set_disposition(flags & kDispositionMask, mode))
    return refused(Status::InvalidParameter, "OPEN has no such disposition");
  mode.read = (access & kAceReadData) != 0;
  mode.write = (access & (kAceWriteData | kAceAppendData)) != 0;
  // phpseclib asks for no access at all, whatever it is about to do.
  if (!mode.read && !mode.write) {
    mode.read = true;
    mode.write = mode.create || mode.truncate;
  }
  mode.append = has(kAccessAppend | kAccessAppendAtomic) ||
                (access & (kAceWriteData | kAceAppendData)) == kAceAppendData;
  mode.no_follow = has(kAccessNoFollow);
  mode.delete_on_close = has(kAccessDeleteOnClose);
  plan.text = has(kAccessText);
  // To keep others from reading takes a lock that is alone; from writing, one that can be shared.
  if (has(kBlockRead))
    plan.exclusive = true;
  else if (has(kBlockWrite))
    plan.exclusive = false;
  return plan;
}

}  // namespace

void Session::open(std::uint32_t id, const OpenRequest& request) {
  OpenPlan plan = replies_.version() >= 5 ? plan_of_access(request, replies_.version())
                                          : plan_of_pflags(request, replies_.version());
  OpenMode& mode = plan.mode;
  const FileEvent event{FileOp::Open, request.path.text, {}};
  if (plan.refusal != Status::Ok)
    return finish_with(replies_.status(id, plan.refusal, plan.why), EINVAL, event);
  const bool change = mode.write || mode.create || mode.truncate || mode.delete_on_close;
  if (change && refuse_change(id, event)) return;
  if (handles_.full()) return finish(id, EMFILE, event);
  std::unique_ptr<Transfer> transfer;
  if (options_.transfers != nullptr) {
    auto begun = options_.transfers->begin(mode.write, mode.append);
    if (const auto* refusal = std::get_if<TransferRefusal>(&begun))
      return refuse_transfer(id, event, *refusal);
    transfer = std::get<std::unique_ptr<Transfer>>(std::move(begun));
  }
  mode.permissions = request.attributes.mode.value_or(0666) & kPermissionBits;
  // What somebody has locked is not emptied.
  const bool truncate_later = plan.exclusive && mode.truncate;
  if (truncate_later) mode.truncate = false;
  std::optional<bool> existed;
  if (details_ && mode.write) existed = static_cast<bool>(files_.lstat(request.path.text));
  Result<std::unique_ptr<OpenFile>> file = open_with_room(request, mode);
  if (!file) return finish_open_error(id, file.error().value, event);
  if (plan.exclusive) {
    int error = (*file)->lock({0, 0, *plan.exclusive}).error;
    if (error == EAGAIN)
      return finish_with(replies_.status(id, Status::LockConflict), error, event);
    if (error == 0 && truncate_later) {
      Attributes empty;
      empty.size = 0;
      error = (*file)->set(empty).error;
    }
    if (error != 0) return finish(id, error, event);
  }
  OpenHandle handle;
  handle.file = std::move(*file);
  handle.path = request.path.text;
  handle.readable = mode.read;
  handle.writable = mode.write;
  handle.append = mode.append;
  handle.text = plan.text;
  if (mode.read) handle.read_throttle = handle.file->throttle(false);
  if (mode.write) handle.write_throttle = handle.file->throttle(true);
  throttled_ = throttled_ || handle.read_throttle != nullptr || handle.write_throttle != nullptr;
  handle.opened = clock_.now();
  handle.existed = existed;
  handle.transfer = std::move(transfer);
  ++open_files_;
  replies_.send(id, HandleReply{handles_.add(std::move(handle))});
}

/// Opens the file, and takes the room that the client says it will need (-13 section 7.4): if there
/// is none, it shall know now. Then what was made for it goes again.
Result<std::unique_ptr<OpenFile>> Session::open_with_room(const OpenRequest& request,
                                                          OpenMode mode) {
  const std::uint64_t room = request.attributes.allocation.value_or(0);
  const std::string_view path = request.path.text;
  if (room == 0 || !mode.write) return files_.open(path, mode);
  bool made = mode.exclusive;
  Result<std::unique_ptr<OpenFile>> file = Errno{EEXIST};
  if (mode.create && !made && !files_.lstat(path)) {
    OpenMode fresh = mode;
    fresh.exclusive = true;
    file = files_.open(path, fresh);
    made = static_cast<bool>(file);
    if (!file && file.error().value != EEXIST) return file;
  }
  if (!file && mode.truncate) {  // what is there is not cut off for a file that has no room
    Result<std::unique_ptr<OpenFile>> old = files_.open(path, {.write = true});
    if (!old) return old;
    const int error = reserve(**old, room);
    static_cast<void>((*old)->abandon());
    if (error != 0) return Errno{error};
  }
  if (!file) file = files_.open(path, mode);
  if (!file) return file;
  if (const int error = reserve(**file, room)) {
    static_cast<void>((*file)->abandon());
    if (made && !mode.delete_on_close) static_cast<void>(files_.remove(path));
    return Errno{error};
  }
  return file;
}

void Session::refuse_transfer(std::uint32_t id, FileEvent event, const TransferRefusal& refusal) {
  observer_.on_problem(refusal.rule);
  finish_with(replies_.status(id, Status::PermissionDenied, refusal.message), EAGAIN, event);
}

/// Version 6 tells a file that is missing from a directory on the way to it that is.
void Session::finish_open_error(std::uint32_t id, int error, const FileEvent& event) {
  if (error != ENOENT || replies_.version() < 6) return finish(id, error, event);
  const std::string_view path = event.path.substr(0, event.path.find_last_not_of('/') + 1);
  const std::size_t slash = path.rfind('/');
  const bool parent_there = slash == std::string_view::npos || slash == 0 ||
                            static_cast<bool>(files_.stat(path.substr(0, slash)));
  if (parent_there) return finish(id, error, event);
  finish_with(replies_.status(id, Status::NoSuchPath), error, event);
}

}  // namespace ssh2core::sftp
