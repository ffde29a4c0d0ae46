#include "tools/sftpd-lite/login/display_variables.h"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>

#include "tools/common/version.h"
#include "tools/sftpd-lite/log/local_texts.h"

namespace ssh2core::tools {

namespace {

std::string host_name() {
  std::string name = own_host_name();
  return name.empty() ? "localhost" : name;
}

std::string time_now(const std::string& format) { return time_text(std::time(nullptr), format); }

std::uint64_t free_bytes(const DisplayMoment& m) {
  struct statvfs info{};
  if (statvfs(m.facts.root.c_str(), &info) != 0) return 0;
  return std::uint64_t{info.f_bavail} * info.f_frsize;
}

std::string free_with_unit(const DisplayMoment& m) {
  double size = static_cast<double>(free_bytes(m));
  constexpr std::array<const char*, 5> kUnits{"B", "KB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  while (size >= 1024 && unit + 1 < kUnits.size()) {
    size /= 1024;
    ++unit;
  }
  return fmt::format("{:.2f}{}", size, kUnits[unit]);
}

std::string limit_text(std::size_t limit) {
  return limit == 0 ? "unlimited" : std::to_string(limit);
}

/// Sessions of our host that have logged in, or of those the ones of our class.
std::string count_sessions(const DisplayMoment& m, bool of_class) {
  if (m.board == nullptr) return "0";
  const auto entries = m.board->entries();
  return std::to_string(std::ranges::count_if(entries, [&](const BoardEntry& one) {
    return one.host == m.host && (!of_class || one.class_name == m.facts.class_name);
  }));
}

std::string class_limit(const DisplayMoment& m) {
  for (const auto& [name, limit] : m.options.max_clients_per_class)
    if (name == m.facts.class_name) return limit_text(limit);
  return limit_text(0);
}

struct Variable {
  char letter;
  std::string (*value)(const DisplayMoment&);
};
constexpr auto kVariables = std::to_array<Variable>({
    {'C', [](const DisplayMoment& m) { return m.facts.home.empty() ? "/" : m.facts.home; }},
    {'E', [](const DisplayMoment& m) { return m.options.records.server_admin; }},
    {'F', [](const DisplayMoment& m) { return std::to_string(free_bytes(m)); }},
    {'f', free_with_unit},
    {'i', [](const DisplayMoment&) { return std::string("0"); }},
    {'K', [](const DisplayMoment&) { return std::string("0"); }},
    {'k', [](const DisplayMoment&) { return std::string("0"); }},
    {'L', [](const DisplayMoment&) { return host_name(); }},
    {'M', [](const DisplayMoment& m) { return limit_text(m.options.max_clients); }},
    {'N', [](const DisplayMoment& m) { return count_sessions(m, false); }},
    {'o', [](const DisplayMoment&) { return std::string("0"); }},
    {'R', [](const DisplayMoment& m) { return m.facts.host; }},
    {'T', [](const DisplayMoment&) { return time_now("%a %b %e %H:%M:%S %Y"); }},
    {'t', [](const DisplayMoment&) { return std::string("0"); }},
    {'U', [](const DisplayMoment& m) { return m.facts.user; }},
    {'u', [](const DisplayMoment&) { return std::string("UNKNOWN"); }},
    {'V', [](const DisplayMoment& m) { return m.facts.server_name; }},
    {'x', [](const DisplayMoment& m) { return m.facts.class_name; }},
    {'y', [](const DisplayMoment& m) { return count_sessions(m, true); }},
    {'z', class_limit},
});

/// The value of `inside` of `%{inside}`; nothing when that is no variable.
std::optional<std::string> braced_value(const std::string& inside) {
  constexpr std::string_view kTime = "time:", kEnvironment = "env:";
  if (inside.starts_with(kTime)) return time_now(inside.substr(kTime.size()));
  if (inside == "version") return std::string(project_version());
  if (!inside.starts_with(kEnvironment)) return std::nullopt;
  const char* value = getenv(inside.substr(kEnvironment.size()).c_str());
  return value == nullptr ? "" : value;
}

/// Replaces each `%X` and `%{name}` that the functions know.
template <class OfLetter, class OfName>
std::string replace(std::string_view text, OfLetter of_letter, OfName of_name) {
  std::string out;
  while (!text.empty()) {
    const std::size_t percent = std::min(text.find('%'), text.size());
    out += text.substr(0, percent);
    text.remove_prefix(percent);
    if (text.empty()) break;
    const bool braced = text.starts_with("%{");
    const std::size_t end = braced ? text.find('}') : std::min<std::size_t>(1, text.size());
    std::optional<std::string> value;
    if (braced && end != std::string_view::npos)
      value = of_name(std::string(text.substr(2, end - 2)));
    if (!braced && text.size() > 1) value = of_letter(text[1]);
    out += value ? *value : "%";
    text.remove_prefix(value ? end + 1 : 1);
  }
  return out;
}

}  // namespace

std::string expand_display(std::string_view text, const DisplayMoment& moment) {
  const auto of_letter = [&](char letter) -> std::optional<std::string> {
    if (letter == '%') return "%";
    for (const Variable& one : kVariables)
      if (one.letter == letter) return one.value(moment);
    return std::nullopt;
  };
  return replace(text, of_letter, braced_value);
}

std::string expand_identification(std::string_view text, const SessionFacts& facts) {
  if (text.find('%') == std::string_view::npos) return std::string(text);
  const auto legal = [](std::string value) {
    std::ranges::replace_if(value, [](char c) { return c <= ' ' || c > '~' || c == '-'; }, '_');
    return value;
  };
  const auto of_letter = [&](char letter) -> std::optional<std::string> {
    if (letter == 'L') return legal(facts.local_address);
    if (letter == 'V') return legal(host_name());
    if (letter == 'v') return legal(facts.server_name);
    return std::nullopt;
  };
  const auto of_name = [&](const std::string& name) -> std::optional<std::string> {
    if (name != "version") return std::nullopt;
    return legal(std::string(project_version()));
  };
  constexpr std::size_t kLongest = 255 - 2;  // RFC 4253 section 4.2, without CR LF
  return replace(text, of_letter, of_name).substr(0, kLongest);
}

}  // namespace ssh2core::tools
