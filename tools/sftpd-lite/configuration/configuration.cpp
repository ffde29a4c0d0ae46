#include "tools/sftpd-lite/configuration/configuration.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/words.h"
#include "tools/sftpd-lite/configuration/configuration_files.h"
#include "tools/sftpd-lite/configuration/host_planner.h"
#include "tools/sftpd-lite/directives/directives.h"
#include "tools/sftpd-lite/log/event_log.h"

namespace ssh2core::tools {

namespace {

using config::Problem;
using config::Statement;

bool is(const Statement& statement, std::string_view name) {
  return config::same_name(statement.words[0], name);
}

/// What the statements say last of NAME on|off; nullopt when they do not.
std::optional<bool> last_switch(const std::vector<Statement>& statements, std::string_view name) {
  std::optional<bool> found;
  for (const Statement& one : statements)
    if (!one.section && is(one, name) && one.words.size() > 1)
      found = config::same_name(one.words[1], "on");
  return found;
}

bool says_sftp(const std::vector<Statement>& statements) {
  return std::ranges::any_of(statements, [](const Statement& one) {
    return config::same_name(std::string_view(one.words[0]).substr(0, 4), "SFTP") ||
           (one.section && says_sftp(one.inner));
  });
}

/// `Match` blocks and sshd's own words: not this syntax.
bool is_sshd_config(const std::vector<Statement>& statements) {
  constexpr std::array<std::string_view, 12> kSshd{"Match",
                                                   "HostKey",
                                                   "AuthorizedKeysFile",
                                                   "PermitRootLogin",
                                                   "Subsystem",
                                                   "ForceCommand",
                                                   "ChrootDirectory",
                                                   "PasswordAuthentication",
                                                   "ListenAddress",
                                                   "X11Forwarding",
                                                   "UsePAM",
                                                   "PubkeyAuthentication"};
  const auto count = std::ranges::count_if(statements, [&](const Statement& one) {
    return !one.section && std::ranges::any_of(kSshd, [&](auto name) { return is(one, name); });
  });
  return count > 0 && !says_sftp(statements);
}

/// The parts of a file, each as the statements that stand in it.
struct Parts {
  std::vector<Statement> main, global;
  std::vector<const Statement*> hosts;
  std::vector<const Statement*> classes;
};

Parts divide(const std::vector<Statement>& statements) {
  Parts parts;
  for (const Statement& one : statements) {
    if (one.section && is(one, "Global"))
      parts.global.insert(parts.global.end(), one.inner.begin(), one.inner.end());
    else if (one.section && is(one, "VirtualHost"))
      parts.hosts.push_back(&one);
    else if (one.section && is(one, "Class"))
      parts.classes.push_back(&one);
    else
      parts.main.push_back(one);
  }
  return parts;
}

void complain(Configuration& made, const config::Place& place, std::string_view what,
              bool fatal = true) {
  made.problems.emplace_back();
  made.problems.back().place = place;
  made.problems.back().what = what;
  made.problems.back().fatal = fatal;
}

class Loader {
 public:
  explicit Loader(Configuration& made) : made_(made) {}
  void load(const config::Tree& tree, const std::string& path);

 private:
  void add_host(const config::Place& place, const std::vector<Statement>& own,
                std::vector<std::string> addresses);
  bool serves_sftp(const std::vector<Statement>& own) const {
    return last_switch(own, "SFTPEngine").value_or(global_engine_);
  }

