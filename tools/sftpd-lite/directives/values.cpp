#include "tools/sftpd-lite/directives/values.h"

#include <fmt/format.h>

#include <charconv>
#include <memory>

#include "tools/sftpd-lite/directives/words.h"

namespace ssh2core::tools {

namespace {

constexpr std::uint64_t kMostConnections = 1'000'000;

/// hh:mm:ss; nullopt when the text is none.
std::optional<std::chrono::seconds> parse_clock(std::string_view text) {
  std::uint64_t sum = 0;
  for (int part = 0; part < 3; ++part) {
    const std::size_t colon = text.find(':');
    if ((colon == std::string_view::npos) != (part == 2)) return std::nullopt;
    const auto value = parse_number(text.substr(0, colon), 0, part == 0 ? 9999 : 59);
    if (!value) return std::nullopt;
    sum = sum * 60 + *value;
    if (part < 2) text.remove_prefix(colon + 1);
  }
  return std::chrono::seconds(sum);
}

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t least,
                                          std::uint64_t most) {
  std::uint64_t value = 0;
  const char* const end = std::to_address(text.end());
  const auto read = std::from_chars(std::to_address(text.begin()), end, value);
  if (read.ec != std::errc() || read.ptr != end || value < least || value > most)
    return std::nullopt;
  return value;
}

std::optional<std::chrono::seconds> parse_time(std::string_view text) {
  const auto within = [](std::optional<std::chrono::seconds> time) {
    return time && *time > kLongestTime ? std::nullopt : time;
  };
  if (text.find(':') != std::string_view::npos) return within(parse_clock(text));
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string_view unit = text.substr(digits);
  const auto number =
      parse_number(text.substr(0, digits), 0, static_cast<std::uint64_t>(kLongestTime.count()));
  if (!number) return std::nullopt;
  const auto is = [unit](std::string_view a, std::string_view b) {
    return equal_without_case(unit, a) || equal_without_case(unit, b);
  };
  if (unit.empty() || is("s", "sec")) return std::chrono::seconds(*number);
  if (is("m", "min")) return within(std::chrono::minutes(*number));
  if (is("h", "hr")) return within(std::chrono::hours(*number));
  return std::nullopt;
}

std::optional<mode_t> parse_mode(std::string_view text) {
  unsigned bits = 0;
  const char* const end = std::to_address(text.end());
  const auto read = std::from_chars(std::to_address(text.begin()), end, bits, 8);
  if (text.size() > 4 || read.ec != std::errc() || read.ptr != end || bits > 0777)
    return std::nullopt;
  return static_cast<mode_t>(bits);
}

Complaint set_switch(Words words, bool& value) {
  const auto is = [&](auto... names) {
    return words.size() == 1 && (equal_without_case(words[0], names) || ...);
  };
  const bool on = is("on", "yes", "true", "1");
  if (!on && !is("off", "no", "false", "0")) return "wants on or off";
  value = on;
  return {};
}

Complaint set_count(Words words, std::size_t& count) {
  const bool none = !words.empty() && equal_without_case(words[0], "none");
  const auto number = words.empty() ? std::nullopt : parse_number(words[0], 1, kMostConnections);
  if (words.size() > 2 || (!none && !number))
    return fmt::format("wants a number from 1 to {}, or none", kMostConnections);
  count = number.value_or(0);
  return {};
}

Complaint set_time(Words words, std::chrono::seconds& time) {
  const auto parsed = words.size() == 1 ? parse_time(words[0]) : std::nullopt;
  if (!parsed)
    return fmt::format("wants a time in seconds, or like 5min or 0:05:00, of at most {} s; 0: none",
                       kLongestTime.count());
  time = *parsed;
  return {};
}

}  // namespace ssh2core::tools
