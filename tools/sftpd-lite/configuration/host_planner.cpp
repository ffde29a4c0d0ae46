#include "tools/sftpd-lite/configuration/host_planner.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/words.h"
#include "tools/sftpd-lite/directives/other_directives.h"
#include "tools/sftpd-lite/log/event_log.h"

namespace ssh2core::tools {

namespace {

using config::Problem;
using config::same_name;
using config::Statement;

struct ConditionName {
  std::string_view name;
  Condition::Asks asks;
  Expression::Join otherwise;  // as mod_ifsession has it
};
constexpr std::array kConditions{
    ConditionName{"IfClass", Condition::Asks::Class, Expression::Join::Or},
    ConditionName{"IfUser", Condition::Asks::User, Expression::Join::Or},
    ConditionName{"IfGroup", Condition::Asks::Group, Expression::Join::And},
    ConditionName{"IfAuthenticated", Condition::Asks::Login, Expression::Join::Or}};

std::string unknown(const std::string& name) {
  return fmt::format("no directive is called '{}'; the nearest is {}", printable(name),
                     nearest_directive(name));
}

std::string_view why_not(Stage stage) {
  switch (stage) {
    case Stage::Program:
      return "it is set once for the program, outside of all sections";
    case Stage::Host:
      return "it is set for a whole host";
    case Stage::Connection:
      return "it is needed before the login, when only the address is known";
    case Stage::Login:
      break;
  }
  return "";
}

}  // namespace

void HostPlanner::plan(const std::vector<Statement>& statements) {
  for (const Statement& one : statements) one.section ? plan_section(one) : plan_directive(one);
}

void HostPlanner::plan_virtual_host(const std::vector<Statement>& statements) {
  in_virtual_host_ = true;
  plan(statements);
  in_virtual_host_ = false;
}

void HostPlanner::plan_program(const std::vector<Statement>& statements) {
  for (const Statement& one : statements) {
    const Directive* directive = one.section ? nullptr : find_directive_name(one.words[0]);
    if (directive != nullptr && directive->stage == Stage::Program)
      host_.settings.push_back({one.place, one.words});
  }
}

void HostPlanner::plan_directive(const Statement& directive) {
  const std::string& name = directive.words[0];
  const Directive* known = find_directive_name(name);
  if (known == nullptr) {
    const OtherDirective* other = find_other(name);
    if (other == nullptr) return complain(directive, unknown(name));
    if (const auto remark = remark_on(*other, Words(directive.words).subspan(1)))
      complain(directive, fmt::format("{} {}", printable(name), remark->text), remark->fatal);
    return;
  }
  if (conditions_.empty()) {
    if (known->stage == Stage::Program && in_virtual_host_)
      return complain(directive, fmt::format("{} cannot stand in <VirtualHost>: {}", known->name,
                                             why_not(known->stage)));
    return host_.settings.push_back({directive.place, directive.words});
  }
  const bool early = std::ranges::all_of(conditions_, &Condition::before_login);
  if (known->stage != Stage::Login && !(early && known->stage == Stage::Connection))
    return complain(directive, fmt::format("{} cannot stand in such a section: {}", known->name,
                                           why_not(known->stage)));
  host_.rules.blocks.back().settings.push_back({directive.place, directive.words});
}

void HostPlanner::plan_section(const Statement& section) {
  const std::string& name = section.words[0];
  for (const ConditionName& one : kConditions)
    if (same_name(one.name, name)) return plan_condition(section, one.asks);
  if (same_name(name, "Limit")) return plan_limit(section);
  if (same_name(name, "Directory")) {
    check_names(section.inner, problems_);
    return complain(section,
                    "<Directory> is not built yet: rules about files come with a later version");
  }
  if (same_name(name, "Anonymous"))
    return complain(
        section, "<Anonymous> is about FTP and has no effect: SFTP has no anonymous login", false);
  for (const std::string_view top : {"Global", "VirtualHost", "Class"})
    if (same_name(name, top))
      return complain(section, fmt::format("<{}> cannot stand in another section", top));
  complain(section, fmt::format("no section is called <{}>", printable(name)));
}

void HostPlanner::plan_condition(const Statement& section, Condition::Asks asks) {
  const auto kind = std::ranges::find(kConditions, asks, &ConditionName::asks);
  Condition condition{asks, {}};
  if (asks != Condition::Asks::Login) {
    auto read = Expression::parse(Words(section.words).subspan(1), kind->otherwise);
    if (const auto* why = std::get_if<std::string>(&read))
      return complain(section, fmt::format("<{}>: {}", kind->name, *why));
    condition.expression = std::get<Expression>(std::move(read));
  }
  conditions_.push_back(std::move(condition));
  host_.rules.blocks.push_back({conditions_, {}});
  for (const Statement& one : section.inner) {
    one.section ? plan_section(one) : plan_directive(one);
    // What comes behind an inner section belongs to this one again.
    if (one.section) host_.rules.blocks.push_back({conditions_, {}});
  }
  conditions_.pop_back();
}

void HostPlanner::plan_limit(const Statement& section) {
  const bool login = section.words.size() == 2 && same_name(section.words[1], "LOGIN");
  if (login && conditions_.empty()) {
    host_.rules.access.push_back(read_access(section, problems_));
    return;
  }
  if (login)
    return complain(section,
                    "<Limit LOGIN> cannot stand in such a section: name users, groups or "
                    "classes in it with AllowUser, DenyGroup and the like");
  if (section.words.size() < 2) return complain(section, "<Limit> wants at least one command");
  complain(section,
           "<Limit> of requests is not built yet: only <Limit LOGIN> is; --read-only "
           "forbids all changes");
}

void check_names(const std::vector<Statement>& statements, std::vector<Problem>& problems) {
  for (const Statement& one : statements) {
    if (one.section) continue;  // sections of FTP know directives of their own
    if (find_directive_name(one.words[0]) == nullptr && find_other(one.words[0]) == nullptr)
      problems.push_back({one.place, unknown(one.words[0])});
  }
}

}  // namespace ssh2core::tools
