#include "libssh2core/scp/globbing.h"

#include <algorithm>
#include <utility>

#include "libssh2core/scp/records.h"
#include "libssh2core/scp/reports.h"

namespace ssh2core::scp {

namespace {

// As much as a system lets a program have of arguments (ARG_MAX).
constexpr std::size_t kMostFound = 2097152;     // bytes of paths
constexpr std::size_t kMostLookedAt = 1000000;  // entries of directories
constexpr std::size_t kMostWords = 1024;        // that braces make, on the way to the last
constexpr std::size_t kOverhead = sizeof(std::string);

/// Bytes of the first character: more than one only where they are UTF-8.
std::size_t character_size(std::string_view text) {
  const auto byte = [text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned first = byte(0);
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1;
  if (size == 1 || first > 0xf4 || text.size() < size) return 1;
  for (std::size_t at = 1; at < size; ++at)
    if ((byte(at) & 0xc0) != 0x80) return 1;
  return size;
}

/// Takes the first character, which a backslash may stand before in a pattern.
std::string_view take_character(std::string_view& text, bool escapes) {
  if (escapes && text[0] == '\\' && text.size() > 1) text.remove_prefix(1);
  const std::string_view taken = text.substr(0, character_size(text));
  text.remove_prefix(taken.size());
  return taken;
}

/// Characters of UTF-8 sort by their bytes; longer ones come behind shorter ones.
bool not_behind(std::string_view one, std::string_view other) {
  return std::pair(one.size(), one) <= std::pair(other.size(), other);
}

/// A set at the front of a pattern; false when what stands there is none. On true the set is taken
/// off, and `fits` says whether the character is in it.
bool take_set(std::string_view& pattern, std::string_view character, bool& fits) {
  std::string_view rest = pattern.substr(1);
  const bool negated = !rest.empty() && (rest[0] == '!' || rest[0] == '^');
  if (negated) rest.remove_prefix(1);
  bool found = false;
  for (bool first = true;; first = false) {
    if (rest.empty()) return false;
    if (rest[0] == ']' && !first) break;
    const std::string_view from = take_character(rest, true);
    if (rest.size() < 2 || rest[0] != '-' || rest[1] == ']') {
      found = found || character == from;
      continue;
    }
    rest.remove_prefix(1);
    const std::string_view to = take_character(rest, true);
    found = found || (not_behind(from, character) && not_behind(character, to));
  }
  pattern = rest.substr(1);
  fits = found != negated;
  return true;
}

/// Takes one element other than * off the pattern, and the character that it fits off the name.
bool fit_one(std::string_view& pattern, std::string_view& name) {
  std::string_view rest = name;
  const std::string_view character = take_character(rest, false);
  bool fits = false;
  if (pattern[0] == '?') {
    pattern.remove_prefix(1);
    fits = true;
  } else if (pattern[0] != '[' || !take_set(pattern, character, fits)) {
    fits = take_character(pattern, true) == character;
  }
  name = rest;
  return fits;
}

bool has_wildcard(std::string_view pattern) {
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] == '\\')
      ++at;
    else if (pattern[at] == '*' || pattern[at] == '?' || pattern[at] == '[')
      return true;
  }
  return false;
}

std::string without_escapes(std::string_view pattern) {
  std::string text;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] == '\\' && at + 1 < pattern.size()) ++at;
    text += pattern[at];
  }
  return text;
}

/// Where braces open that have a partner, the first such in `pattern`: it, the commas that belong
/// to it, and the partner. Empty when there is none.
std::vector<std::size_t> first_braces(std::string_view pattern) {
  struct Open {
    std::size_t at;
    std::vector<std::size_t> marks;
  };
  std::vector<Open> open;
  std::vector<std::size_t> best;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const char c = pattern[at];
    if (c == '\\') {
      ++at;
    } else if (c == '{') {
      open.push_back({at, {}});
    } else if (c == ',' && !open.empty()) {
      open.back().marks.push_back(at);
    } else if (c == '}' && !open.empty()) {
      Open closed = std::move(open.back());
      open.pop_back();
      if (closed.at + 1 == at) continue;  // {} stands for itself
      if (!best.empty() && best.front() < closed.at) continue;
      best = {closed.at};
      best.insert(best.end(), closed.marks.begin(), closed.marks.end());
      best.push_back(at);
    }
  }
  return best;
}

/// Looks for what fits one pattern without braces.
class Search {
 public:
  Search(sftp::FileSystem& files, std::size_t& looked_at, std::size_t& found_bytes)
      : files_(files), looked_at_(looked_at), found_bytes_(found_bytes) {}

  /// False: too much.
  bool run(std::string_view pattern, std::vector<std::string>& found) {
    std::vector<std::string> paths{""};
    while (!pattern.empty()) {
      const std::size_t slashes = std::min(pattern.find_first_not_of('/'), pattern.size());
      for (std::string& path : paths) path += pattern.substr(0, slashes);
      pattern.remove_prefix(slashes);
      const std::string_view part = pattern.substr(0, pattern.find('/'));
      pattern.remove_prefix(part.size());
      if (part.empty()) break;
      if (!step(part, !pattern.empty(), paths)) return false;
    }
    std::ranges::sort(paths);
    found.insert(found.end(), paths.begin(), paths.end());
    return true;
  }

