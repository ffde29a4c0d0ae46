// The directives about what a user sees of the machine.
#include <fmt/format.h>

#include "tools/sftpd-lite/directives/setters.h"
#include "tools/sftpd-lite/directives/words.h"
#include "tools/sftpd-lite/log/event_log.h"

namespace ssh2core::tools {

namespace {

/// Reads DIR [GROUPS]; all terms about groups must hold, as in ProFTPD.
Complaint add_path(Words words, bool may_be_relative, const Options& options,
                   std::vector<GroupPath>& to) {
  if (words.empty() || words[0].empty()) return "wants a directory, and groups if not for all";
  GroupPath made{.path = words[0], .section = options.section};
  const bool absolute = words[0].starts_with('/') || words[0].starts_with('~');
  const Account somebody{"user", "/home/user", 1, 1};
  std::string why;
  if (!expand_root(absolute || !may_be_relative ? words[0] : "/" + words[0], somebody, why))
    return fmt::format("'{}': {}", printable(words[0]), why);
  if (words.size() > 1) {
    auto groups = Expression::parse(words.subspan(1), Expression::Join::And);
    if (auto* complaint = std::get_if<std::string>(&groups)) return *complaint;
    made.groups = std::get<Expression>(std::move(groups));
  }
  to.push_back(std::move(made));
  return {};
}

}  // namespace

Complaint set_default_root(Words words, Options& options) {
  if (words.size() != 1 || !equal_without_case(words[0], "none"))
    return add_path(words, false, options, options.roots.roots);
  options.roots.roots.push_back({.path = "", .section = options.section});
  return {};
}

Complaint set_default_chdir(Words words, Options& options) {
  return add_path(words, true, options, options.roots.starts);
}

Complaint set_sandbox(Words words, Options& options) {
  const auto mode = words.size() == 1 ? parse_sandbox_mode(words[0]) : std::nullopt;
  if (!mode) return "wants off, auto or require";
  options.sandbox = *mode;
  return {};
}

}  // namespace ssh2core::tools
