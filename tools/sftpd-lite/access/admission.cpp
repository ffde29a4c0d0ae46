#include "tools/sftpd-lite/access/admission.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "tools/sftpd-lite/access/ftpusers.h"
#include "tools/sftpd-lite/configuration/configuration.h"
#include "tools/sftpd-lite/log/event_log.h"

namespace ssh2core::tools {

namespace {

/// False when it is an account whose shell /etc/shells does not list. That is read for every name.
bool has_valid_shell(const Accounts& accounts, const std::string& user) {
  const auto account = accounts.find(user);
  bool listed = false;
  setusershell();
  while (const char* one = getusershell()) listed |= account && account->shell == one;
  endusershell();
  return listed || !account;
}

}  // namespace

Admission::Admission(const Options& options, const Accounts& accounts, Scoreboard* board,
                     std::size_t host, std::string address,
                     std::function<void(const std::string&)> told)
    : options_(options), accounts_(accounts), board_(board), host_(host), told_(std::move(told)) {
  visitor_.address = std::move(address);
  if (options.rules) visitor_.class_name = class_of(options.rules->classes, visitor_.address);
}

Visitor Admission::as(const std::string& user) const {
  Visitor visitor = visitor_;
  visitor.user = user;
  if (options_.rules) visitor.groups = accounts_.groups_of(user);
  return visitor;
}

Visitor Admission::visitor(const std::string& user) const {
  Visitor visitor = as(user);
  if (!options_.rules && options_.files.any()) visitor.groups = accounts_.groups_of(user);
  return visitor;
}

Options Admission::options_for(const std::string& user) const { return options_for(as(user)); }

Options Admission::options_for(const Visitor& visitor) const {
  Options options = options_;
  if (options_.rules) apply_blocks(*options_.rules, visitor, true, options);
  return options;
}

std::string Admission::count_refusal(const Options& options, const Visitor& visitor) const {
  if (board_ == nullptr) return {};
  std::size_t clients = 0, of_user = 0, of_class = 0;
  std::set<std::string> hosts{visitor.address};
  for (const BoardEntry& one : board_->entries()) {
    if (one.host != host_ || one.pid == getpid()) continue;
    ++clients;
    if (one.class_name == visitor.class_name) ++of_class;
    if (one.user != visitor.user->substr(0, Scoreboard::kMostText)) continue;
    ++of_user;
    hosts.insert(one.address);
  }
  const auto full = [](std::size_t limit, std::size_t count) {
    return limit != 0 && count >= limit;
  };
  if (full(options.max_clients, clients)) return "MaxClients is reached";
  if (full(options.max_clients_per_user, of_user)) return "MaxClientsPerUser is reached";
  if (options.max_hosts_per_user != 0 && hosts.size() > options.max_hosts_per_user)
    return "MaxHostsPerUser is reached";
  for (const auto& [name, limit] : options.max_clients_per_class)
    if (name == visitor.class_name && full(limit, of_class)) return "MaxClientsPerClass is reached";
  return {};
}

std::string Admission::refusal(const std::string& user, const Options& options,
                               const Visitor& visitor) const {
  // All are asked, whatever the first says.
  const bool limited = options_.rules && !options_.rules->allows(visitor);
  std::string by_file = options.use_ftpusers ? ftpusers_refusal(kFtpUsers, user) : std::string();
  const bool shell_good = !options.require_valid_shell || has_valid_shell(accounts_, user);
  if (limited) return "<Limit LOGIN> does not allow it";
  if (!by_file.empty()) return by_file;
  if (!shell_good) return "/etc/shells does not list the user's shell (RequireValidShell)";
  return {};
}

bool Admission::may(const std::string& user) const {
  const Visitor visitor = as(user);
  const std::string why = refusal(user, options_for(visitor), visitor);
  if (!why.empty())
    told_(fmt::format("login refused user={} peer={} reason=\"{}\"", printable(user),
                      visitor_.address, why));
  return why.empty();
}

std::string Admission::enter(const std::string& user) const {
  const Visitor visitor = as(user);
  if (board_ != nullptr &&
      !board_->enter({getpid(), host_, user, visitor.address, visitor.class_name}))
    return "too many sessions";
  const Options options = options_for(visitor);
  std::string why = refusal(user, options, visitor);
  if (why.empty()) why = count_refusal(options, visitor);
  if (!why.empty() && board_ != nullptr) board_->leave(getpid());
  return why;
}

}  // namespace ssh2core::tools
