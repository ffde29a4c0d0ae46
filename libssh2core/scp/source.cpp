#include "libssh2core/scp/source.h"

#include <algorithm>

#include "libssh2core/scp/globbing.h"
#include "libssh2core/scp/reports.h"

namespace ssh2core::scp {

namespace {

constexpr std::size_t kPiece = 261120;          // bytes of one read
constexpr std::size_t kMostStreams = 16;        // directories that are open as streams
constexpr std::size_t kMostKeptNames = 524288;  // bytes of names that are kept instead
constexpr std::uint32_t kTypeMask = 0170000, kDirectory = 0040000, kRegular = 0100000,
                        kLink = 0120000;

std::string_view last_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  return name.empty() ? "." : name;  // the root has no name
}

}  // namespace

Source::Source(Command command, const Options& options, const Surroundings& around)
    : command_(std::move(command)), options_(options), around_(around) {}

bool Source::awaits() const {
  switch (state_) {
    case State::AwaitStart:
    case State::AwaitTimes:
    case State::AwaitAnnounce:
    case State::AwaitData:
    case State::AwaitEnd:
      return true;
    case State::Next:
    case State::Announce:
    case State::Data:
    case State::Done:
      break;
  }
  return false;
}

void Source::feed(ByteView input) {
  if (finished()) {
    processed_ += input.size();
    return;
  }
  input_.append(input);
  go_on();
}

void Source::end_of_input() {
  input_ended_ = true;
  go_on();
}

/// As long as there is an answer to take or room to send.
void Source::go_on() {
  wakes_at_.reset();
  while (!finished()) {
    if (!awaits()) {
      if (around_.out.full()) return;
      step();
      if (wakes_at_) return;
      continue;
    }
    ByteView rest = input_.view();
    const auto response = responses_.take(rest);
    processed_ += input_.size() - rest.size();
    input_.consume(input_.size() - rest.size());
    if (response) {
      take_response(*response);
    } else if (input_ended_) {
      abandon();
    } else {
      return;
    }
  }
  processed_ += input_.size();
  input_.clear();
}

void Source::take_response(const Response& response) {
  const bool ok = response.kind == Response::Kind::Ok;
  if (!ok) {
    failed_ = true;
    report_complaint(around_.observer, response);
    if (response.kind == Response::Kind::Fatal) return abandon();
  }
  switch (state_) {
    case State::AwaitTimes:
      if (!ok) return refused();
      state_ = State::Announce;
      return;
    case State::AwaitAnnounce:
      if (!ok) return refused();
      if (!directory_next_) {
        state_ = State::Data;
        return;
      }
      levels_.push_back({path_.size(), std::move(listing_), {}, around_.clock.now()});
      ++open_streams_;
      break;
    default:
      break;
  }
  state_ = State::Next;
}

/// The client does not want what was announced.
void Source::refused() {
  if (file_) finish_file(true);
  listing_.reset();
  state_ = State::Next;
}

void Source::step() {
  if (state_ == State::Announce) return announce();
  if (state_ == State::Data) return send_data();
  if (!levels_.empty()) return next_entry();
  next_path();
}

void Source::next_path() {
  if (!matches_.empty()) {
    path_ = std::move(matches_.front());
    matches_.pop_front();
  } else if (next_word_ == command_.paths.size()) {
    return end();
  } else {
    const Word& word = command_.paths[next_word_++];
    path_ = expand_tilde(around_.files, word);
    if (word.glob && options_.globbing) {
      const auto found = expand(around_.files, word);
      if (!found) return warn(word.text + ": too many names for one pattern");
      if (found->empty()) return fail_path(sftp::FileOp::Open, ENOENT);
      matches_.assign(found->begin(), found->end());
      return;
    }
  }
  while (path_.size() > 1 && path_.ends_with('/')) path_.pop_back();
  begin(std::nullopt);
}

