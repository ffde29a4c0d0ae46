#include "libssh2core/capture/key_log_reader.h"

#include <algorithm>
#include <optional>

namespace ssh2core {

namespace {

constexpr std::size_t kMostProblems = 100;

std::optional<unsigned> digit_of(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

/// Empty when it is no hex, or of odd length.
Secret from_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) return {};
  Secret bytes(hex.size() / 2);
  const MutableView out = bytes.mutable_view();
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto high = digit_of(hex[2 * i]), low = digit_of(hex[2 * i + 1]);
    if (!high || !low) return {};
    out[i] = static_cast<std::uint8_t>(*high << 4 | *low);
  }
  return bytes;
}

std::string_view take_word(std::string_view& line) {
  constexpr std::string_view kBlanks = " \t\r";
  line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(kBlanks));
  line.remove_prefix(word.size());
  return word;
}

}  // namespace

void KeyLogReader::read_line(std::string_view line) {
  ++lines_;
  const auto refuse = [&](const char* why) {
    if (problems_.size() < kMostProblems) problems_.push_back({lines_, why});
  };
  const std::string_view name = take_word(line);
  if (name.empty() || name.starts_with('#')) return;
  std::string_view value = take_word(line);
  Kind kind = Kind::PrivateKey;
  if (value == "SHARED_SECRET" || value == "PRIVATE_KEY") {
    if (value == "SHARED_SECRET") kind = Kind::SharedSecret;
    value = take_word(line);
  }
  const Secret cookie = from_hex(name);
  if (cookie.size() != Cookie{}.size())
    return refuse("no cookie of 32 hex digits at the beginning");
  Secret secret = from_hex(value);
  if (secret.empty()) return refuse("no secret in hex behind the cookie");
  if (!take_word(line).empty()) return refuse("more than cookie, kind and secret");
  Cookie key{};
  std::ranges::copy(cookie.view(), key.begin());
  entries_[key].push_back({kind, std::move(secret)});
  ++size_;
}

void KeyLogReader::read(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    read_line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

const std::vector<KeyLogReader::Entry>* KeyLogReader::find(const Cookie& cookie) const {
  const auto at = entries_.find(cookie);
  return at == entries_.end() ? nullptr : &at->second;
}

}  // namespace ssh2core
