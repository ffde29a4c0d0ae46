#include "tools/sftpd-lite/configuration/host_planner.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/words.h"
#include "tools/sftpd-lite/directives/other_directives.h"
#include "tools/sftpd-lite/directives/words.h"
#include "tools/sftpd-lite/files/limit_commands.h"
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
    case Stage::Directory:
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
  if (!directory_.empty()) {
    if (known->stage != Stage::Directory)
      return complain(directive, fmt::format("{} cannot stand in <Directory>: it is not about a "
                                             "single directory",
                                             known->name));
    return add({directive.place, directive.words, directory_});
  }
  if (conditions_.empty()) {
    if (known->stage == Stage::Program && in_virtual_host_)
      return complain(directive, fmt::format("{} cannot stand in <VirtualHost>: {}", known->name,
                                             why_not(known->stage)));
    return host_.settings.push_back({directive.place, directive.words});
  }
  const bool early = std::ranges::all_of(conditions_, &Condition::before_login);
  if (known->stage < Stage::Login && !(early && known->stage == Stage::Connection))
    return complain(directive, fmt::format("{} cannot stand in such a section: {}", known->name,
                                           why_not(known->stage)));
  host_.rules.blocks.back().settings.push_back({directive.place, directive.words});
}

void HostPlanner::plan_section(const Statement& section) {
  const std::string& name = section.words[0];
  if (same_name(name, "Limit")) return plan_limit(section);
  if (!directory_.empty())
    return complain(section, fmt::format("<{}> cannot stand in <Directory>", printable(name)));
  for (const ConditionName& one : kConditions)
    if (same_name(one.name, name)) return plan_condition(section, one.asks);
  if (same_name(name, "Directory")) return plan_directory(section);
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

void HostPlanner::add(Setting setting) {
  auto& settings = conditions_.empty() ? host_.settings : host_.rules.blocks.back().settings;
  settings.push_back(std::move(setting));
}

void HostPlanner::plan_directory(const Statement& section) {
  if (section.words.size() != 2) return complain(section, "<Directory> wants one path");
  const std::string& path = section.words[1];
  if (path.find_first_of("/~*") != 0)
    return complain(section,
                    fmt::format("<Directory {}> wants a path from / or ~", printable(path)));
  directory_ = path;
  plan(section.inner);
  directory_.clear();
}

void HostPlanner::plan_limit(const Statement& section) {
  if (section.words.size() < 2) return complain(section, "<Limit> wants at least one command");
  std::vector<std::string> commands;
  bool login = false;
  for (const std::string& word : Words(section.words).subspan(1)) {
    std::string upper = word;
    std::ranges::transform(upper, upper.begin(), [](char c) {
      return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    if (upper == "LOGIN") {
      login = true;
      continue;
    }
    const LimitWord kind = judge_limit_word(upper);
    if (kind == LimitWord::Unknown)
      complain(section, fmt::format("<Limit {}>: no command is called so; the nearest is {}",
                                    printable(word), nearest_name(upper, limit_words())));
    else if (kind == LimitWord::FtpOnly)
      complain(section,
               fmt::format("<Limit {}> has no effect: no request of SFTP stands for it",
                           printable(word)),
               false);
    commands.push_back(std::move(upper));
  }
  if (login && (!conditions_.empty() || !directory_.empty()))
    return complain(section,
                    "<Limit LOGIN> cannot stand in such a section: name users, groups or "
                    "classes in it with AllowUser, DenyGroup and the like");
  if (login) host_.rules.access.push_back(read_access(section, problems_));
  if (commands.empty()) return;
  auto limit = std::make_shared<CommandLimit>(read_limit(section, problems_));
  limit->commands = std::move(commands);
  add({section.place, {}, directory_, std::move(limit)});
}

void check_names(const std::vector<Statement>& statements, std::vector<Problem>& problems) {
  for (const Statement& one : statements) {
    if (one.section) continue;  // sections of FTP know directives of their own
    if (find_directive_name(one.words[0]) == nullptr && find_other(one.words[0]) == nullptr)
      problems.push_back({one.place, unknown(one.words[0])});
  }
}

}  // namespace ssh2core::tools