/// The next name of the directory into entry_; false at its end.
bool Source::take_entry(Level& level) {
  if (!level.stream) {
    if (level.names.empty()) return false;
    entry_.name = std::move(level.names.back());
    entry_.attributes = {};
    kept_names_ -= entry_.name.size();
    level.names.pop_back();
    return true;
  }
  const auto more = level.stream->next(entry_);
  if (!more) {
    path_.resize(level.path_size);
    warn(failure_text(path_, more.error().value));
  }
  return more && *more;
}

void Source::next_entry() {
  Level& level = levels_.back();
  if (!take_entry(level)) return leave_directory();
  if (entry_.name == "." || entry_.name == "..") return;
  path_.resize(level.path_size);
  append_name(path_, entry_.name);
  // Not by the name that it has here: in the client's encoding that could be another file's.
  if (entry_.attributes.untranslated_name) return fail_path(sftp::FileOp::Open, EILSEQ);
  if (path_.size() > kLongestPath) return fail_path(sftp::FileOp::Open, ENAMETOOLONG);
  const auto mode = entry_.attributes.mode;
  begin(mode ? std::optional(*mode & kTypeMask) : std::nullopt);
}

void Source::leave_directory() {
  Level level = std::move(levels_.back());
  levels_.pop_back();
  path_.resize(level.path_size);
  if (level.stream) --open_streams_;
  sftp::FileEvent event = event_of(sftp::FileOp::List, path_, 0);
  event.time = around_.clock.now() - level.began;
  around_.observer.on_file(event);
  send("E\n");
  state_ = State::AwaitEnd;
}

/// What is at path_: of that type, if it is known.
void Source::begin(std::optional<std::uint32_t> type) {
  if (options_.refuse_read != 0) return fail_path(sftp::FileOp::Open, options_.refuse_read);
  const bool link = !type || *type == kLink;
  if (link) {
    const auto found = around_.files.stat(path_);
    if (!found) return fail_path(sftp::FileOp::Open, found.error().value);
    type = found->mode.value_or(kRegular) & kTypeMask;
  }
  if (*type == kRegular) return begin_file();
  if (*type != kDirectory || !command_.recursive)
    return warn(path_ + (*type == kDirectory ? ": is a directory, and -r was not given"
                                             : ": not a regular file"));
  if (link && !levels_.empty() && is_loop())
    return warn(path_ + ": leads to a folder above it, left out");
  begin_directory();
}

/// Whether the link path_ leads to one of the directories that are being sent, or above one.
bool Source::is_loop() {
  const auto target = around_.files.real_path(path_);
  if (!target || *target == "/") return true;
  return std::ranges::any_of(levels_, [&](const Level& level) {
    const auto real = around_.files.real_path(std::string_view(path_).substr(0, level.path_size));
    return !real || *real == *target || real->starts_with(*target + '/');
  });
}

void Source::begin_file() {
  sftp::OpenMode mode;
  mode.read = true;
  auto file = around_.files.open(path_, mode);
  if (!file) return fail_path(sftp::FileOp::Open, file.error().value);
  auto found = (*file)->stat();
  if (!found) return fail_path(sftp::FileOp::Open, found.error().value);
  file_ = std::move(*file);
  throttle_ = file_->throttle(false);
  attributes_ = std::move(*found);
  file_began_ = around_.clock.now();
  size_ = attributes_.size.value_or(0);
  offset_ = bytes_read_ = 0;
  read_error_ = 0;
  shortened_ = directory_next_ = false;
  send_times();
}

void Source::begin_directory() {
  if (options_.refuse_list != 0)
    return fail_path(sftp::FileOp::OpenDirectory, options_.refuse_list);
  make_room_for_stream();
  auto found = around_.files.stat(path_);
  if (!found) return fail_path(sftp::FileOp::OpenDirectory, found.error().value);
  auto listing = around_.files.open_directory(path_);
  if (!listing) return fail_path(sftp::FileOp::OpenDirectory, listing.error().value);
  attributes_ = std::move(*found);
  listing_ = std::move(*listing);
  directory_next_ = true;
  send_times();
}

