// Sorts what stands in a host's part of a configuration: settings, conditions, rules of access, and
// what has to be said about the rest. Not for users of configuration.h.
#pragma once

#include "tools/sftpd-lite/configuration/configuration.h"
#include "tools/sftpd-lite/directives/directives.h"

namespace ssh2core::tools {

class HostPlanner {
 public:
  HostPlanner(HostPlan& host, std::vector<config::Problem>& problems)
      : host_(host), problems_(problems) {}
  /// Everything that stands in <Global>, or in the server config itself.
  void plan(const std::vector<config::Statement>& statements);
  /// Everything that stands in <VirtualHost>: nothing of the program.
  void plan_virtual_host(const std::vector<config::Statement>& statements);
  /// Of the server config, for another host: what is set once for the program.
  void plan_program(const std::vector<config::Statement>& statements);

 private:
  void plan_section(const config::Statement& section);
  void plan_directive(const config::Statement& directive);
  void plan_condition(const config::Statement& section, Condition::Asks asks);
  void plan_limit(const config::Statement& section);
  void plan_directory(const config::Statement& section);
  /// Puts a setting where what is being planned belongs.
  void add(Setting setting);
  void complain(const config::Statement& at, std::string what, bool fatal = true) {
    problems_.push_back({at.place, std::move(what), fatal});
  }

  HostPlan& host_;
  std::vector<config::Problem>& problems_;
  std::vector<Condition> conditions_;  // around what is being planned
  bool in_virtual_host_ = false;       // likewise
  std::string directory_;              // path of the <Directory>, likewise
};

/// Reads a <Class NAME> section.
void plan_class(const config::Statement& section, std::vector<AddressClass>& classes,
                std::vector<config::Problem>& problems);
/// Reads a <Limit LOGIN> section.
AccessRules read_access(const config::Statement& section, std::vector<config::Problem>& problems);
/// Reads the same of a <Limit> of requests, which may have IgnoreHidden as well.
CommandLimit read_limit(const config::Statement& section, std::vector<config::Problem>& problems);
/// Complains of directives that nobody knows, in a part that is left out otherwise.
void check_names(const std::vector<config::Statement>& statements,
                 std::vector<config::Problem>& problems);

}  // namespace ssh2core::tools
