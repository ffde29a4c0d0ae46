#include "tools/sftpd-lite/login/used_codes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <variant>

#include "libssh2core/io/descriptor.h"

namespace ssh2core::tools {
namespace {

constexpr std::size_t kMostBytes = std::size_t{16} << 20;
constexpr int kLockTries = 500, kLockPauseMs = 10;  // five seconds, then the code does not count
constexpr const char* kStrangers = "*";             // no user's name

/// A line `USER USED FAILURES LAST`: the beginning of the last step that counted, the wrong codes
/// since, the time of the last of them. The numbers have a fixed width, so that a line is replaced
/// where it stands.
struct Record {
  std::uint64_t used = 0, failures = 0, last_failure = 0;
};
constexpr std::size_t kNumberWidth = 12, kNumbers = 3, kTail = kNumbers * (kNumberWidth + 1) + 1;

std::string line_of(const std::string& user, const Record& record) {
  return fmt::format("{} {:012} {:012} {:012}\n", user, record.used, record.failures,
                     record.last_failure);
}

std::string failure(const std::string& path, std::string_view what) {
  return fmt::format("one-time passwords: {}, which keeps codes from being used twice: {}", path,
                     what);
}

/// The file, locked by us alone, or why there is none.
std::variant<io::Descriptor, std::string> open_locked(const std::string& path) {
  io::Descriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
                           S_IRUSR | S_IWUSR));
  struct stat info{};
  if (!file || fstat(file.get(), &info) != 0) return failure(path, strerror(errno));
  if (!S_ISREG(info.st_mode)) return failure(path, "it is not a regular file");
  if (info.st_uid != geteuid()) return failure(path, "it belongs to another user");
  if ((info.st_mode & 077) != 0)
    return failure(path, "others can read or write it; run `chmod 600` on it");
  if (static_cast<std::uintmax_t>(info.st_size) > kMostBytes)
    return failure(path, "it is too long");
  for (int tries = 0; flock(file.get(), LOCK_EX | LOCK_NB) != 0; ++tries) {
    if ((errno != EWOULDBLOCK && errno != EINTR) || tries == kLockTries)
      return failure(path, fmt::format("it cannot be locked: {}", strerror(errno)));
    poll(nullptr, 0, kLockPauseMs);
  }
  return file;
}

std::optional<std::string> read_all(int fd) {
  std::string text;
  std::array<char, 16384> buffer{};
  while (true) {
    const ssize_t count = read(fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 || text.size() > kMostBytes) return std::nullopt;
    if (count == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

std::optional<std::uint64_t> read_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

struct Place {
  std::size_t offset = 0;  // where the line stands, or will
  Record record;
};

/// The user's record, or where a new one goes; nullopt when a line cannot be understood. What a
/// crash left of a last line was never answered for, and is written over.
std::optional<Place> find(std::string_view text, const std::string& user) {
  Place place;
  bool found = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos) break;
    const std::string_view line = text.substr(at, end + 1 - at);
    if (line.size() <= kTail || line[line.size() - kTail] != ' ') return std::nullopt;
    std::array<std::uint64_t, kNumbers> numbers{};
    for (std::size_t i = 0; i < kNumbers; ++i) {
      const auto number =
          read_number(line.substr(line.size() - kTail + 1 + i * (kNumberWidth + 1), kNumberWidth));
      if (!number) return std::nullopt;
      numbers[i] = *number;
    }
    if (line.substr(0, line.size() - kTail) == user) {
      place = {at, {numbers[0], numbers[1], numbers[2]}};
      found = true;
    }
    at = end + 1;
    if (!found) place.offset = at;
  }
  return place;
}

bool write_record(int fd, const Place& place, const std::string& line) {
  const auto offset = static_cast<off_t>(place.offset);
  return pwrite(fd, line.data(), line.size(), offset) == static_cast<ssize_t>(line.size()) &&
         fdatasync(fd) == 0;
}

/// Changes the record by what was shown; why the code does not count, or empty.
std::string decide(Record& record, std::optional<UsedCodes::Seconds> begin,
                   UsedCodes::Seconds now_seconds) {
  const auto now = static_cast<std::uint64_t>(now_seconds.count());
  const auto failures = static_cast<unsigned>(std::min<std::uint64_t>(record.failures, 1000));
  const auto pause = static_cast<std::uint64_t>(UsedCodes::pause_after(failures).count());
  // A clock that was set back must not keep the user out for longer than the pause.
  const std::uint64_t since = now >= record.last_failure ? now - record.last_failure : 0;
  if (now < record.last_failure) record.last_failure = now;
  if (since < pause)
    return fmt::format("{} wrong one-time passwords in a row: none counts for {} seconds",
                       record.failures, pause - since);
  const bool used = begin && record.used >= static_cast<std::uint64_t>(begin->count());
  if (begin && !used) {
    record = {static_cast<std::uint64_t>(begin->count()), 0, 0};
    return {};
  }
  record.failures = failures + 1;
  record.last_failure = now;
  return used ? "the one-time password was used before" : "wrong one-time password";
}

}  // namespace

UsedCodes::Seconds UsedCodes::pause_after(unsigned failures) {
  constexpr Seconds kFirst{30}, kLongest{3600};
  if (failures < kFree) return Seconds(0);
  const unsigned doubled = std::min(failures - kFree, 16U);
  return std::min(kLongest, kFirst * (1U << doubled));
}

std::string UsedCodes::problem() const {
  auto opened = open_locked(path_);
  if (const auto* why = std::get_if<std::string>(&opened)) return *why;
  const auto text = read_all(std::get<io::Descriptor>(opened).get());
  if (!text) return failure(path_, strerror(errno));
  if (!find(*text, kStrangers)) return failure(path_, "it holds a line that is not ours");
  return {};
}

std::string UsedCodes::judge(const std::string& user, bool known, std::optional<Seconds> begin,
                             Seconds now) const {
  const std::string& name = known ? user : std::string(kStrangers);
  auto opened = open_locked(path_);
  if (const auto* why = std::get_if<std::string>(&opened)) return *why;
  const io::Descriptor& file = std::get<io::Descriptor>(opened);
  const auto text = read_all(file.get());
  if (!text) return failure(path_, strerror(errno));
  auto place = find(*text, name);
  if (!place) return failure(path_, "it holds a line that is not ours");
  std::string why = decide(place->record, known ? begin : std::nullopt, now);
  if (!write_record(file.get(), *place, line_of(name, place->record)))
    return failure(path_, strerror(errno));
  return why;
}

}  // namespace ssh2core::tools
