#include "config/words.h"

#include <algorithm>

#include "libssh2core/wire/planted_bug.h"

namespace ssh2core::config {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::optional<std::vector<std::string>> cut_line(std::string_view line) {
  std::vector<std::string> words;
  for (std::size_t at = 0;;) {
    while (at < line.size() && is_blank(line[at])) ++at;
    if (at == line.size() || line[at] == '#') return words;
    std::string word;
    if (line[at] != '"') {
      while (at < line.size() && !is_blank(line[at])) word += line[at++];
    } else {
      for (++at; at < line.size() && line[at] != '"'; ++at) {
        const bool more = !has_check("configuration-backslash") || at + 1 < line.size();
        if (line[at] == '\\' && more) ++at;
        word += line[at];
      }
      if (at == line.size()) return std::nullopt;
      ++at;
    }
    words.push_back(std::move(word));
  }
}

std::string quoted(std::string_view word) {
  std::string text = "\"";
  for (const char c : word) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  text += '"';
  return text;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text += part;
  return text;
}

std::string shown(std::string_view text) {
  constexpr std::size_t kMost = 80;
  std::string out;
  for (const char c : text.substr(0, kMost)) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte == 0x7f ? '?' : c;
  }
  if (text.size() > kMost) out += "...";
  return out;
}

}  // namespace ssh2core::config
