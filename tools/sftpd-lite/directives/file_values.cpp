#include "tools/sftpd-lite/directives/file_values.h"

#include <fmt/format.h>

#include <array>
#include <limits>

#include "tools/sftpd-lite/directives/values.h"
#include "tools/sftpd-lite/directives/words.h"
#include "tools/sftpd-lite/log/event_log.h"

namespace ssh2core::tools {

Complaint read_audience(Words words, Audience& audience) {
  if (words.empty()) return {};
  using Join = Expression::Join;
  Join otherwise = Join::Or;
  if (equal_without_case(words[0], "user"))
    audience.of = Audience::Of::User;
  else if (equal_without_case(words[0], "class"))
    audience.of = Audience::Of::Class;
  else if (equal_without_case(words[0], "group"))
    audience.of = Audience::Of::Group, otherwise = Join::And;
  else
    return fmt::format("'{}' is none of user, group and class", printable(words[0]));
  auto read = Expression::parse(words.subspan(1), otherwise);
  if (const auto* why = std::get_if<std::string>(&read)) return *why;
  audience.expression = std::get<Expression>(std::move(read));
  return {};
}

std::optional<std::uint64_t> parse_size(const std::string& number, const std::string& unit) {
  constexpr std::array<std::string_view, 5> kUnits{"B", "Kb", "Mb", "Gb", "Tb"};
  for (unsigned i = 0; i < kUnits.size(); ++i) {
    if (!equal_without_case(unit, kUnits[i])) continue;
    constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    const auto value = parse_number(number, 0, kMost >> (10 * i));
    return value ? std::optional(*value << (10 * i)) : std::nullopt;
  }
  return std::nullopt;
}

Complaint read_filter(std::string text, bool invertible, bool any_case, NameFilter& filter) {
  filter.text = text;
  filter.inverted = invertible && text.starts_with('!');
  if (filter.inverted) text.erase(0, 1);
  auto [pattern, why] = Pattern::compile(text, any_case);
  if (!pattern) return fmt::format("'{}' is no regular expression: {}", printable(text), why);
  filter.pattern = std::move(pattern);
  return {};
}

Complaint read_modes(Words words, std::optional<ModePair>& modes) {
  const auto files = words.empty() ? std::nullopt : parse_mode(words[0]);
  const auto directories = words.size() == 2 ? parse_mode(words[1]) : files;
  if (words.size() > 2 || !files || !directories)
    return "wants octal digits, like 027, for files, and others for directories if they differ";
  modes = ModePair{*files, *directories};
  return {};
}

}  // namespace ssh2core::tools
