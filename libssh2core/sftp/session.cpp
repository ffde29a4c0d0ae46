#include "libssh2core/sftp/session.h"

#include <algorithm>

#include "libssh2core/sftp/request_names.h"

namespace ssh2core::sftp {

Session::Session(FileSystem& files, ReplyStream& replies, Observer& observer, const Clock& clock,
                 Random& random, const ServerOptions& options)
    : files_(files, options.names),
      observer_(observer),
      clock_(clock),
      options_(options),
      replies_(replies, options.end_flags),
      random_(random),
      handles_(random, options.max_handles),
      details_(observer.wanted() != Wanted::Files),
      reports_(observer.wanted() == Wanted::Requests) {}

void Session::feed(ByteView input) {
  if (!running()) return;
  if (backlog_.empty()) {
    process(input);
    if (running()) backlog_.append(input);
  } else {
    backlog_.append(input);
    if (!replies_.full()) resume();
  }
}

void Session::input_done() {
  writes_.flush();
  if (running()) send_finished();
  input_.shrink();
}

void Session::resume() {
  if (!running() || !go_on_working()) return;
  ByteView rest = backlog_.view();
  process(rest);
  writes_.flush();  // its pieces lie in the backlog
  if (running()) send_finished();
  backlog_.consume(backlog_.size() - rest.size());
  if (backlog_.empty()) backlog_.shrink(0);
}

/// What waits may also be a request already gathered, one that takes long, or statuses of WRITEs:
/// they count as a byte, so that 0 means that nothing waits.
std::size_t Session::backlog() const {
  if (!running()) return 0;
  const bool waits = stalled_ || work_ || writes_.has_finished();
  return std::max<std::size_t>(backlog_.size(), waits ? 1 : 0);
}

/// Serves what `input` holds until it is used up or the replies have no room.
void Session::process(ByteView& input) {
  const std::size_t size = input.size();
  stalled_ = false;
  wakes_at_.reset();
  while (running() && !work_) {
    const RequestInput::Next next = input_.peek(input);
    if (next == RequestInput::Next::Nothing) break;
    // What a request does and answers comes after all that was asked before it; so does the end.
    if (next == RequestInput::Next::Request || next == RequestInput::Next::Lost) writes_.flush();
    stalled_ = !send_finished() || replies_.full() || is_too_fast(next);
    if (stalled_) break;
    input_.take(input);
    take_item(next);
  }
  processed_ += size - input.size();
}

/// What the file of a READ or WRITE is held back by, if anything.
Throttle* Session::throttle_of(ByteView packet) {
  constexpr std::size_t kBeforeHandle = 1 + 4;  // type and id
  const auto type = static_cast<PacketType>(packet[0]);
  if (type != PacketType::Read && type != PacketType::Write) return nullptr;
  Reader r(packet.subspan(std::min(kBeforeHandle, packet.size())));
  if (r.remaining() < 4) return nullptr;
  const std::size_t size = r.u32();
  if (size > r.remaining()) return nullptr;
  const OpenHandle* handle = find_file(r.raw(size));
  if (handle == nullptr) return nullptr;
  return type == PacketType::Read ? handle->read_throttle : handle->write_throttle;
}

/// Whether the request is to wait; then wakes_at_ says until when.
bool Session::is_too_fast(RequestInput::Next next) {
  if (!throttled_ && options_.request_pace == nullptr) return false;
  if (next != RequestInput::Next::Request && next != RequestInput::Next::WriteHead) return false;
  if (state_ != State::Ready) return false;
  const Clock::Steady now = clock_.now();
  Clock::Steady ready = now;
  if (options_.request_pace != nullptr) ready = std::max(ready, options_.request_pace->ready_at());
  if (const Throttle* throttle = throttle_of(input_.packet()))
    ready = std::max(ready, throttle->ready_at());
  if (ready > now) {
    wakes_at_ = ready;
    return true;
  }
  if (options_.request_pace != nullptr) options_.request_pace->moved(1, now);
  return false;
}

void Session::take_item(RequestInput::Next next) {
  switch (next) {
    case RequestInput::Next::Request:
      take_request(input_.packet());
      break;
    case RequestInput::Next::WriteHead:
      begin_write(input_.packet());
      if (running() && input_.data_left() == 0) writes_.complete();
      break;
    case RequestInput::Next::WriteData:
      writes_.add(input_.data());
      if (input_.data_left() == 0) writes_.complete();
      break;
    case RequestInput::Next::Lost:
      fail("SFTP packet with an impossible length");
      break;
    case RequestInput::Next::Nothing:
      break;
  }
}

/// False when there is no room for all statuses of the WRITEs that are done.
bool Session::send_finished() {
  while (writes_.has_finished()) {
    if (replies_.full()) return false;
    const WriteCollector::Finished finished = writes_.take_finished();
    replies_.outcome(finished.id, finished.error);
    if (reports_) report_write(finished);
  }
  return true;
}

void Session::fail(std::string_view why) {
  state_ = State::Failed;
  wakes_at_.reset();
  observer_.on_problem(why);
}

void Session::begin_write(ByteView packet) {
  if (state_ == State::Start) return fail("SFTP does not begin with INIT");
  first_request_ = false;
  const PacketHead head = read_head(packet);
  const auto request = decode_body<WriteHead>(head.body, replies_.version());
  OpenHandle* target = find_file(request.handle);
  int error = target == nullptr || !target->writable ? EBADF : 0;
  if (is_refused(WriteRequest::kName)) error = EACCES;
  if (reports_) note_write(request);
  std::uint64_t offset = request.offset;
  if (error == 0 && target->text) {  // -13 section 8.2.2: one WRITE goes on where the last ended
    offset = target->position;
    target->position += request.length;
  }
  if (error == 0 && target->write_throttle != nullptr)
    target->write_throttle->moved(request.length, clock_.now());
  writes_.begin(head.id, target, error, offset, request.length);
}

bool Session::is_refused(std::string_view row_name) const {
  const auto& refused = options_.refused_requests;
  return !refused.empty() && std::ranges::find(refused, request_name(row_name)) != refused.end();
}

void Session::finish_refused(std::uint32_t id, std::string_view row_name) {
  replies_.status(id, Status::PermissionDenied);
  observer_.on_problem(request_name(row_name) + " refused by the list of requests");
}

/// The one place where an SFTP request ends that is not as its draft says.
void Session::take_request(ByteView packet) {
  const auto type = static_cast<PacketType>(packet[0]);
  if (state_ == State::Start && type != PacketType::Init)
    return fail("SFTP does not begin with INIT");
  std::uint32_t id = 0;  // stands in where a packet is too short to have one
  try {
    const PacketHead head = read_head(packet);
    id = head.id;
    if (type == PacketType::Init) return take_init(head.body);
    const auto row = std::ranges::find(requests(), type, &RequestRow::type);
    // version-select looks at the flag itself.
    if (type != PacketType::Extended) first_request_ = false;
    if (row == requests().end() || !row->versions.contain(replies_.version())) {
      replies_.status(id, Status::OpUnsupported);
      return;
    }
    if (reports_) return serve_reported(*row, id, head.body);
    serve_row(*row, id, head.body);
  } catch (const ProtocolError& error) {
    if (state_ == State::Start) return fail("SFTP INIT without a version");
    refuse_malformed(id, error.what());
  }
}

void Session::serve_row(const RequestRow& row, std::uint32_t id, ByteView body) {
  if (is_refused(row.name)) return finish_refused(id, row.name);
  row.serve(*this, id, body);
}

void Session::refuse_malformed(std::uint32_t id, std::string_view why) {
  replies_.status(id, Status::BadMessage);
  observer_.on_problem("malformed SFTP request: " + std::string(why));
}

void Session::end() {
  wakes_at_.reset();
  writes_.flush();
  if (running()) state_ = State::Ended;  // a session that failed remains so
  work_.reset();
  while (handles_.count() != 0) {
    OpenHandle handle = handles_.take_any();
    const auto size = size_to_report(handle);
    const int error = handle.file ? handle.file->abandon().error : 0;
    report_closed(handle, Status::Ok, error, true, size);
  }
}

OpenHandle* Session::find_file(ByteView handle) {
  OpenHandle* found = handles_.find(handle);
  return found != nullptr && found->file ? found : nullptr;
}

void Session::finish(std::uint32_t id, int error, FileEvent event) {
  finish_with(replies_.outcome(id, error), error, event);
}

void Session::finish_with(Status sent, int error, FileEvent event) {
  event.status = static_cast<std::uint32_t>(sent);
  event.error = error;
  observer_.on_file(event);
}

bool Session::refuse_change(std::uint32_t id, FileEvent event) {
  if (!options_.read_only) return false;
  event.status = static_cast<std::uint32_t>(
      replies_.status(id, Status::PermissionDenied, "The server is read-only"));
  event.error = EROFS;
  observer_.on_file(event);
  return true;
}

/// The size of a file before it is closed, when it is wanted.
std::optional<std::uint64_t> Session::size_to_report(const OpenHandle& handle) {
  if (!details_ || !handle.file) return std::nullopt;
  const Result<Attributes> now = handle.file->stat();
  return now ? now->size : std::nullopt;
}

void Session::report_closed(const OpenHandle& handle, Status status, int error, bool aborted,
                            std::optional<std::uint64_t> size) {
  FileEvent event{FileOp::List, handle.path, {}};
  event.status = static_cast<std::uint32_t>(status);
  event.error = error;
  event.aborted = aborted;
  event.append = handle.append;
  event.time = clock_.now() - handle.opened;
  event.existed = handle.existed;
  event.size = size;
  if (handle.directory) return observer_.on_file(event);
  --open_files_;
  // A file open for both is reported as read only when it was read.
  if (handle.readable && (!handle.writable || handle.bytes_read != 0)) {
    event.op = FileOp::Read;
    event.bytes = handle.bytes_read;
    observer_.on_file(event);
  }
  if (handle.writable) {
    event.op = FileOp::Write;
    event.bytes = handle.bytes_written;
    observer_.on_file(event);
  }
}

}  // namespace ssh2core::sftp