 private:
  /// From the directories to what fits in them.
  bool step(std::string_view part, bool directories, std::vector<std::string>& paths) {
    std::vector<std::string> next;
    const bool wild = has_wildcard(part);
    const std::string name = wild ? std::string() : without_escapes(part);
    for (const std::string& path : paths) {
      if (wild) {
        if (!look_into(path, part, directories, next)) return false;
      } else if (files_.stat(path + name)) {
        if (!add(path + name, next)) return false;
      }
    }
    paths = std::move(next);
    return true;
  }
  bool look_into(const std::string& path, std::string_view part, bool directories,
                 std::vector<std::string>& next) {
    const auto listing = files_.open_directory(path.empty() ? "." : path);
    if (!listing) return true;
    sftp::DirectoryEntry entry;
    while (true) {
      const auto more = (*listing)->next(entry);
      if (!more || !*more) return true;
      if (++looked_at_ > kMostLookedAt) return false;
      if (entry.name == "." || entry.name == ".." || !matches(part, entry.name)) continue;
      if (entry.attributes.untranslated_name) continue;  // the client has no name for it
      // A name with more behind it must be a directory, or a link that may lead to one.
      const std::uint32_t type = entry.attributes.mode.value_or(0) & 0170000U;
      if (directories && type != 0040000 && type != 0120000) continue;
      if (!add(path + entry.name, next)) return false;
    }
  }
  bool add(std::string path, std::vector<std::string>& next) {
    found_bytes_ += path.size() + kOverhead;
    next.push_back(std::move(path));
    return found_bytes_ <= kMostFound;
  }

  sftp::FileSystem& files_;
  std::size_t& looked_at_;
  std::size_t& found_bytes_;
};

}  // namespace

bool matches(std::string_view pattern, std::string_view name) {
  if (name.starts_with('.') && !pattern.starts_with('.') && !pattern.starts_with("\\."))
    return false;
  // The last star, and where its bytes end: when what follows does not fit it takes one more.
  std::string_view after_star, rest_at_star;
  bool star = false;
  while (true) {
    if (!pattern.empty() && pattern[0] == '*') {
      star = true;
      after_star = pattern = pattern.substr(1);
      rest_at_star = name;
      continue;
    }
    if (name.empty() && pattern.empty()) return true;
    if (!name.empty() && !pattern.empty() && fit_one(pattern, name)) continue;
    if (!star || rest_at_star.empty()) return false;
    take_character(rest_at_star, false);
    name = rest_at_star;
    pattern = after_star;
  }
}

std::optional<std::vector<std::string>> expand_braces(std::string_view pattern) {
  std::vector<std::string> done, open{std::string(pattern)};  // the next one last
  for (std::size_t made = 1; !open.empty();) {
    const std::string word = std::move(open.back());
    open.pop_back();
    const std::vector<std::size_t> marks = first_braces(word);
    if (marks.empty()) {
      done.push_back(word);
      continue;
    }
    made += marks.size() - 1;
    if (made > kMostWords || made * word.size() > kMostFound) return std::nullopt;
    for (std::size_t i = marks.size() - 1; i > 0; --i)
      open.push_back(word.substr(0, marks.front()) +
                     word.substr(marks[i - 1] + 1, marks[i] - marks[i - 1] - 1) +
                     word.substr(marks.back() + 1));
  }
  return done;
}

std::optional<std::vector<std::string>> expand(sftp::FileSystem& files, const Word& word) {
  std::string pattern = word.pattern;
  if (word.tilde) {
    // What is put in front is a path, in which no character means more than itself.
    const std::string path = expand_tilde(files, word);
    const std::size_t rest = std::min(word.text.find('/'), word.text.size());
    const std::size_t front = path.size() - (word.text.size() - rest);
    const std::size_t slash = std::min(pattern.find('/'), pattern.size());
    std::string begin;
    for (const char c : std::string_view(path).substr(0, front)) {
      if (std::string_view("\\*?[]{},").find(c) != std::string_view::npos) begin += '\\';
      begin += c;
    }
    pattern.replace(0, slash, begin);
  }
  if (pattern.size() > kLongestLine) return std::nullopt;
  const auto alternatives = expand_braces(pattern);
  if (!alternatives) return std::nullopt;
  std::vector<std::string> found;
  std::size_t looked_at = 0, found_bytes = 0;
  for (const std::string& one : *alternatives) {
    if (!has_wildcard(one))
      found.push_back(without_escapes(one));
    else if (!Search(files, looked_at, found_bytes).run(one, found))
      return std::nullopt;
  }
  return found;
}

}  // namespace ssh2core::scp