  Configuration& made_;
  Parts parts_;
  std::vector<AddressClass> classes_;
  bool global_engine_ = false;
};

void Loader::add_host(const config::Place& place, const std::vector<Statement>& own,
                      std::vector<std::string> addresses) {
  const bool tls = last_switch(own, "TLSEngine")
                       .value_or(last_switch(parts_.global, "TLSEngine").value_or(false));
  if (tls)
    complain(made_, place,
             "SFTPEngine and TLSEngine are both on in one host: give each a host of its own");
  HostPlan host{place, std::move(addresses), {}, 0, {}};
  host.rules.classes = classes_;
  HostPlanner planner(host, made_.problems);
  // What concerns the whole program stands in the server config.
  const bool is_virtual = !host.addresses.empty();
  if (is_virtual) planner.plan_program(parts_.main);
  planner.plan(parts_.global);
  host.own_from = host.settings.size();
  is_virtual ? planner.plan_virtual_host(own) : planner.plan(own);
  made_.hosts.push_back(std::move(host));
}

void Loader::load(const config::Tree& tree, const std::string& path) {
  parts_ = divide(tree.statements);
  for (const Statement* one : parts_.classes) plan_class(*one, classes_, made_.problems);
  global_engine_ = last_switch(parts_.global, "SFTPEngine").value_or(false);
  const bool said = global_engine_ || last_switch(parts_.main, "SFTPEngine") ||
                    std::ranges::any_of(parts_.hosts, [](const Statement* host) {
                      return last_switch(host->inner, "SFTPEngine").has_value();
                    });
  // Without the word anywhere, a file is meant for us unless it is one for FTP.
  const bool plain = !said && (parts_.hosts.empty() || says_sftp(parts_.main));
  if (serves_sftp(parts_.main) || plain)
    add_host({path, 1}, parts_.main, {});
  else
    check_names(parts_.main, made_.problems);
  for (const Statement* one : parts_.hosts) {
    std::vector<std::string> addresses(one->words.begin() + 1, one->words.end());
    if (addresses.empty())
      complain(made_, one->place, "<VirtualHost> wants at least one address");
    else if (serves_sftp(one->inner))
      add_host(one->place, one->inner, std::move(addresses));
    else
      complain(made_, one->place,
               "this host is left out: it has no `SFTPEngine on`, and FTP "
               "is not served",
               false);
  }
  if (made_.hosts.empty())
    complain(made_, {path, 1}, "no host serves SFTP: put `SFTPEngine on` into the one that is to");
}

}  // namespace

Configuration load_configuration(const std::string& path, const std::set<std::string>& defines) {
  Configuration made;
  config::Tree tree = config::parse_file(path, real_sources(defines));
  made.problems = std::move(tree.problems);
  if (is_sshd_config(tree.statements)) {
    made.problems.clear();
    complain(made, {path, 1},
             "this is a configuration of OpenSSH's sshd, not of ProFTPD: write its settings by "
             "ProFTPD's names (docs/configuration.md)");
    return made;
  }
  // What could not be read would only give more complaints.
  if (!tree.statements.empty() || made.problems.empty()) Loader(made).load(tree, path);
  return made;
}

bool ConditionalSettings::before_login() const {
  return std::ranges::all_of(conditions, &Condition::before_login);
}

bool ConditionalSettings::hold(const Visitor& visitor) const {
  return std::ranges::all_of(conditions, [&](const auto& one) { return one.holds(visitor); });
}

bool HostRules::allows(const Visitor& visitor) const {
  return std::ranges::all_of(access, [&](const auto& one) { return one.allows(visitor); });
}

namespace {

DirectoryRules& rules_of(const std::string& directory, Options& options) {
  auto& all = options.files.directories;
  const auto at = std::ranges::find(all, directory, &DirectoryRules::path);
  return at != all.end() ? *at : all.emplace_back(DirectoryRules{directory, {}, {}});
}

/// Sets a directive for a directory only.
Complaint apply_there(const Directive& directive, const Setting& setting, Options& options) {
  FilePolicy& policy = rules_of(setting.directory, options).policy;
  Options alone;
  alone.files.policy = policy;
  Complaint complaint = directive.apply(Words(setting.words).subspan(1), alone);
  policy = alone.files.policy;
  for (std::string& warning : alone.warnings) options.warnings.push_back(std::move(warning));
  return complaint;
}

void apply(std::span<const Setting> settings, Options& options, std::vector<Problem>& problems) {
  for (const Setting& one : settings) {
    if (one.limit) {
      auto& limits =
          one.directory.empty() ? options.files.limits : rules_of(one.directory, options).limits;
      limits.push_back(one.limit);
      continue;
    }
    const Directive* directive = find_directive_name(one.words[0]);
    const std::size_t warned = options.warnings.size();
    const Complaint complaint = one.directory.empty()
                                    ? directive->apply(Words(one.words).subspan(1), options)
                                    : apply_there(*directive, one, options);
    const auto say = [&](const std::string& text, bool fatal) {
      problems.push_back({one.place, fmt::format("{}: {}", directive->name, text), fatal});
    };
    for (std::size_t i = warned; i < options.warnings.size(); ++i) say(options.warnings[i], false);
    options.warnings.resize(warned);
    if (complaint) say(*complaint, true);
  }
}

}  // namespace

Options options_of(const HostPlan& host, Options base, std::vector<Problem>& problems) {
  const std::span all(host.settings);
  apply(all.first(host.own_from), base, problems);
  ++base.section;
  apply(all.subspan(host.own_from), base, problems);
  for (const std::string& address : host.addresses) base.default_addresses.push_back(address);
  for (const ConditionalSettings& block : host.rules.blocks) {
    Options tried = base;
    ++tried.section;
    apply(block.settings, tried, problems);
  }
  base.rules = std::make_shared<const HostRules>(host.rules);
  return base;
}

bool apply_blocks(const HostRules& rules, const Visitor& visitor, bool after_login,
                  Options& options) {
  bool any = false;
  std::vector<Problem> known;  // told at the start
  for (const ConditionalSettings& block : rules.blocks) {
    if (block.before_login() == after_login || !block.hold(visitor)) continue;
    ++options.section;
    apply(block.settings, options, known);
    any = true;
  }
  return any;
}

}  // namespace ssh2core::tools
