// <Class> and <Limit LOGIN>: who may come in.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/words.h"
#include "tools/sftpd-lite/configuration/host_planner.h"
#include "tools/sftpd-lite/directives/values.h"
#include "tools/sftpd-lite/directives/words.h"
#include "tools/sftpd-lite/log/event_log.h"

namespace ssh2core::tools {

namespace {

using config::Problem;
using config::same_name;
using config::Statement;

/// Networks between blanks and commas; a leading `from` is skipped.
std::string read_networks(Words words, std::vector<AddressPattern>& networks) {
  if (!words.empty() && same_name(words[0], "from")) words = words.subspan(1);
  if (words.empty()) return "wants at least one address";
  for (const std::string& word : words)
    for (std::size_t begin = 0; begin < word.size();) {
      const std::size_t end = std::min(word.find(',', begin), word.size());
      if (end > begin) {
        auto network = AddressPattern::parse(std::string_view(word).substr(begin, end - begin));
        if (const auto* why = std::get_if<std::string>(&network)) return *why;
        networks.push_back(std::get<AddressPattern>(std::move(network)));
      }
      begin = end + 1;
    }
  return {};
}

std::string read_expression(Words words, Expression::Join otherwise,
                            std::vector<Expression>& expressions) {
  auto read = Expression::parse(words, otherwise);
  if (const auto* why = std::get_if<std::string>(&read)) return *why;
  expressions.push_back(std::get<Expression>(std::move(read)));
  return {};
}

std::string read_order(Words words, bool& deny_first) {
  std::string text;
  for (const std::string& word : words) text += word;
  deny_first = same_name(text, "deny,allow");
  return deny_first || same_name(text, "allow,deny") ? "" : "wants allow,deny or deny,allow";
}

/// One line of <Limit LOGIN>; why it is wrong.
std::string read_rule(const Statement& rule, AccessRules& rules) {
  const std::string& name = rule.words[0];
  const Words words = Words(rule.words).subspan(1);
  using Join = Expression::Join;
  if (same_name(name, "Order")) return read_order(words, rules.deny_first);
  for (const bool allow : {true, false}) {
    const std::string_view verb = allow ? "Allow" : "Deny";
    AccessRules::Side& side = allow ? rules.allow : rules.deny;
    if (!same_name(std::string_view(name).substr(0, verb.size()), verb)) continue;
    const std::string_view what = std::string_view(name).substr(verb.size());
    if (what.empty()) return read_networks(words, side.from);
    if (same_name(what, "All")) return side.everybody = true, "";
    if (same_name(what, "User")) return read_expression(words, Join::Or, side.users);
    if (same_name(what, "Group")) return read_expression(words, Join::And, side.groups);
    if (same_name(what, "Class")) return read_expression(words, Join::Or, side.classes);
  }
  const std::vector<std::string> names{"Order",      "Allow",      "AllowAll", "AllowUser",
                                       "AllowGroup", "AllowClass", "Deny",     "DenyAll",
                                       "DenyUser",   "DenyGroup",  "DenyClass"};
  return fmt::format("is no rule of <Limit>; the nearest is {}", nearest_name(name, names));
}

}  // namespace

namespace {

void read_rules(const Statement& section, AccessRules& rules, bool* ignore_hidden,
                std::vector<Problem>& problems) {
  for (const Statement& one : section.inner) {
    std::string why;
    if (one.section)
      why = "a section cannot stand in <Limit>";
    else if (ignore_hidden != nullptr && same_name(one.words[0], "IgnoreHidden"))
      why = set_switch(Words(one.words).subspan(1), *ignore_hidden).value_or("");
    else
      why = read_rule(one, rules);
    if (!why.empty())
      problems.push_back({one.place, fmt::format("{}: {}", printable(one.words[0]), why)});
  }
}

}  // namespace

AccessRules read_access(const Statement& section, std::vector<Problem>& problems) {
  AccessRules rules;
  read_rules(section, rules, nullptr, problems);
  return rules;
}

CommandLimit read_limit(const Statement& section, std::vector<Problem>& problems) {
  CommandLimit limit;
  limit.place = section.place.text();
  read_rules(section, limit.rules, &limit.ignore_hidden, problems);
  return limit;
}

void plan_class(const Statement& section, std::vector<AddressClass>& classes,
                std::vector<Problem>& problems) {
  const auto complain = [&](const Statement& at, const std::string& what) {
    problems.push_back({at.place, what});
  };
  if (section.words.size() != 2) return complain(section, "<Class> wants one name");
  AddressClass made;
  made.name = section.words[1];
  for (const Statement& one : section.inner) {
    const Words words = Words(one.words).subspan(1);
    std::string why;
    if (same_name(one.words[0], "From"))
      why = read_networks(words, made.from);
    else if (!same_name(one.words[0], "Satisfy"))
      why = "cannot stand in <Class>: From and Satisfy can";
    else if (words.size() == 1 && same_name(words[0], "all"))
      made.all = true;
    else if (words.size() != 1 || !same_name(words[0], "any"))
      why = "wants all or any";
    if (!why.empty()) complain(one, fmt::format("{}: {}", printable(one.words[0]), why));
  }
  if (made.from.empty()) complain(section, "<Class> wants a `From` with an address");
  classes.push_back(std::move(made));
}

}  // namespace ssh2core::tools
