#include "libssh2core/sftp/longname.h"

#include <array>
#include <charconv>
#include <ctime>

namespace ssh2core::sftp {

namespace {

// Bits of st_mode, which SFTP sends as they are (draft -13 section 7.6).
constexpr std::uint32_t kTypeMask = 0170000;
struct TypeLetter {
  std::uint32_t type;
  char letter;
};
constexpr auto kTypeLetters = std::to_array<TypeLetter>({{0100000, '-'},
                                                         {0040000, 'd'},
                                                         {0120000, 'l'},
                                                         {0020000, 'c'},
                                                         {0060000, 'b'},
                                                         {0010000, 'p'},
                                                         {0140000, 's'}});
constexpr std::int64_t kHalfYear = 365 * 24 * 60 * 60 / 2;  // seconds

void append_mode(std::string& out, std::uint32_t mode) {
  char letter = '?';
  for (const TypeLetter& entry : kTypeLetters)
    if (entry.type == (mode & kTypeMask)) letter = entry.letter;
  char text[] = {letter, 'r', 'w', 'x', 'r', 'w', 'x', 'r', 'w', 'x'};
  for (unsigned bit = 0; bit < 9; ++bit)
    if ((mode & (0400U >> bit)) == 0) text[1 + bit] = '-';
  if ((mode & 04000) != 0) text[3] = (mode & 0100) != 0 ? 's' : 'S';
  if ((mode & 02000) != 0) text[6] = (mode & 0010) != 0 ? 's' : 'S';
  if ((mode & 01000) != 0) text[9] = (mode & 0001) != 0 ? 't' : 'T';
  out.append(text, sizeof text);
}

void append_number(std::string& out, std::uint64_t value, std::size_t width, char fill = ' ') {
  char digits[20];
  const char* end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  const auto count = static_cast<std::size_t>(end - digits);
  if (count < width) out.append(width - count, fill);
  out.append(digits, count);
}

/// A name, or the number in its place, to the left of a column of eight.
void append_owner(std::string& out, std::string_view name, std::optional<std::uint32_t> id) {
  const std::size_t start = out.size();
  if (!name.empty()) {
    out += name;
  } else if (id) {
    append_number(out, *id, 0);
  } else {
    out += '?';
  }
  if (out.size() - start < 8) out.append(8 - (out.size() - start), ' ');
}

void append_date(std::string& out, std::int64_t seconds, std::int64_t now, bool utc) {
  static constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const std::time_t time = seconds;
  std::tm parts{};
  if ((utc ? gmtime_r(&time, &parts) : localtime_r(&time, &parts)) ==
      nullptr) {  // a year that does not fit
    out.append(12, '?');
    return;
  }
  out += kMonths.substr(static_cast<std::size_t>(parts.tm_mon) * 3, 3);
  out += ' ';
  append_number(out, static_cast<std::uint64_t>(parts.tm_mday), 2);
  out += ' ';
  if (seconds <= now && now - seconds < kHalfYear) {
    append_number(out, static_cast<std::uint64_t>(parts.tm_hour), 2, '0');
    out += ':';
    append_number(out, static_cast<std::uint64_t>(parts.tm_min), 2, '0');
  } else {
    const std::int64_t year = std::int64_t{parts.tm_year} + 1900;
    if (year < 0) out += '-';
    append_number(out, static_cast<std::uint64_t>(year < 0 ? -year : year), 5);
  }
}

}  // namespace

void append_longname(std::string& out, std::string_view name, const Attributes& a,
                     std::string_view user, std::string_view group, Clock::Wall now, bool utc) {
  append_mode(out, a.mode.value_or(0));
  out += ' ';
  append_number(out, a.links.value_or(1), 3);
  out += ' ';
  append_owner(out, user, a.uid);
  out += ' ';
  append_owner(out, group, a.gid);
  out += ' ';
  append_number(out, a.size.value_or(0), 8);
  out += ' ';
  append_date(out, a.mtime.value_or(FileTime{}).seconds, Clock::Wall::clock::to_time_t(now), utc);
  out += ' ';
  out += name;
}

}  // namespace ssh2core::sftp
