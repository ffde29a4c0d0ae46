#include "libssh2core/scp/sink.h"

#include <algorithm>
#include <utility>

#include "libssh2core/scp/reports.h"
#include "libssh2core/wire/planted_bug.h"

namespace ssh2core::scp {

namespace {

constexpr std::uint32_t kTypeMask = 0170000, kDirectory = 0040000;
constexpr std::uint32_t kAccess = 0777;  // of a mode without -p: no set-id bits, no sticky bit
constexpr std::uint32_t kSetGid = 02000;
constexpr std::uint32_t kOwner = 0700;  // what we need of a directory to fill it

bool is_directory(const sftp::Result<sftp::Attributes>& found) {
  return found && (found->mode.value_or(0) & kTypeMask) == kDirectory;
}

}  // namespace

Sink::Sink(Command command, const Options& options, const Surroundings& around)
    : command_(std::move(command)), options_(options), around_(around) {}

void Sink::start() {
  path_ = expand_tilde(around_.files, command_.paths.front());
  const auto found = around_.files.stat(path_);
  into_directory_ = top_is_directory_ = is_directory(found);
  if (command_.directory && !into_directory_)
    return fatal(failure_text(path_, found ? ENOTDIR : found.error().value));
  accept();
}

void Sink::feed(ByteView input) {
  if (!backlog_.empty()) {
    backlog_.append(input);
    return resume();
  }
  process(input);
  backlog_.append(input);
}

void Sink::resume() {
  ByteView rest = backlog_.view();
  process(rest);
  flush();  // its pieces lie in the backlog
  backlog_.consume(backlog_.size() - rest.size());
  if (backlog_.empty()) {
    backlog_.shrink(0);
    if (input_ended_) end_of_input();
  }
}

/// Takes what `input` holds until it is used up or an answer finds no room.
void Sink::process(ByteView& input) {
  const std::size_t size = input.size();
  wakes_at_.reset();
  while (!input.empty()) {
    if (finished()) {
      input = {};
    } else if (state_ == State::Data) {
      const ByteView data = input.first(data_now(input.size()));
      if (data.empty()) break;
      input = input.subspan(data.size());
      collect(data);
    } else if (around_.out.full()) {
      break;
    } else if (state_ == State::Status) {
      if (const auto response = responses_.take(input)) take_status(*response);
    } else {
      take_record_bytes(input);
    }
  }
  processed_ += size - input.size();
}

/// How much of the file to take of what is here; 0: it comes too fast.
std::size_t Sink::data_now(std::size_t available) {
  const std::uint64_t most = has_check("scp-announced-size") ? left_ : available;
  auto count = static_cast<std::size_t>(std::min<std::uint64_t>(most, available));
  if (throttle_ == nullptr) return count;
  const Clock::Steady now = around_.clock.now();
  if (!throttle_->ready(now)) {
    wakes_at_ = throttle_->ready_at();
    return 0;
  }
  count = std::min(count, throttle_->piece());
  throttle_->moved(count, now);
  return count;
}

void Sink::take_record_bytes(ByteView& input) {
  const auto end = std::ranges::find(input, std::uint8_t{'\n'});
  const auto size = static_cast<std::size_t>(end - input.begin());
  if (line_.size() + size > kLongestLine) return fatal("protocol error: line too long");
  if (end == input.end()) {
    line_.append(input);
    input = {};
    return;
  }
  const ByteView part = input.first(size);
  input = input.subspan(size + 1);
  if (line_.empty()) return take_line(part);
  line_.append(part);
  const Buffer line = std::exchange(line_, Buffer());
  take_line(line.view());
}

void Sink::take_line(ByteView bytes) {
  const std::string_view line = as_text(bytes);
  // A warning of the source, which wants no answer, or its end.
  if (line.starts_with('\1') || line.starts_with('\2')) {
    const bool is_fatal = line[0] == '\2';
    failed_ = true;
    report_complaint(around_.observer, {{}, std::string(line.substr(1))});
    if (is_fatal) abandon();
    return;
  }
  const Record record = parse_record(line);
  if (const auto* file = std::get_if<FileRecord>(&record)) return take_file(*file);
  if (const auto* directory = std::get_if<DirectoryRecord>(&record))
    return take_directory(*directory);
  if (std::holds_alternative<EndRecord>(record)) return take_end();
  if (const auto* bad = std::get_if<Malformed>(&record))
    return fatal(std::string("protocol error: ").append(bad->why));
  times_ = std::get<Times>(record);
  accept();
}

std::string Sink::path_of(std::string_view name) const {
  std::string path = path_;
  if (into_directory_) append_name(path, name);
  return path;
}

void Sink::take_file(const FileRecord& record) {
  const auto times = std::exchange(times_, std::nullopt);
  file_path_ = path_of(record.name);
  const auto fail = [this](int error) {
    around_.observer.on_file(event_of(sftp::FileOp::Open, file_path_, error));
    refuse(failure_text(file_path_, error));
  };
  if (options_.refuse_write != 0) return fail(options_.refuse_write);
  if (file_path_.size() > kLongestPath) return fail(ENAMETOOLONG);
  sftp::OpenMode mode;
  mode.write = mode.create = mode.truncate = true;
  file_mode_ = command_.preserve ? record.mode : record.mode & kAccess;
  if (!options_.ignore_upload_modes) mode.permissions = file_mode_ & kAccess;
  existed_.reset();
  if (around_.observer.wanted() != sftp::Wanted::Files)
    existed_ = static_cast<bool>(around_.files.lstat(file_path_));
  auto file = around_.files.open(file_path_, mode);
  if (!file) return fail(file.error().value);
  file_ = std::move(*file);
  throttle_ = file_->throttle(true);
  times_ = times;
  left_ = record.size;
  offset_ = written_ = 0;
  write_error_ = 0;
  began_ = around_.clock.now();
  state_ = left_ == 0 ? State::Status : State::Data;
  accept();
}

void Sink::collect(ByteView data) {
  left_ -= data.size();
  if (left_ == 0) state_ = State::Status;
  if (write_error_ != 0) return;  // the rest has to be taken all the same
  if (piece_count_ == kMostPieces) flush();
  pieces_[piece_count_++] = data;
  piece_bytes_ += data.size();
}

void Sink::flush() {
  if (piece_count_ == 0) return;
  if (write_error_ == 0) {
    write_error_ = file_->write(offset_, {pieces_.data(), piece_count_}).error;
    if (write_error_ == 0) written_ += piece_bytes_;
  }
  offset_ += piece_bytes_;
  piece_count_ = piece_bytes_ = 0;
}

/// Mode and times as the source has them, where they are to be kept.
int Sink::set_attributes_of_file() {
  sftp::Attributes wanted;
  const auto times = std::exchange(times_, std::nullopt);
  if (command_.preserve && !options_.ignore_upload_modes) wanted.mode = file_mode_;
  if (times && !options_.ignore_upload_times) {
    wanted.mtime = times->mtime;
    wanted.atime = times->atime;
  }
  if (!wanted.mode && !wanted.mtime) return 0;
  if (options_.refuse_set != 0) return options_.refuse_set;
  return file_->set(wanted).error;
}

/// All bytes of the file are here. The errno of the first thing that went wrong with it.
int Sink::close_file(bool complete) {
  flush();
  int error = write_error_;
  const int set_error = set_attributes_of_file();
  if (error == 0) error = set_error;
  std::optional<std::uint64_t> size;
  if (around_.observer.wanted() != sftp::Wanted::Files)
    if (const auto now = file_->stat()) size = now->size;
  // What the source could not read, or we not write, is half of what was meant.
  const bool whole = complete && write_error_ == 0;
  const int close_error = (whole ? file_->close() : file_->abandon()).error;
  if (error == 0) error = close_error;
  file_.reset();
  throttle_ = nullptr;
  sftp::FileEvent event = event_of(sftp::FileOp::Write, file_path_, error);
  event.size = size;
  report(event, !complete);
  state_ = State::Line;
  return error;
}

void Sink::take_status(const Response& response) {
  const bool complete = response.kind == Response::Kind::Ok;
  if (!complete) {
    failed_ = true;
    report_complaint(around_.observer, response);
  }
  const int error = close_file(complete);
  if (response.kind == Response::Kind::Fatal) return abandon();
  if (error != 0) return refuse(failure_text(file_path_, error));
  accept();
}

int Sink::make_directory(const std::string& path, std::uint32_t mode, bool& made) {
  made = false;
  if (path.size() > kLongestPath) return ENAMETOOLONG;
  const auto found = around_.files.stat(path);
  if (found) return is_directory(found) ? 0 : ENOTDIR;
  int error = options_.refuse_make_directory;
  const std::uint32_t permissions = options_.ignore_upload_modes ? kAccess : mode | kOwner;
  if (error == 0) error = around_.files.make_directory(path, permissions & kAccess).error;
  around_.observer.on_file(event_of(sftp::FileOp::MakeDirectory, path, error));
  made = error == 0;
  return error;
}

void Sink::take_directory(const DirectoryRecord& record) {
  const auto times = std::exchange(times_, std::nullopt);
  if (!command_.recursive) return fatal("protocol error: received directory without -r");
  const std::string path = path_of(record.name);
  bool made = false;
  if (const int error = make_directory(path, record.mode, made))
    return refuse(failure_text(path, error));
  levels_.push_back({path_.size(), times, record.mode, made});
  path_ = path;
  into_directory_ = true;
  accept();
}

/// What a directory gets when all that is in it is there.
int Sink::set_directory(const Level& level) {
  sftp::Attributes wanted;
  if (!options_.ignore_upload_modes) {
    const bool restore = !command_.preserve && level.made && (level.mode & kOwner) != kOwner;
    if (command_.preserve) wanted.mode = level.mode;
    if (level.made && (command_.preserve || restore)) {
      const auto now = around_.files.stat(path_);
      if (!now) return now.error().value;
      const std::uint32_t mode = now->mode.value_or(0);
      // It was made with more than it should have, so that it could be filled; and it may have the
      // group of the directory above it, which it keeps.
      wanted.mode =
          restore ? mode & 07777 & ~(kOwner & ~level.mode) : level.mode | (mode & kSetGid);
    }
  }
  if (level.times && !options_.ignore_upload_times) {
    wanted.mtime = level.times->mtime;
    wanted.atime = level.times->atime;
  }
  if (!wanted.mode && !wanted.mtime) return 0;
  int error = options_.refuse_set;
  if (error == 0) error = around_.files.set(path_, wanted, true).error;
  around_.observer.on_file(event_of(sftp::FileOp::SetAttributes, path_, error));
  return error;
}

void Sink::take_end() {
  times_.reset();
  if (levels_.empty()) return fatal("protocol error: E outside of a directory");
  const int error = set_directory(levels_.back());
  const std::string left = path_;
  path_.resize(levels_.back().parent_size);
  levels_.pop_back();
  into_directory_ = !levels_.empty() || top_is_directory_;
  if (error != 0) return refuse(failure_text(left, error));
  accept();
}

void Sink::end_of_input() {
  input_ended_ = true;
  if (!backlog_.empty() || finished()) return;
  leave_file();
  // The end belongs between two files of the target's own level.
  if (state_ != State::Line || !levels_.empty() || !line_.empty()) failed_ = true;
  state_ = State::Done;
}

void Sink::abandon() {
  if (finished()) return;
  failed_ = true;
  wakes_at_.reset();
  leave_file();
  state_ = State::Done;
}

/// The client is gone. What comes of half a file is for the files to say; when all of it came, it
/// is as good as any: libssh2 ends an upload without the byte that would say so.
void Sink::leave_file() {
  if (!file_) return;
  if (state_ == State::Status && !responses_.begun()) {
    if (close_file(true) != 0) failed_ = true;
    return;
  }
  flush();
  const int error = file_->abandon().error;
  file_.reset();
  throttle_ = nullptr;
  report(event_of(sftp::FileOp::Write, file_path_, write_error_ != 0 ? write_error_ : error), true);
}

void Sink::report(sftp::FileEvent event, bool aborted) {
  event.bytes = written_;
  event.aborted = aborted;
  event.existed = existed_;
  event.time = around_.clock.now() - began_;
  around_.observer.on_file(event);
}

void Sink::refuse(std::string_view text) {
  failed_ = true;
  around_.out.append(as_bytes(message_line(Response::Kind::Warning, text)));
}

void Sink::fatal(std::string_view text) {
  around_.observer.on_problem(std::string("SCP ended: ").append(text));
  around_.out.append(as_bytes(message_line(Response::Kind::Fatal, text)));
  abandon();
}

}  // namespace ssh2core::scp
