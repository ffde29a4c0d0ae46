#include "libssh2core/scp/records.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

namespace ssh2core::scp {

namespace {

constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();

/// Takes digits up to a space, or to the end where the number is the last one.
std::optional<std::uint64_t> take_number(std::string_view& line, int base, std::size_t most_digits,
                                         bool last = false) {
  const std::size_t end = last ? line.size() : line.find(' ');
  if (end == std::string_view::npos || end == 0 || end > most_digits) return std::nullopt;
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(line.data(), line.data() + end, value, base);
  if (error != std::errc() || stop != line.data() + end || value > kLargest) return std::nullopt;
  line.remove_prefix(last ? end : end + 1);
  return value;
}

Record parse_times(std::string_view line) {
  constexpr std::size_t kMostDigits = 19;
  Times times;
  const auto take = [&line](sftp::FileTime& time, bool last) {
    const auto seconds = take_number(line, 10, kMostDigits);
    const auto micros = seconds ? take_number(line, 10, kMostDigits, last) : std::nullopt;
    if (!micros || *micros > 999999) return false;
    time = {static_cast<std::int64_t>(*seconds), static_cast<std::uint32_t>(*micros * 1000)};
    return true;
  };
  if (!take(times.mtime, false) || !take(times.atime, true)) return Malformed{"bad times"};
  return times;
}

bool is_bad_name(std::string_view name) {
  return name.empty() || name == "." || name == ".." ||
         name.find_first_of(std::string_view("/\0", 2)) != std::string_view::npos;
}

std::string named_line(char letter, std::uint32_t mode, std::uint64_t size, std::string_view name) {
  std::string line{letter};
  for (int shift = 9; shift >= 0; shift -= 3) line += static_cast<char>('0' + (mode >> shift & 7U));
  line += ' ';
  line += std::to_string(size);
  line += ' ';
  for (const char c : name) {
    if (c == '\n')
      line += "\\^J";
    else
      line += c;
  }
  return line += '\n';
}

}  // namespace

Record parse_record(std::string_view line) {
  const char kind = line.empty() ? '\0' : line[0];
  if (!line.empty()) line.remove_prefix(1);
  if (kind == 'E') return line.empty() ? Record(EndRecord{}) : Malformed{"bytes behind E"};
  if (kind == 'T') return parse_times(line);
  if (kind != 'C' && kind != 'D') return Malformed{"expected control record"};
  // Four digits, but libssh2 sends `C0` and what printf makes of the mode.
  const auto mode = take_number(line, 8, 7);
  if (!mode) return Malformed{"bad mode"};
  const auto size = take_number(line, 10, 19);
  if (!size) return Malformed{"bad size"};
  if (is_bad_name(line)) return Malformed{"unexpected filename"};
  const auto bits = static_cast<std::uint32_t>(*mode & 07777U);
  if (kind == 'D') return DirectoryRecord{bits, line};
  return FileRecord{bits, *size, line};
}

std::string file_line(std::uint32_t mode, std::uint64_t size, std::string_view name) {
  return named_line('C', mode, size, name);
}

std::string directory_line(std::uint32_t mode, std::string_view name) {
  return named_line('D', mode, 0, name);
}

std::string times_line(const Times& times) {
  // Microseconds are 0 in all that has ever sent this; not every client would expect others.
  const auto seconds = [](const sftp::FileTime& time) {
    return std::to_string(std::max<std::int64_t>(time.seconds, 0));
  };
  std::string line = "T";
  line.append(seconds(times.mtime)).append(" 0 ").append(seconds(times.atime)).append(" 0\n");
  return line;
}

std::string message_line(Response::Kind kind, std::string_view what) {
  std::string line(1, kind == Response::Kind::Fatal ? '\2' : '\1');
  line += "scp: ";
  for (const char c : what.substr(0, kLongestLine - 16)) {
    const auto byte = static_cast<unsigned char>(c);
    line += byte < 0x20 || byte == 0x7f ? '?' : c;
  }
  return line += '\n';
}

std::optional<Response> ResponseInput::take(ByteView& input) {
  while (!input.empty()) {
    const std::uint8_t byte = input[0];
    input = input.subspan(1);
    if (!begun_) {
      if (byte == 0) return Response{};
      begun_ = Response{byte == 1 ? Response::Kind::Warning : Response::Kind::Fatal, {}};
      if (byte > 2) begun_->text += static_cast<char>(byte);
      if (byte != '\n') continue;
    }
    const bool too_long = begun_->text.size() >= kLongestLine;
    if (byte != '\n' && !too_long) {
      begun_->text += static_cast<char>(byte);
      continue;
    }
    Response whole = std::move(*begun_);
    begun_.reset();
    if (too_long) whole.kind = Response::Kind::Fatal;
    return whole;
  }
  return std::nullopt;
}

}  // namespace ssh2core::scp
