#include "tools/sftpd-lite/login/credentials.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "libssh2core/crypto/system_random.h"
#include "tools/sftpd-lite/access/ftpusers.h"
#include "tools/sftpd-lite/configuration/configuration.h"
#include "tools/sftpd-lite/host_keys/host_certificates.h"
#include "tools/sftpd-lite/login/pam.h"
#include "tools/sftpd-lite/login/shadow.h"
#include "tools/sftpd-lite/login/trusted_file.h"

namespace ssh2core::tools {

namespace {

constexpr std::size_t kMostPasswordFile = std::size_t{16} << 20;
const MayOwn kNobodyElse = [](uid_t) { return false; };

/// A word nobody guesses: 20 letters of an alphabet without look-alikes, 98 bits.
Secret random_password() {
  constexpr std::string_view kAlphabet = "abcdefghjkmnpqrstuvwxyz23456789_";
  static_assert(kAlphabet.size() == 32, "a power of two: every letter is as likely");
  Secret password(std::size_t{20});
  SystemRandom random;
  random.fill(password.mutable_view());
  for (std::uint8_t& byte : password.mutable_view())
    byte = static_cast<std::uint8_t>(kAlphabet[byte % kAlphabet.size()]);
  return password;
}

/// The password file as the options name it; nullopt when there is none or it will not do.
std::optional<keys::PasswordFile> load_passwords(const Options& options,
                                                 std::vector<Finding>& findings) {
  if (options.password_file.empty()) return std::nullopt;
  const auto read =
      read_trusted_file(options.password_file, kMostPasswordFile, kNobodyElse, "--password-file");
  if (const auto* error = std::get_if<FileError>(&read)) {
    findings.push_back({true, error->what});
    return std::nullopt;
  }
  auto parsed = keys::PasswordFile::parse(std::get<FileContent>(read).text());
  if (const auto* error = std::get_if<keys::PasswordFileError>(&parsed)) {
    findings.push_back(
        {true, fmt::format("{}:{}: {}", options.password_file, error->line, error->what)});
    return std::nullopt;
  }
  return std::get<keys::PasswordFile>(std::move(parsed));
}

/// What PAM and /etc/shadow are asked for. By themselves with a configuration, as ProFTPD has it,
/// or when something asks for them; only root can.
void choose_system_passwords(const Service& service, AuthenticatorSettings& settings,
                             std::vector<Finding>& findings) {
  const Options& o = service.options;
  const bool root = geteuid() == 0;
  const bool system = service.accounts->uses(AccountSource::System);
  const bool in_order = o.accounts.order && service.accounts->uses(AccountSource::Pam);
  const bool in_chains = std::ranges::any_of(o.auth_chains, [](const NameList& chain) {
    return std::ranges::find(chain, "keyboard-interactive:pam") != chain.end();
  });
  const bool asked =
      o.pam.passwords.value_or(false) || o.pam.dialogues.value_or(false) || in_order || in_chains;
  const auto say = [&](bool fatal, std::string_view what) {
    findings.push_back({fatal, std::string(what)});
  };
  settings.check_accounts = root && !service.all_run_as;
  if (asked && !pam_is_built())
    say(true,
        "PAM is asked for, and this program was built without it: build it with libpam0g-dev");
  else if (asked && !root)
    say(in_chains,
        "PAM is asked only when started as root: accounts of the system have no passwords");
  else if (asked && !system)
    say(true, "AuthOrder: PAM checks the system's accounts: add mod_auth_unix.c");
  if (!root || !system || service.all_run_as) return;
  const bool usual = in_order || (!o.config.empty() && !o.accounts.order);
  if (pam_is_built()) {
    settings.pam.settings = o.pam;
    settings.pam.empty_passwords = o.allow_empty_passwords;
    settings.pam.passwords =
        o.pam.passwords.value_or(usual || o.pam.dialogues.value_or(false) || in_chains);
    settings.pam.dialogues =
        o.pam.dialogues.value_or(usual || o.pam.passwords.value_or(false) || in_chains);
  }
  settings.shadow_passwords = !settings.pam.passwords && (o.accounts.order || !o.config.empty());
  if (settings.pam.any()) settings.pam.decoy = shadow_decoy();
}

/// Who may log in when no --user says so: the users of the password file; without root the caller;
/// as root the accounts that have lists of keys of their own, root never.
std::function<bool(const std::string&)> known_users(const Service& service,
                                                    const AuthenticatorSettings& settings) {
  std::vector<std::string> names;
  if (service.password_file)
    for (const auto& entry : service.password_file->entries()) names.push_back(entry.user);
  const bool root = geteuid() == 0;
  const auto accounts = service.accounts;
  if (!root && accounts->uses(AccountSource::System)) names.push_back(service.caller.name);
  const bool everyone = service.all_run_as;
  const bool own_lists = root && (std::ranges::any_of(settings.key_files, depends_on_user) ||
                                  !settings.keys.trusted_cas.empty());
  const bool passwords = settings.pam.any() || settings.shadow_passwords;
  const bool root_too = service.options.root_login;
  return [=](const std::string& user) {
    // Everything is looked up for every name.
    const bool named = std::ranges::find(names, user) != names.end();
    const bool listed = accounts->is_listed(user);
    const auto account = accounts->find(user);
    if (named || (listed && !root)) return true;
    if (!listed && !everyone && !own_lists && !passwords) return false;
    return account ? account->uid != 0 || root_too : everyone;
  };
}

/// As root, a list of keys that is the same for all users opens every account it is asked for,
/// unless --user names them or all sessions run as one account.
void check_shared_lists(Service& service, std::vector<Finding>& findings) {
  const Options& o = service.options;
  if (geteuid() != 0 || !o.users.empty()) return;
  const auto shared = std::ranges::find_if_not(o.authorized_keys, depends_on_user);
  if (shared == o.authorized_keys.end()) return;
  const bool own_lists = std::ranges::any_of(o.authorized_keys, depends_on_user);
  service.all_run_as =
      o.run_as && !own_lists && o.password_file.empty() && o.accounts.users.path.empty();
  if (!service.all_run_as)
    findings.push_back(
        {true, fmt::format("--authorized-keys {}: is the same for all users; as root "
                           "name those whom it lets in with --user",
                           *shared)});
}

/// The secrets of one-time passwords; nullopt when there are none or they will not do.
std::optional<keys::TotpFile> load_totp(const Options& options, std::vector<Finding>& findings) {
  if (options.totp_file.empty()) return std::nullopt;
  const std::string& path = options.totp_file;
  const auto read = read_trusted_file(path, kMostPasswordFile, kNobodyElse, "SFTPTOTPFile");
  if (const auto* error = std::get_if<FileError>(&read)) {
    findings.push_back({true, error->what});
    return std::nullopt;
  }
  const auto& content = std::get<FileContent>(read);
  if ((content.mode & 077) != 0)
    findings.push_back(
        {true,
         fmt::format("SFTPTOTPFile {}: others can read it; run `chmod 0600 {}`", path, path)});
  auto parsed = keys::TotpFile::parse(content.text());
  if (const auto* error = std::get_if<keys::TotpFile::Error>(&parsed)) {
    findings.push_back({true, fmt::format("{}:{}: {}", path, error->line, error->what)});
    return std::nullopt;
  }
  return std::get<keys::TotpFile>(std::move(parsed));
}

/// A chain that nobody can pass is a mistake: keys need a list; passwords a file, or neither, when
/// one is made up for the run; codes their secrets.
void check_methods(const Service& service, const AuthenticatorSettings& settings,
                   std::vector<Finding>& findings) {
  const Options& o = service.options;
  const bool passwords = !o.password_file.empty() || !o.accounts.users.path.empty() ||
                         o.authorized_keys.empty() || settings.pam.passwords ||
                         settings.shadow_passwords;
  const std::string_view usual = !o.totp_file.empty()     ? kTotpDriver
                                 : settings.pam.dialogues ? kPamDriver
                                                          : kPasswordDriver;
  bool totp_named = false;
  for (const NameList& chain : o.auth_chains) {
    NameList drivers;
    for (const std::string& element : chain) {
      const std::size_t colon = element.find(':');
      const std::string method = element.substr(0, colon);
      const auto needs = [&](bool there, std::string_view cure) {
        const Finding finding{true,
                              fmt::format("SFTPAuthMethods names {}: give {}", element, cure)};
        const auto same = [&](const Finding& one) { return one.text == finding.text; };
        if (!there && std::ranges::none_of(findings, same)) findings.push_back(finding);
      };
      if (method == "publickey")
        needs(!o.authorized_keys.empty() || !o.keys.trusted_cas.empty(), "--authorized-keys");
      if (method == "hostbased") needs(!o.authorized_host_keys.empty(), "SFTPAuthorizedHostKeys");
      if (method == "password") needs(passwords, "--password-file");
      if (method != "keyboard-interactive") continue;
      const std::string driver(colon == std::string::npos ? usual : element.substr(colon + 1));
      if (std::ranges::find(drivers, driver) != drivers.end())
        findings.push_back({true, fmt::format("SFTPAuthMethods {}: asks the driver {} twice",
                                              fmt::join(chain, "+"), driver)});
      drivers.push_back(driver);
      if (driver == kPasswordDriver) needs(passwords, "--password-file");
      if (driver == kPasswordDriver && std::ranges::find(chain, "password") != chain.end())
        findings.push_back(
            {true, fmt::format("SFTPAuthMethods {}: asks for the same password twice",
                               fmt::join(chain, "+"))});
      if (driver == kPamDriver)
        needs(settings.pam.dialogues, "`SFTPPAMEngine on`, as root, with PAM built in");
      if (driver == kTotpDriver) needs(!o.totp_file.empty(), "SFTPTOTPFile");
      totp_named |= driver == kTotpDriver;
    }
  }
  // Silently not asked for, the second factor would be missing without anybody noticing.
  // A class may do without, or be the only one that is asked.
  if (!o.totp_file.empty() && !totp_named && !service.is_variant)
    findings.push_back({!o.rules || o.rules->classes.empty(),
                        "SFTPTOTPFile: SFTPAuthMethods must say where codes are wanted, "
                        "password+keyboard-interactive:totp say"});
}

/// The hashes of --password-file and AuthUserFile; nullopt when there is neither.
std::optional<keys::PasswordFile> all_passwords(const Service& service) {
  if (service.options.accounts.users.path.empty() || !service.accounts->uses(AccountSource::File))
    return service.password_file;
  return service.password_file.value_or(keys::PasswordFile()).with(service.accounts->passwords());
}

/// As root something must say which accounts may log in; codes and the word of hosts do not.
void check_somebody(const Service& service, const AuthenticatorSettings& settings,
                    std::vector<Finding>& findings) {
  const Options& o = service.options;
  if (o.use_ftpusers)
    if (std::string problem = ftpusers_problem(kFtpUsers); !problem.empty())
      findings.push_back({true, std::move(problem)});
  if (geteuid() != 0 || service.all_run_as || !o.users.empty()) return;
  if (settings.passwords || settings.pam.any() || settings.shadow_passwords ||
      !o.authorized_keys.empty() || !o.keys.trusted_cas.empty() || !o.accounts.users.path.empty() ||
      !o.password_file.empty())
    return;
  const char* said = !o.totp_file.empty()              ? "SFTPTOTPFile"
                     : !o.authorized_host_keys.empty() ? "SFTPAuthorizedHostKeys"
                                                       : nullptr;
  if (said == nullptr) return;
  findings.push_back(
      {true, fmt::format("nobody can log in: as root {} does not say which accounts may; name "
                         "them with --user",
                         said)});
}

void make_one_off_password(Service& service, AuthenticatorSettings& settings) {
  const Options& o = service.options;
  settings.one_off_user = o.users.empty() ? service.caller.name : o.users.front();
  if (o.users.empty() && service.run_as) settings.one_off_user = service.run_as->name;
  settings.one_off_password = random_password();
  service.one_off_login = Secret(as_bytes(fmt::format("user {} password {}", settings.one_off_user,
                                                      as_text(settings.one_off_password.view()))));
}

}  // namespace

void load_credentials(Service& service, std::vector<Finding>& findings) {
  const Options& o = service.options;
  AuthenticatorSettings settings;
  settings.key_files = o.authorized_keys;
  service.accounts = std::make_shared<Accounts>(o.accounts);
  for (std::string& problem : service.accounts->load())
    findings.push_back({true, std::move(problem)});
  service.accounts->choose_decoy(o.users.empty() ? std::string() : o.users.front());
  settings.accounts = service.accounts;
  service.password_file = load_passwords(o, findings);
  settings.passwords = all_passwords(service);
  settings.totp = load_totp(o, findings);
  settings.used_codes = o.totp_file + ".used";
  settings.host_key_files = o.authorized_host_keys;
  settings.match_subject = o.match_key_subject;
  settings.allow_empty_passwords = o.allow_empty_passwords;
  settings.program_account = service.run_as;
  settings.users = o.users;
  settings.keys = o.keys;
  settings.touch_required = o.fido_touch_required;
  settings.verify_required = o.fido_verify_required;
  check_shared_lists(service, findings);
  choose_system_passwords(service, settings, findings);
  if (settings.shadow_passwords) {
    if (!settings.passwords) settings.passwords.emplace();
    settings.passwords->set_decoy(shadow_decoy());
  }
  settings.known_user = known_users(service, settings);
  settings.refuse_root = geteuid() == 0 && !service.all_run_as && !o.root_login;
  if (!service.gate) service.gate = std::make_shared<HashGate>(o.max_hashes);
  settings.gate = service.gate;
  settings.admission = [admission = service.admission](const std::string& user) {
    return *admission == nullptr || (*admission)->may(user);
  };
  if (o.login_timeout.count() != 0) settings.patience = o.login_timeout;
  check_methods(service, settings, findings);
  check_somebody(service, settings, findings);
  if (o.authorized_keys.empty() && o.password_file.empty() && o.accounts.users.path.empty() &&
      !settings.pam.any() && !settings.shadow_passwords && o.totp_file.empty() &&
      o.authorized_host_keys.empty() && o.keys.trusted_cas.empty()) {
    if (o.mode == Mode::Inetd)
      findings.push_back({true, "nobody could log in: give --authorized-keys or --password-file"});
    else
      make_one_off_password(service, settings);
  }
  auto authenticator = std::make_unique<FileAuthenticator>(std::move(settings));
  for (const std::string& what : authenticator->failures()) findings.push_back({true, what});
  for (const std::string& what : authenticator->warnings()) findings.push_back({false, what});
  service.authenticator = std::move(authenticator);
  check_host_keys(service, findings);
}

std::vector<std::string> refresh_accounts(Service& service) {
  if (service.accounts->changed()) {
    if (auto problems = service.accounts->load(); !problems.empty()) return problems;
    const auto& users = service.options.users;
    service.accounts->choose_decoy(users.empty() ? std::string() : users.front());
    if (auto passwords = all_passwords(service))
      service.authenticator->set_passwords(*std::move(passwords));
  }
  for (auto& [name, variant] : service.of_class)
    if (auto more = refresh_accounts(*variant); !more.empty()) return more;
  return {};
}

void forget_credentials(Service& service) {
  if (service.authenticator) service.authenticator->forget();
  if (service.accounts) service.accounts->forget();
  service.password_file.reset();
  service.one_off_login = Secret();
  for (auto& [name, variant] : service.of_class) forget_credentials(*variant);
}

}  // namespace ssh2core::tools
