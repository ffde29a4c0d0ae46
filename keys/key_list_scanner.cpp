#include "keys/key_list_scanner.h"

#include <algorithm>

#include "keys/key_kinds.h"
#include "keys/key_options.h"
#include "libssh2core/crypto/certificate.h"

namespace ssh2core::keys {
namespace {

constexpr std::string_view kBlockBegin = "---- BEGIN SSH2 PUBLIC KEY ----";
constexpr std::string_view kBlockEnd = "---- END SSH2 PUBLIC KEY ----";
constexpr std::size_t kMaxHeaders = 64, kMaxHeaderTag = 64, kMaxHeaderValue = 1024;

constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && (is_blank(text.back()) || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

/// Takes the next word off the front, and the blanks behind it.
std::string_view take_word(std::string_view& rest) {
  // find() of one character is a vectorised search, find_first_of() a loop over a loop.
  std::size_t size = std::min(rest.find(' '), rest.size());
  size = std::min(rest.substr(0, size).find('\t'), size);
  const std::string_view word = rest.substr(0, size);
  while (size < rest.size() && is_blank(rest[size])) ++size;
  rest.remove_prefix(size);
  return word;
}

bool is_supported_type(std::string_view word) {
  return std::ranges::find(kSignatures, word, &SignatureEntry::key_type) != kSignatures.end();
}
/// True for every type that a key on a line can have, usable here or not.
bool is_key_type(std::string_view word) {
  return is_supported_type(word) || !unsupported_type(word).empty();
}

bool is_number(std::string_view word) {
  return !word.empty() && std::ranges::all_of(word, [](char c) { return c >= '0' && c <= '9'; });
}

/// RFC 4716 section 3.3.2: quotes around a comment are decoration.
std::string unquoted(std::string_view value) {
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
    value = value.substr(1, value.size() - 2);
  return std::string(value);
}

/// RFC 4716 section 3.3: a header's name is taken without case. `name` is in small letters.
bool is_tag(std::string_view tag, std::string_view name) {
  return std::ranges::equal(tag, name, {}, [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
}

}  // namespace

KeyListScanner::KeyListScanner(std::string_view text, Accept accept)
    : rest_(text), accept_(accept) {
  if (rest_.starts_with("\xef\xbb\xbf")) rest_.remove_prefix(3);  // UTF-8 byte order mark
}

bool KeyListScanner::is_accepted(std::string_view type) const {
  return is_supported_type(type) ||
         (accept_ == Accept::AllKeys && find_certificate_type(type) != nullptr);
}

/// A line without its end. RFC 4716 lets a lone CR end a line of a block; anywhere else it does
/// not, so that a comment cannot smuggle in an entry.
std::string_view KeyListScanner::take_line(bool cr_ends_it) {
  ++line_;
  const std::size_t end = std::min(rest_.find('\n'), rest_.size());
  std::string_view line = rest_.substr(0, end);
  const std::size_t cr = cr_ends_it ? line.find('\r') : std::string_view::npos;
  if (cr != std::string_view::npos && cr + 1 < line.size()) {
    rest_.remove_prefix(cr + 1);
    return line.substr(0, cr);
  }
  rest_.remove_prefix(std::min(end + 1, rest_.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::optional<ListEntry> KeyListScanner::next(std::vector<KeyListProblem>* problems) {
  while (!rest_.empty()) {
    const std::string_view at = rest_;
    const std::string_view line = without_blanks(take_line(false));
    const std::size_t number = line_;
    if (line.empty() || line.front() == '#') continue;
    std::string problem;
    std::optional<ListEntry> entry;
    if (line.starts_with(kBlockBegin)) {
      // The line may end in a lone CR, so go on right behind the marker.
      rest_ = at.substr(static_cast<std::size_t>(line.data() - at.data()) + kBlockBegin.size());
      --line_;
      take_line(true);
      entry = read_block(problem);
    } else if (line.starts_with("-----BEGIN ")) {
      problem =
          "a private key, certificate or other PEM block is no entry; take it out of this file";
      skip_foreign_block("-----END ");
    } else if (line.starts_with("PuTTY-User-Key-File-")) {
      problem = "a PuTTY private key is no entry; take it out of this file";
      skip_foreign_block("Private-MAC:");
    } else {
      entry = read_line(line, problem);
    }
    if (entry) {
      entry->line = number;
      return entry;
    }
    if (problems != nullptr) problems->push_back({number, problem});
  }
  return std::nullopt;
}

/// `[options] type base64 [comment]`.
std::optional<ListEntry> KeyListScanner::read_line(std::string_view line,
                                                   std::string& problem) const {
  problem = "no key of a known type on this line";
  if (line.size() > kMaxEntryBytes) {
    problem = "the line is longer than " + std::to_string(kMaxEntryBytes) + " bytes";
    return std::nullopt;
  }
  if (line.find('\0') != std::string_view::npos) {
    problem = line_ == 1 ? "the file is no plain text; save it as UTF-8" : "a NUL byte in the line";
    return std::nullopt;
  }
  ListEntry entry;
  std::string_view rest = line;
  entry.type = take_word(rest);
  if (!is_key_type(entry.type)) {
    if (is_number(entry.type)) {
      problem = "a key of SSH protocol 1, which is no longer used";
      return std::nullopt;
    }
    // A marker of known_hosts stands in front of the hosts.
    const bool marked = accept_ == Accept::AllKeys && line.front() == '@';
    const std::size_t hosts = marked ? static_cast<std::size_t>(rest.data() - line.data()) : 0;
    std::size_t end = end_of_options(line.substr(hosts));
    if (end != std::string_view::npos) end += hosts;
    if (end == std::string_view::npos) {
      problem = "a double quote in the options is not closed";
      return std::nullopt;
    }
    entry.options = line.substr(0, end);
    rest = without_blanks(line.substr(end));
    entry.type = take_word(rest);
    if (!is_key_type(entry.type)) return std::nullopt;
  }
  if (!is_accepted(entry.type)) {
    problem = "the key is " + unsupported_type(entry.type);
    return std::nullopt;
  }
  entry.base64 = take_word(rest);
  entry.comment = rest;
  return entry;
}

/// The headers of a block (RFC 4716 section 3.3): each goes on over lines that end in a backslash.
bool KeyListScanner::read_headers(ListEntry& entry, std::string& problem) {
  for (std::size_t count = 0;; ++count) {
    const std::string_view ahead = rest_.substr(0, rest_.find_first_of("\r\n"));
    const std::size_t colon = ahead.find_first_of(" \t:");
    if (colon == std::string_view::npos || ahead[colon] != ':') return true;
    std::string header(take_line(true));
    while (header.ends_with('\\') && !rest_.empty() && header.size() <= kMaxHeaderValue * 2) {
      header.pop_back();
      header += take_line(true);
    }
    const std::string_view value = without_blanks(std::string_view(header).substr(colon + 1));
    if (count == kMaxHeaders || colon > kMaxHeaderTag || value.size() > kMaxHeaderValue) {
      problem = "the headers of the RFC 4716 block are too long or too many";
      skip_foreign_block("---- END ");
      return false;
    }
    const std::string_view tag = ahead.substr(0, colon);
    if (is_tag(tag, "comment")) entry.block_comment = unquoted(value);
    if (is_tag(tag, "subject")) entry.subject = unquoted(value);
  }
}

/// What stands between the BEGIN line, already taken, and the END line. A block that is not ended
/// stops where a line can no longer be part of it, so that the entries behind it still count.
std::optional<ListEntry> KeyListScanner::read_block(std::string& problem) {
  ListEntry entry;
  if (!read_headers(entry, problem)) return std::nullopt;
  problem = "the RFC 4716 block has no END line";
  while (!rest_.empty()) {
    const std::string_view ahead = without_blanks(rest_.substr(0, rest_.find_first_of("\r\n")));
    const bool at_end = ahead == kBlockEnd;
    if (!at_end && ahead.find_first_of(" \t-#") != std::string_view::npos) return std::nullopt;
    take_line(true);
    if (at_end) return entry;
    if (entry.block_base64.size() + ahead.size() > kMaxEntryBytes) {
      problem = "the RFC 4716 block is longer than " + std::to_string(kMaxEntryBytes) + " bytes";
      skip_foreign_block("---- END ");
      return std::nullopt;
    }
    entry.block_base64 += ahead;
  }
  return std::nullopt;
}

/// Skips to behind the line that begins so, or to the end of the text.
void KeyListScanner::skip_foreign_block(std::string_view end_of_last_line) {
  while (!rest_.empty() && !without_blanks(take_line(false)).starts_with(end_of_last_line)) {
  }
}

}  // namespace ssh2core::keys
