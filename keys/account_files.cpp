#include "keys/account_files.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <optional>

#include "keys/password_hash.h"

namespace ssh2core::keys {
namespace {

constexpr std::size_t kUserFields = 7, kGroupFields = 4;

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// A uid or gid. The highest number stands for none in system calls.
std::optional<std::uint32_t> parse_id(std::string_view text) {
  std::uint32_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size() ||
      id == std::numeric_limits<std::uint32_t>::max())
    return std::nullopt;
  return id;
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < ' ' || byte == 127;
  });
}

/// The hash and whether it is locked; a sentence when it is neither a hash nor a mark for none.
std::string read_hash(std::string_view field, UserEntry& entry) {
  if (field.empty())
    return "the password is empty; write * for an account that only keys are to open";
  if (field.starts_with('!')) {
    entry.locked = true;
    return {};
  }
  if (field == "x" || field.starts_with('*')) return {};
  entry.hash = field;
  return hash_problem(entry.hash);
}

std::string read_user(std::string_view line, UserEntry& entry) {
  const std::vector<std::string_view> fields = split(line, ':');
  if (fields.size() != kUserFields)
    return "wants seven fields, name:hash:uid:gid:comment:home:shell, and has " +
           std::to_string(fields.size());
  entry.name = fields[0];
  if (std::string problem = user_name_problem(entry.name); !problem.empty()) return problem;
  if (std::string problem = read_hash(fields[1], entry); !problem.empty()) return problem;
  const auto uid = parse_id(fields[2]), gid = parse_id(fields[3]);
  if (!uid) return "the uid is no number from 0 to 4294967294";
  if (!gid) return "the gid is no number from 0 to 4294967294";
  entry.uid = *uid;
  entry.gid = *gid;
  entry.home = fields[5];
  entry.shell = fields[6];
  if (!entry.home.starts_with('/')) return "the home directory is no absolute path";
  if (has_control(entry.home) || has_control(entry.shell)) return "a control character in a path";
  return {};
}

std::string read_group(std::string_view line, GroupEntry& entry) {
  const std::vector<std::string_view> fields = split(line, ':');
  if (fields.size() != kGroupFields)
    return "wants four fields, name:password:gid:members, and has " + std::to_string(fields.size());
  entry.name = fields[0];
  if (std::string problem = user_name_problem(entry.name); !problem.empty()) return problem;
  const auto gid = parse_id(fields[2]);
  if (!gid) return "the gid is no number from 0 to 4294967294";
  entry.gid = *gid;
  for (std::string_view member : split(fields[3], ',')) {
    member.remove_prefix(std::min(member.find_first_not_of(' '), member.size()));
    member = member.substr(0, member.find_last_not_of(' ') + 1);
    if (!member.empty()) entry.members.emplace_back(member);
  }
  return {};
}

template <class Entry>
std::variant<std::vector<Entry>, PasswordFileError> parse_lines(
    std::string_view text, std::string (*read)(std::string_view, Entry&)) {
  std::vector<Entry> entries;
  std::map<std::string, std::size_t, std::less<>> lines;  // of each name
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") == std::string_view::npos || line.front() == '#') continue;
    Entry entry;
    entry.line = number;
    if (std::string problem = read(line, entry); !problem.empty())
      return PasswordFileError{number, std::move(problem)};
    const auto [first, added] = lines.emplace(entry.name, number);
    if (!added)
      return PasswordFileError{
          number, entry.name + " stands in line " + std::to_string(first->second) + " already"};
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace

std::variant<std::vector<UserEntry>, PasswordFileError> parse_user_file(std::string_view text) {
  return parse_lines<UserEntry>(text, read_user);
}

std::variant<std::vector<GroupEntry>, PasswordFileError> parse_group_file(std::string_view text) {
  return parse_lines<GroupEntry>(text, read_group);
}

}  // namespace ssh2core::keys
