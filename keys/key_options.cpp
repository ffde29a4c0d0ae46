#include "keys/key_options.h"

#include <algorithm>
#include <array>
#include <ctime>

namespace ssh2core::keys {
namespace {

/// Harmless: it grants or takes away what a server for file transfer does not have anyway, or a
/// server is free to ignore it. The others say something, or leave the key out.
enum class Effect {
  Harmless,
  Command,
  Environment,
  From,
  Expiry,
  Authority,
  Principals,
  Touch,
  Verify
};
enum class Form { Flag, FlagOrNegation, Value };

struct Option {
  std::string_view name;
  Form form;
  Effect effect;
};
constexpr auto kOptions = std::to_array<Option>({
    {"restrict", Form::Flag, Effect::Harmless},
    {"port-forwarding", Form::FlagOrNegation, Effect::Harmless},
    {"agent-forwarding", Form::FlagOrNegation, Effect::Harmless},
    {"x11-forwarding", Form::FlagOrNegation, Effect::Harmless},
    {"pty", Form::FlagOrNegation, Effect::Harmless},
    {"user-rc", Form::FlagOrNegation, Effect::Harmless},
    {"touch-required", Form::FlagOrNegation, Effect::Touch},
    {"verify-required", Form::FlagOrNegation, Effect::Verify},
    {"permitopen", Form::Value, Effect::Harmless},
    {"permitlisten", Form::Value, Effect::Harmless},
    {"tunnel", Form::Value, Effect::Harmless},
    {"environment", Form::Value, Effect::Environment},
    {"command", Form::Value, Effect::Command},
    {"from", Form::Value, Effect::From},
    {"expiry-time", Form::Value, Effect::Expiry},
    {"principals", Form::Value, Effect::Principals},
    {"cert-authority", Form::Flag, Effect::Authority},
});

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

const Option* find_option(std::string_view name) {
  for (const Option& option : kOptions) {
    if (same_word(name, option.name)) return &option;
    if (option.form == Form::FlagOrNegation && name.size() > 3 &&
        same_word(name.substr(0, 3), "no-") && same_word(name.substr(3), option.name))
      return &option;
  }
  return nullptr;
}

/// Takes `"value"` off the front; inside it only `\"` is special. nullopt: no quotes, or open ones.
std::optional<std::string> take_quoted(std::string_view& rest) {
  if (!rest.starts_with('"')) return std::nullopt;
  std::string value;
  for (std::size_t at = 1; at < rest.size(); ++at) {
    if (rest[at] == '"') {
      rest.remove_prefix(at + 1);
      return value;
    }
    if (rest[at] == '\\' && at + 1 < rest.size() && rest[at + 1] == '"') ++at;
    value.push_back(rest[at]);
  }
  return std::nullopt;
}

bool is_variable_setting(std::string_view value) {
  const std::size_t equals = value.find('=');
  return equals != std::string_view::npos && equals > 0 &&
         std::ranges::all_of(value.substr(0, equals), [](char c) {
           return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || c == '_';
         });
}

/// The names of a comma-separated list, none of them empty; nullopt when one is, or there is none.
std::optional<NameList> split_names(std::string_view value) {
  NameList names;
  while (true) {
    const std::size_t comma = value.find(',');
    const std::string_view name = value.substr(0, comma);
    if (name.empty()) return std::nullopt;
    names.emplace_back(name);
    if (comma == std::string_view::npos) return names;
    value.remove_prefix(comma + 1);
  }
}

/// Why this option, with this value, makes the key unusable. Otherwise what it says is noted.
std::optional<std::string> effect_problem(const Option& option, bool negated,
                                          std::string_view value, KeyOptions& says) {
  const std::string name(option.name);
  switch (option.effect) {
    case Effect::Harmless:
      return std::nullopt;
    case Effect::Authority:
      says.authority = true;
      return std::nullopt;
    case Effect::Touch:
      says.no_touch_required = negated;
      return std::nullopt;
    case Effect::Verify:
      says.verify_required = !negated;
      return std::nullopt;
    case Effect::Principals:
      if (says.principals) return "the option principals stands there twice";
      says.principals = split_names(value);
      if (says.principals) return std::nullopt;
      return "the option principals wants names with commas between them";
    case Effect::From:
      if (says.from) return "the option from stands there twice";
      says.from = value;
      return std::nullopt;
    case Effect::Expiry: {
      const auto expiry = parse_expiry(value);
      if (!expiry) return "the value of the option expiry-time is no YYYYMMDD[HHMM[SS]][Z]";
      says.expiry = std::min(says.expiry.value_or(*expiry), *expiry);
      return std::nullopt;
    }
    case Effect::Environment:
      says.sets_environment = true;
      if (is_variable_setting(value)) return std::nullopt;
      return "the value of the option environment is no NAME=value";
    case Effect::Command:
      if (value == "internal-sftp") return std::nullopt;
      return "the option command is supported with \"internal-sftp\" only, so the key is not used";
  }
  return "the option " + name + " is not supported yet, so the key is not used";
}

}  // namespace

std::size_t end_of_options(std::string_view line) {
  bool quoted = false;
  std::size_t at = 0;
  for (; at < line.size() && (quoted || (line[at] != ' ' && line[at] != '\t')); ++at) {
    if (line[at] == '\\' && at + 1 < line.size() && line[at + 1] == '"')
      ++at;
    else if (line[at] == '"')
      quoted = !quoted;
  }
  return quoted ? std::string_view::npos : std::min(at, line.size());
}

std::optional<std::string> option_problem(std::string_view options) {
  const auto parsed = parse_key_options(options);
  const auto* problem = std::get_if<std::string>(&parsed);
  return problem == nullptr ? std::nullopt : std::optional(*problem);
}

std::variant<KeyOptions, std::string> parse_key_options(std::string_view options) {
  KeyOptions says;
  bool command_seen = false;
  std::optional<std::string> problem;
  while (!options.empty()) {  // a comma at the end is accepted, as sshd does
    const std::string_view word = options.substr(0, options.find_first_of(",=\""));
    options.remove_prefix(word.size());
    const Option* const option = find_option(word);
    if (option == nullptr || (option->form == Form::Value) != options.starts_with('='))
      return "the option " + std::string(word.substr(0, 40)) +
             " is unknown or wrongly written, so the key is not used";
    const std::string name(option->name);
    std::optional<std::string> value;
    if (option->form == Form::Value) {
      options.remove_prefix(1);
      value = take_quoted(options);
      if (!value) return "the value of the option " + name + " must stand in double quotes";
    }
    if (option->effect == Effect::Command) {
      if (command_seen) return "the option command stands there twice";
      command_seen = true;
    }
    const bool negated = word.size() != option->name.size();
    if (!problem) problem = effect_problem(*option, negated, value.value_or(""), says);
    if (options.empty()) break;
    if (!options.starts_with(',')) return "a comma is missing behind the option " + name;
    options.remove_prefix(1);
  }
  if (problem) return *problem;
  if (says.principals && !says.authority)
    return "the option principals is for certificates; it needs cert-authority";
  return says;
}

std::optional<std::chrono::system_clock::time_point> parse_expiry(std::string_view text) {
  const bool utc = text.ends_with('Z');
  if (utc) text.remove_suffix(1);
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if ((text.size() != 8 && text.size() != 12 && text.size() != 14) ||
      !std::ranges::all_of(text, digit))
    return std::nullopt;
  std::string all(text);
  all.resize(14, '0');
  const auto number = [&](std::size_t begin, std::size_t size) {
    int value = 0;
    for (const char c : all.substr(begin, size)) value = value * 10 + (c - '0');
    return value;
  };
  tm fields{};
  fields.tm_year = number(0, 4) - 1900;
  fields.tm_mon = number(4, 2) - 1;
  fields.tm_mday = number(6, 2);
  fields.tm_hour = number(8, 2);
  fields.tm_min = number(10, 2);
  fields.tm_sec = number(12, 2);
  fields.tm_isdst = -1;
  if (fields.tm_year < 70 || fields.tm_mon < 0 || fields.tm_mon > 11 || fields.tm_mday < 1 ||
      fields.tm_hour > 23 || fields.tm_min > 59 || fields.tm_sec > 60)
    return std::nullopt;
  const int day = fields.tm_mday;
  const time_t instant = utc ? timegm(&fields) : mktime(&fields);
  if (instant == -1 || fields.tm_mday != day) return std::nullopt;  // the 31st of June
  return std::chrono::system_clock::from_time_t(instant);
}

}  // namespace ssh2core::keys
