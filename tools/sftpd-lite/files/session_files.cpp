#include "tools/sftpd-lite/files/session_files.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "libssh2core/io/posix_file_system.h"
#include "tools/sftpd-lite/files/file_rules.h"
#include "tools/sftpd-lite/log/event_log.h"
#include "tools/sftpd-lite/login/create_home.h"

namespace ssh2core::tools {

namespace {

bool is_root() { return geteuid() == 0; }

/// The account that the session runs as; nullopt, with `why`, when there is none.
std::optional<Account> account_of(const Service& service, const std::string& user,
                                  std::string& why) {
  std::optional<Account> account = service.caller;
  const Options& o = service.options;
  if (!is_root()) {
    const auto listed = service.accounts->find(user);
    if (listed && listed->groups) account->home = listed->home;  // of AuthUserFile
    account->name = user;
    return account;
  }
  account = service.all_run_as ? std::nullopt : service.accounts->find(user);
  if (!account) account = service.run_as;
  if (account && (account->uid != 0 || o.root_login)) return account;
  why = fmt::format("{} may not log in: sessions never run as root", printable(user));
  return std::nullopt;
}

/// Makes the user's home, when it is an account of its own and has none.
std::string make_home(const Service& service, const Options& o, const std::string& user,
                      const Account& account,
                      const std::function<void(LogLevel, const std::string&)>& told) {
  if (!o.homes.create) return {};
  const auto own = service.all_run_as ? std::nullopt : service.accounts->find(user);
  if (!own || (!is_root() && !own->groups)) return {};
  return create_home(o.homes, account,
                     [&](const std::string& text) { told(LogLevel::Warning, text); });
}

/// Makes the directory this process's root; everything else of the machine is out of its sight.
std::string change_root(const std::string& path) {
  if (chdir(path.c_str()) == 0 && chroot(path.c_str()) == 0 && chdir("/") == 0) return {};
  return fmt::format("--chroot {}: {}", path, strerror(errno));
}

std::unique_ptr<sftp::FileSystem> open_root(const SessionRoot& place, const Options& o,
                                            FileRules& rules,
                                            const std::function<void(const std::string&)>& refused,
                                            std::string& why) {
  io::PosixFileSystemOptions options;
  options.root = place.chroot ? "/" : place.root;
  options.read_only = o.read_only;
  options.home = place.start;
  options.resolved_paths = rules.need_resolved_paths();
  const auto open = [&] {
    return rules.around(io::make_posix_file_system(options), place.root, refused);
  };
  try {
    return open();
  } catch (const std::system_error&) {
    options.home = "/";  // a home that cannot be entered is no reason to refuse the session
  }
  try {
    return open();
  } catch (const std::system_error& e) {
    why = e.what();
    return nullptr;
  }
}

}  // namespace

std::string enter_sandbox(const Options& options, const Sandbox& sandbox, const SandboxScope& scope,
                          const std::function<void(LogLevel, const std::string&)>& told) {
  if (options.sandbox == SandboxMode::Off) return {};
  const SandboxState state = sandbox.enter(scope);
  const bool refused = options.sandbox == SandboxMode::Require && !state.complete();
  told(refused ? LogLevel::Error : LogLevel::Debug, "sandbox " + state.text());
  return refused ? "--sandbox=require cannot be had: " + state.text() : "";
}

namespace {

void check_quota(const Options& o, std::vector<Finding>& findings) {
  const QuotaSettings& quota = o.files.quota;
  struct stat info{};
  if (quota.directory.empty()) {
    if (quota.bytes != 0 || quota.files != 0)
      findings.push_back({true, std::string(kNoQuotaDirectory)});
  } else if (stat(quota.directory.c_str(), &info) != 0) {
    findings.push_back({true, fmt::format("QuotaDirectory {}: {}; create it",
                                          printable(quota.directory), strerror(errno))});
  } else if (!S_ISDIR(info.st_mode)) {
    findings.push_back(
        {true, fmt::format("QuotaDirectory {}: is not a directory", printable(quota.directory))});
  } else if ((info.st_mode & S_IWOTH) != 0) {
    findings.push_back({true, fmt::format("QuotaDirectory {}: others could change what is counted; "
                                          "chmod o-w",
                                          printable(quota.directory))});
  }
}

}  // namespace

void check_session_files(const Service& service, std::vector<Finding>& findings) {
  const Options& o = service.options;
  const RootSettings& roots = o.roots;
  if (!roots.chroot.empty() && !is_root())
    findings.push_back(
        {true, "--chroot works only when started as root; --root confines without rights"});
  if (!roots.chroot.empty() && !roots.roots.empty())
    findings.push_back({true, "--chroot and DefaultRoot exclude each other: leave one out"});
  check_quota(o, findings);
  // What depends on the user is found out with the user.
  for (const GroupPath& one : roots.roots) {
    if (one.path.empty() || one.path.find_first_of("%~") != std::string::npos) continue;
    std::string why;
    if (!session_root({.roots = {{one.path, {}}}}, "/", service.caller, {}, why))
      findings.push_back({false, why});
  }
  if (o.sandbox != SandboxMode::Require) return;
  const SandboxState state = service.sandbox->available(
      {roots.roots.empty() ? service.root : "/nowhere", o.read_only, !roots.chroot.empty()});
  if (!state.complete())
    findings.push_back({true, "--sandbox=require cannot be had here: " + state.text()});
}

SessionFiles open_files(const Service& service, const Options& o, const Visitor& visitor,
                        const std::function<void(LogLevel, const std::string&)>& told,
                        const std::function<void(const std::string&)>& refused, std::string& why) {
  const std::string& user = *visitor.user;
  auto account = account_of(service, user, why);
  if (!account) return {};
  const auto groups =
      o.roots.ask_for_groups() ? service.accounts->groups_of(user) : std::vector<std::string>();
  if (is_root()) {
    if (!service.all_run_as && account->name == user)
      why = service.authenticator->open_session(*account, service.connection);
    if (!why.empty()) return {};
  }
  why = make_home(service, o, user, *account, told);
  if (!why.empty()) return {};
  if (is_root() && !account->groups) account->groups = group_ids(*account);
  // Who runs as another account has a root by its own name all the same.
  Account named = *account;
  named.name = user;
  const auto place = session_root(o.roots, service.root, named, groups, why);
  if (!place) return {};
  FileRules rules(o.files, session_user(visitor, *account));
  why = rules.fault();
  if (!why.empty()) return {};
  if (place->chroot) why = change_root(place->root);
  if (!why.empty()) return {};
  if (is_root())
    if (auto failure = become(*account)) return why = *failure, SessionFiles();
  if (o.umask_bits) umask(*o.umask_bits);
  const SandboxScope scope{place->chroot ? "/" : place->root, o.read_only, place->chroot};
  why = enter_sandbox(o, *service.sandbox, scope, told);
  if (!why.empty()) return {};
  return {open_root(*place, o, rules, refused, why), place->root};
}

}  // namespace ssh2core::tools