/// Too many streams: the one that it stands in is read to its end.
void Source::make_room_for_stream() {
  if (open_streams_ < kMostStreams) return;
  Level& level = levels_.back();
  while (level.stream) {
    const auto more = level.stream->next(entry_);
    if (!more || !*more) break;
    if (entry_.name == "." || entry_.name == "..") continue;
    if (entry_.attributes.untranslated_name) {
      fail_path(sftp::FileOp::Open, EILSEQ);
      continue;
    }
    if (kept_names_ + entry_.name.size() > kMostKeptNames) {
      warn(path_ + ": not all that lies beside it can be sent");
      break;
    }
    kept_names_ += entry_.name.size();
    level.names.push_back(entry_.name);
  }
  std::ranges::reverse(level.names);
  level.stream.reset();
  --open_streams_;
}

void Source::send_times() {
  if (!command_.preserve) return announce();
  const sftp::FileTime none;
  send(times_line({attributes_.mtime.value_or(none), attributes_.atime.value_or(none)}));
  state_ = State::AwaitTimes;
}

void Source::announce() {
  const std::uint32_t mode = attributes_.mode.value_or(directory_next_ ? 0755 : 0644);
  const std::string_view name = last_name(path_);
  send(directory_next_ ? directory_line(mode, name) : file_line(mode, size_, name));
  state_ = State::AwaitAnnounce;
}

/// False when there is no room for more, or it would be too fast.
bool Source::send_piece() {
  if (around_.out.full()) return false;
  std::size_t length = std::min(kPiece, around_.out.room());
  length = static_cast<std::size_t>(std::min<std::uint64_t>(length, size_ - offset_));
  if (throttle_ != nullptr) {
    const Clock::Steady now = around_.clock.now();
    if (!throttle_->ready(now)) {
      wakes_at_ = throttle_->ready_at();
      return false;
    }
    length = std::min(length, throttle_->piece());
  }
  const auto pieces = around_.out.reserve(0, length);
  std::size_t count = 0;
  if (read_error_ == 0 && !shortened_) {
    const auto result = file_->read(offset_, pieces);
    if (!result) read_error_ = result.error().value;
    shortened_ = result && *result == 0;
    if (result) count = std::min(*result, length);
  }
  bytes_read_ += count;
  if (count == 0) {
    for (const MutableView piece : pieces) std::ranges::fill(piece, std::uint8_t{0});
    count = length;
  }
  around_.out.commit(count);
  offset_ += count;
  if (throttle_ != nullptr) throttle_->moved(count, around_.clock.now());
  return true;
}

/// A file that has become shorter is filled up with zeros: its size was said. The answer to it is
/// then a warning.
void Source::send_data() {
  while (offset_ < size_)
    if (!send_piece()) return;
  if (around_.out.full() && size_ != 0) return;
  if (read_error_ != 0)
    warn(failure_text(path_, read_error_));
  else if (shortened_)
    warn(path_ + ": became shorter while it was sent");
  else
    send(std::string_view("\0", 1));
  finish_file(false);
  state_ = State::AwaitData;
}

void Source::finish_file(bool aborted) {
  sftp::FileEvent event = event_of(sftp::FileOp::Read, path_, read_error_);
  event.bytes = bytes_read_;
  event.aborted = aborted || shortened_;
  event.time = around_.clock.now() - file_began_;
  if (around_.observer.wanted() != sftp::Wanted::Files) event.size = size_;
  file_.reset();
  throttle_ = nullptr;
  around_.observer.on_file(event);
}

void Source::warn(std::string_view text) {
  failed_ = true;
  send(message_line(Response::Kind::Warning, text));
}

void Source::fail_path(sftp::FileOp op, int error) {
  around_.observer.on_file(event_of(op, path_, error));
  warn(failure_text(path_, error));
}

void Source::end() { state_ = State::Done; }

void Source::abandon() {
  if (finished()) return;
  failed_ = true;
  wakes_at_.reset();
  if (file_) finish_file(true);
  listing_.reset();
  levels_.clear();
  end();
}

}  // namespace ssh2core::scp
