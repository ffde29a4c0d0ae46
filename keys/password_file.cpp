#include "keys/password_file.h"

#include <algorithm>
#include <map>
#include <set>

#include "keys/password_hash.h"

namespace ssh2core::keys {
namespace {

constexpr std::size_t kMaxUserBytes = 256;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";  // that some editors begin UTF-8 with

/// A line of a password file: its text without the line end, and the whole of it.
struct Line {
  std::string_view text, whole;
};

Line take_line(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  Line line{rest.substr(0, end), rest.substr(0, std::min(end + 1, rest.size()))};
  rest.remove_prefix(line.whole.size());
  if (line.text.ends_with('\r')) line.text.remove_suffix(1);
  return line;
}

bool is_entry(std::string_view line) {
  return line.find_first_not_of(" \t") != std::string_view::npos && line.front() != '#';
}

/// The hash whose kind most entries are of; the first of them when several kinds are as frequent.
std::string_view commonest_hash(const std::vector<PasswordEntry>& entries) {
  std::map<std::string_view, std::size_t> counts;
  const PasswordEntry* best = nullptr;
  for (const PasswordEntry& entry : entries) ++counts[hash_kind(entry.hash)];
  for (const PasswordEntry& entry : entries)
    if (best == nullptr || counts[hash_kind(entry.hash)] > counts[hash_kind(best->hash)])
      best = &entry;
  return best == nullptr ? std::string_view() : best->hash.view();
}

std::variant<PasswordEntry, std::string> parse_entry(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos)
    return "there is no colon; lines are user:hash, as `keytool passwd` makes them";
  PasswordEntry entry{std::string(line.substr(0, colon)), line.substr(colon + 1), 0};
  if (std::string problem = user_name_problem(entry.user); !problem.empty()) return problem;
  if (entry.hash.view().find(':') != std::string_view::npos)
    return "more than one colon; of a line of /etc/shadow only the first two fields belong here";
  if (std::string problem = hash_problem(entry.hash); !problem.empty()) return problem;
  return entry;
}

}  // namespace

std::string user_name_problem(std::string_view user) {
  if (user.empty()) return "the user name is empty";
  if (user.size() > kMaxUserBytes) return "the user name is too long";
  if (user.front() == '#') return "a user name cannot begin with #";
  const bool printable = std::ranges::none_of(user, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= ' ' || byte == 127 || c == ':' || c == '/';
  });
  return printable ? "" : "a user name has no blanks, colons, slashes or control characters";
}

std::variant<PasswordFile, PasswordFileError> PasswordFile::parse(std::string_view text) {
  PasswordFile file;
  std::map<std::string, std::size_t, std::less<>> lines;  // of each user
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = take_line(text).text;
    if (!is_entry(line)) continue;
    auto parsed = parse_entry(line);
    if (const auto* problem = std::get_if<std::string>(&parsed))
      return PasswordFileError{number, *problem};
    auto& entry = std::get<PasswordEntry>(parsed);
    entry.line = number;
    const auto [first, added] = lines.emplace(entry.user, number);
    if (!added)
      return PasswordFileError{number, "the user " + entry.user + " stands in line " +
                                           std::to_string(first->second) + " already"};
    file.entries_.push_back(std::move(entry));
  }
  if (!file.entries_.empty()) file.decoy_ = decoy_of(commonest_hash(file.entries_));
  return file;
}

PasswordFile PasswordFile::with(const std::vector<PasswordEntry>& more) const {
  PasswordFile file = *this;
  std::set<std::string_view> here;
  for (const PasswordEntry& entry : entries_) here.insert(entry.user);
  for (const PasswordEntry& entry : more)
    if (!here.contains(entry.user)) file.entries_.push_back(entry);
  if (!file.entries_.empty()) file.decoy_ = decoy_of(commonest_hash(file.entries_));
  return file;
}

bool PasswordFile::has_user(std::string_view user) const {
  return std::ranges::find(entries_, user, &PasswordEntry::user) != entries_.end();
}

bool PasswordFile::verify(std::string_view user, const Secret& password,
                          const SecretText* other) const {
  if (decoy_.empty()) return false;
  const auto entry = std::ranges::find(entries_, user, &PasswordEntry::user);
  const bool named = entry != entries_.end();
  const bool known = named || other != nullptr;
  const SecretText decoy(decoy_);
  const bool right = check_password_hash(named ? entry->hash : known ? *other : decoy, password);
  return known && right;
}

std::variant<std::string, PasswordFileError> set_password(std::string_view text,
                                                          std::string_view user,
                                                          std::string_view hash) {
  if (std::string problem = user_name_problem(user); !problem.empty())
    return PasswordFileError{0, std::move(problem)};
  if (auto parsed = PasswordFile::parse(text);
      auto* error = std::get_if<PasswordFileError>(&parsed))
    return std::move(*error);
  const std::string entry = std::string(user).append(":").append(hash);
  std::string out;
  if (text.starts_with(kByteOrderMark)) {  // no part of the first user's name
    out = kByteOrderMark;
    text.remove_prefix(kByteOrderMark.size());
  }
  bool replaced = false;
  for (std::string_view rest = text; !rest.empty();) {
    const Line line = take_line(rest);
    const bool mine = is_entry(line.text) && line.text.substr(0, line.text.find(':')) == user;
    replaced = replaced || mine;
    if (mine)
      out.append(entry).append(line.whole.substr(line.text.size()));
    else
      out.append(line.whole);
  }
  if (!replaced) {
    if (!out.empty() && out.back() != '\n') out += '\n';
    out.append(entry);
  }
  if (out.back() != '\n') out += '\n';
  return out;
}

}  // namespace ssh2core::keys
