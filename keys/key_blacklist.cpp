#include "keys/key_blacklist.h"

#include <algorithm>

namespace ssh2core::keys {

namespace {

constexpr std::string_view kMagic = "SSH-FP00";
constexpr std::size_t kIndexes = 65536, kHeaderBytes = 16, kTableBytes = kIndexes * 2;
constexpr std::size_t kLeastRecordBits = 24, kMostRecordBits = 128;  // of the MD5

std::uint32_t u16(ByteView file, std::size_t at) {
  return std::uint32_t{file[at]} << 8 | file[at + 1];
}

/// Bytes of a record: its first 16 bits are its place in the table.
std::size_t record_bytes(ByteView file) { return file[10] / 8U - 2U; }

/// Where the records of an index begin. The table holds how far that is from where they would begin
/// if all indexes had as many, with a shift that makes it positive. May be outside the list.
std::int64_t begin_of(ByteView file, std::size_t index) {
  const auto count = static_cast<std::int64_t>(blacklist_size(file));
  if (index == kIndexes) return count;
  const std::int64_t even = static_cast<std::int64_t>(index) * count / std::int64_t{kIndexes};
  return even + u16(file, kHeaderBytes + 2 * index) - u16(file, 14);
}

}  // namespace

std::string blacklist_problem(ByteView file) {
  if (file.size() < kHeaderBytes || as_text(file.first(kMagic.size())) != kMagic)
    return "it does not begin as a list of weak keys does";
  if (file[8] != 16 || file[9] != 16 || file[10] % 8 != 0 || file[10] < kLeastRecordBits ||
      file[10] > kMostRecordBits)
    return "it is a list of weak keys of an unknown kind";
  if (file.size() != kHeaderBytes + kTableBytes + blacklist_size(file) * record_bytes(file))
    return "it is a list of weak keys that is cut short or has bytes at its end";
  return {};
}

std::size_t blacklist_size(ByteView file) { return std::size_t{file[11]} << 16 | u16(file, 12); }

std::optional<bool> is_blacklisted(ByteView file, ByteView md5) {
  const std::size_t index = std::size_t{md5[0]} << 8 | md5[1];
  const std::int64_t begin = begin_of(file, index), end = begin_of(file, index + 1);
  if (begin < 0 || end < begin || end > static_cast<std::int64_t>(blacklist_size(file)))
    return std::nullopt;
  const std::size_t size = record_bytes(file);
  const ByteView wanted = md5.subspan(2, size);
  bool found = false;
  for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i)
    found |= std::ranges::equal(file.subspan(kHeaderBytes + kTableBytes + i * size, size), wanted);
  return found;
}

}  // namespace ssh2core::keys
