#include "tools/sftpd-lite/directives/directives.h"

#include <fmt/format.h>

#include <array>

#include "tools/sftpd-lite/directives/other_directives.h"
#include "tools/sftpd-lite/directives/setters.h"
#include "tools/sftpd-lite/directives/words.h"
#include "tools/sftpd-lite/log/event_log.h"

namespace ssh2core::tools {

namespace {

constexpr auto kDirectives = std::to_array<Directive>({
    {"AllowEmptyPasswords", "on|off", "Whether an empty password can be the right one; on",
     Reach::Ssh, "", set_allow_empty_passwords},
    {"AllowFilter", "REGEX|none", "Paths that clients may write in requests: those that fit",
     Reach::Everywhere, "", set_allow_filter, Stage::Login},
    {"AllowFrom", "NETWORK...|none",
     "Clients that may connect whatever DenyFrom says; several lines add up", Reach::Ssh,
     "--allow-from", set_allow_from, Stage::Host},
    {"AllowLogSymlinks", "on|off", "Whether logs that SFTPLog and others name may be symlinks",
     Reach::Ssh, "", set_allow_log_symlinks, Stage::Program},
    {"AllowOverwrite", "on|off",
     "Whether files that are there may be written and replaced; off with --config",
     Reach::Everywhere, "", set_allow_overwrite, Stage::Directory},
    {"AllowRetrieveRestart", "on|off", "Whether reading may begin behind the start of a file",
     Reach::Everywhere, "", set_allow_retrieve_restart, Stage::Directory},
    {"AllowStoreRestart", "on|off",
     "Whether files that are there may be continued; off with --config", Reach::Everywhere, "",
     set_allow_store_restart, Stage::Directory},
    {"AuthFileOptions", "InsecurePerms|SyntaxCheck ...",
     "InsecurePerms: AuthUserFile and AuthGroupFile may be readable and writable for all",
     Reach::Ssh, "", set_auth_file_options, Stage::Host},
    {"AuthGroupFile", "FILE|none [id MIN-MAX] [name REGEX]",
     "Groups of the users of AuthUserFile, in the form of group(5)", Reach::Ssh, "",
     set_auth_group_file, Stage::Host},
    {"AuthOrder", "mod_auth_file.c|mod_auth_unix.c|mod_auth_pam.c ...",
     "Which accounts there are: those of AuthUserFile, those of the system; the first that knows a "
     "name decides; and whether PAM checks the system's",
     Reach::Ssh, "", set_auth_order, Stage::Host},
    {"AuthPAM", "on|off", "As root: whether PAM checks the passwords of the system's accounts",
     Reach::Ssh, "", set_auth_pam, Stage::Host},
    {"AuthPAMConfig", "SERVICE", "PAM service for passwords, when not that of SFTPPAMServiceName",
     Reach::Ssh, "", set_auth_pam_config, Stage::Host},
    {"AuthUserFile", "FILE|none [id MIN-MAX] [home REGEX] [name REGEX]",
     "Users with their password hashes, ids, homes and shells, in the form of passwd(5)",
     Reach::Ssh, "", set_auth_user_file, Stage::Host},
    {"ConnectionPenalty", "N TIME TIME|none",
     "After N connections of a host in the first time none for the second", Reach::Listening,
     "--penalty", set_connection_penalty, Stage::Program},
    {"CreateHome",
     "off|on [MODE] [skel DIR] [dirmode MODE] [uid ~|N] [gid ~|N] [homegid ~|N] [NoRootPrivs]",
     "Makes the homes of users who have none, when they log in", Reach::Ssh, "", set_create_home,
     Stage::Login},
    {"DebugLevel", "0...10", "How much is logged: from 5 on everything", Reach::Ssh, "--log-level",
     set_debug_level, Stage::Program},
    {"DefaultAddress", "ADDRESS...", "Addresses to listen on, with Port", Reach::Listening, "",
     set_default_address, Stage::Host},
    {"DefaultChdir", "DIR [GROUPS]",
     "Where sessions start, for users of such groups; %u, %h and ~ stand for the user and its home",
     Reach::Ssh, "", set_default_chdir, Stage::Login},
    {"DefaultRoot", "DIR|none [GROUPS]",
     "Directory that users of such groups see as /; %u, %h and ~ stand for the user and its home",
     Reach::Ssh, "--root", set_default_root, Stage::Login},
    {"DeleteAbortedStores", "on|off",
     "Whether uploads that were cut off are removed; on with HiddenStores", Reach::Everywhere, "",
     set_delete_aborted_stores, Stage::Directory},
    {"DenyFilter", "REGEX|none", "Paths that clients may not write in requests: those that fit",
     Reach::Everywhere, "", set_deny_filter, Stage::Login},
    {"DenyFrom", "NETWORK...|none",
     "Clients that are hung up on before a word; several lines add up", Reach::Ssh, "--deny-from",
     set_deny_from, Stage::Host},
    {"DirFakeGroup", "on|off [GROUP|~]", "Group that files are shown to have; ~ is the user's",
     Reach::Everywhere, "", set_dir_fake_group, Stage::Directory},
    {"DirFakeMode", "BITS", "Permission bits that files are shown to have, octal",
     Reach::Everywhere, "", set_dir_fake_mode, Stage::Directory},
    {"DirFakeUser", "on|off [USER|~]", "Owner that files are shown to have; ~ is the user",
     Reach::Everywhere, "", set_dir_fake_user, Stage::Directory},
    {"DisplayLogin", "FILE|none", "Text that clients show with the first SFTP session", Reach::Ssh,
     "", set_display_login, Stage::Login},
    {"DropBox", "on|off",
     "New files can be put there; nothing can be listed, read, changed or removed",
     Reach::Everywhere, "--drop-box", set_drop_box, Stage::Login},
    {"ExtendedLog", "FILE|syslog:LEVEL|none [CLASS[,CLASS]... [FORMAT]]",
     "Log of requests, of all but EXIT or those of some classes; several lines add up", Reach::Ssh,
     "", set_extended_log, Stage::Host},
    {"ForceMode", "BITS [BITS]",
     "Permission bits of new files, and of new directories, whatever is asked for",
     Reach::Everywhere, "", set_force_mode, Stage::Directory},
    {"GroupOwner", "GROUP", "Group of new files and directories", Reach::Everywhere, "",
     set_group_owner, Stage::Directory},
    {"HiddenStores", "on|off|PREFIX [SUFFIX]",
     "Files have another name, .in.NAME., until they have arrived", Reach::Everywhere, "",
     set_hidden_stores, Stage::Directory},
    {"HideFiles", "[!]REGEX|none [user|group|class EXPRESSION]",
     "Names that listings leave out, for some", Reach::Everywhere, "", set_hide_files,
     Stage::Directory},
    {"HideGroup", "[!]GROUP|~", "Group whose files listings leave out; several lines add up",
     Reach::Everywhere, "", set_hide_group, Stage::Directory},
    {"HideNoAccess", "on|off", "Whether listings leave out what the user cannot read",
     Reach::Everywhere, "", set_hide_no_access, Stage::Directory},
    {"HideUser", "[!]USER|~", "Owner whose files listings leave out; several lines add up",
     Reach::Everywhere, "", set_hide_user, Stage::Directory},
    {"LogFormat", "NAME \"FORMAT\"", "What the lines of an ExtendedLog say", Reach::Ssh, "",
     set_log_format, Stage::Program},
    {"MaxClients", "N|none", "Logged-in clients at once, of this host", Reach::Listening, "",
     set_max_clients, Stage::Login},
    {"MaxClientsPerClass", "CLASS N|none", "Logged-in clients of one <Class> at once",
     Reach::Listening, "", set_max_clients_per_class, Stage::Login},
    {"MaxClientsPerHost", "N|none", "Connections of one host at once, logged in or not",
     Reach::Listening, "--max-connections-per-host", set_max_clients_per_host, Stage::Program},
    {"MaxClientsPerUser", "N|none", "Sessions of one user at once", Reach::Listening, "",
     set_max_clients_per_user, Stage::Login},
    {"MaxCommandRate", "N [SECONDS]|none",
     "SFTP requests of one session in so many seconds, one if none are given; more have to wait",
     Reach::Everywhere, "", set_max_command_rate, Stage::Login},
    {"MaxConnectionRate", "N", "New connections a second, of each host for itself",
     Reach::Listening, "--rate-limit", set_max_connection_rate, Stage::Program},
    {"MaxHostsPerUser", "N|none", "Addresses that one user's sessions come from at once",
     Reach::Listening, "", set_max_hosts_per_user, Stage::Login},
    {"MaxInstances", "N|none", "Connections at once", Reach::Listening, "--max-connections",
     set_max_instances, Stage::Program},
    {"MaxLoginAttempts", "N|none", "Failed attempts to log in until the connection is closed",
     Reach::Ssh, "", set_max_login_attempts},
    {"MaxRetrieveFileSize", "N UNIT|* [user|group|class EXPRESSION]",
     "Largest file that can be read, for some", Reach::Everywhere, "", set_max_retrieve_file_size,
     Stage::Directory},
    {"MaxStartups", "START[:RATE:FULL]|none",
     "Connections that have not logged in: from START on RATE percent are refused, from FULL on "
     "all",
     Reach::Listening, "--max-startups", set_max_startups, Stage::Program},
    {"MaxStoreFileSize", "N UNIT|* [user|group|class EXPRESSION]",
     "How large files can become, for some", Reach::Everywhere, "", set_max_store_file_size,
     Stage::Directory},
    {"MaxTransfersPerHost", "COMMAND[,COMMAND]... N [MESSAGE]|none",
     "Files that the sessions of one host have open at once: RETR, STOR, APPE; several lines add "
     "up",
     Reach::Listening, "", set_max_transfers_per_host, Stage::Login},
    {"MaxTransfersPerUser", "COMMAND[,COMMAND]... N [MESSAGE]|none",
     "Files that the sessions of one user have open at once; several lines add up",
     Reach::Listening, "", set_max_transfers_per_user, Stage::Login},
    {"PathAllowFilter", "REGEX [[NC]]|none",
     "Paths of what may be made and changed: those that fit", Reach::Everywhere, "",
     set_path_allow_filter, Stage::Directory},
    {"PathDenyFilter", "REGEX [[NC]]|none",
     "Paths of what may not be made or changed: those that fit", Reach::Everywhere, "",
     set_path_deny_filter, Stage::Directory},
    {"PerSourceMaxStartups", "N|none",
     "Of the connections that have not logged in, how many one source may have", Reach::Listening,
     "", set_per_source_max_startups, Stage::Program},
    {"PerSourceNetBlockSize", "BITS[:BITS]",
     "How much of an IPv4 and of an IPv6 address makes one source; 32:128", Reach::Listening, "",
     set_per_source_net_block_size, Stage::Program},
    {"PerSourcePenalties", "on|off|WORD:VALUE ...",
     "How long who misbehaves is not let in: authfail, noauth, crash, grace-exceeded, min, max, "
     "max-sources",
     Reach::Listening, "", set_per_source_penalties, Stage::Program},
    {"PerSourcePenaltyExemptList", "NETWORK...|none", "Who has no penalties; several lines add up",
     Reach::Listening, "", set_penalty_exempt_list, Stage::Program},
    {"Port", "N", "Port to listen on; 0: none", Reach::Listening, "--listen", set_port,
     Stage::Host},
    {"Protocols", "WORD...", "What users may speak: sftp, scp, and the command date; sftp scp",
     Reach::Ssh, "", set_protocols, Stage::Login},
    {"ProxyFrom", "NETWORK...|none",
     "Proxies, which must begin with a header of the PROXY protocol; several lines add up",
     Reach::Ssh, "--proxy-from", set_proxy_from, Stage::Host},
    {"Quota", "SIZE UNIT [FILES]|none", "What a user may keep: bytes, and files with directories",
     Reach::Everywhere, "", set_quota, Stage::Login},
    {"QuotaDirectory", "DIR", "Where the server counts what each user keeps", Reach::Everywhere, "",
     set_quota_directory, Stage::Host},
    {"RequireValidShell", "on|off", "Only accounts whose shell /etc/shells lists may log in",
     Reach::Ssh, "", set_require_valid_shell, Stage::Login},
    {"RootLogin", "on|off", "Whether root may log in, as root", Reach::Ssh, "", set_root_login},
    {"SFTPAcceptEnv", "NAME...",
     "Variables that clients may set, with * and ?; several lines add up", Reach::Ssh, "",
     set_accept_env},
    {"SFTPAuthMethods", "METHOD[+METHOD]...",
     "Ways to log in: publickey, password, hostbased, keyboard-interactive[:password|:totp|:pam]; "
     "methods "
     "joined with + are all needed, in their order",
     Reach::Ssh, "", set_auth_methods},
    {"SFTPAuthPublicKeys", "ALGORITHM...", "Signature algorithms that users' keys may use",
     Reach::Ssh, "", set_auth_public_keys},
    {"SFTPAuthorizedHostKeys", "file:PATH|exec:PROGRAM ...",
     "Keys of hosts that are believed who their users are, for hostbased", Reach::Ssh, "",
     set_authorized_host_keys},
    {"SFTPAuthorizedUserKeys", "file:PATH|exec:PROGRAM ...",
     "Keys that may log in: files, with %u, %h and ~, and programs that print keys", Reach::Ssh,
     "--authorized-keys", set_authorized_user_keys},
    {"SFTPCiphers", "CIPHER...", "Ciphers to offer, the preferred one first", Reach::Ssh, "",
     set_ciphers},
    {"SFTPClientAlive", "COUNT SECONDS",
     "A client silent for SECONDS is asked for a sign of life, and given up after COUNT times that",
     Reach::Ssh, "", set_client_alive},
    {"SFTPClientMatch", "REGEX KEY VALUE [KEY VALUE]...",
     "Settings of their own for clients whose software version fits a regular expression",
     Reach::Ssh, "", set_client_match, Stage::Host},
    {"SFTPCompression", "on|off|delayed",
     "Compression on request of the client; delayed: not before the login", Reach::Ssh, "",
     set_compression},
    {"SFTPCryptoDevice", "all|none",
     "Engines of OpenSSL; they are gone, providers do it by themselves", Reach::Ssh, "",
     set_crypto_device, Stage::Program},
    {"SFTPDHParamFile", "FILE",
     "Groups for Diffie-Hellman group exchange: PEM, or OpenSSH's moduli", Reach::Ssh, "",
     set_dh_param_file},
    {"SFTPDigests", "MAC...", "Message authentication codes to offer, the preferred one first",
     Reach::Ssh, "", set_digests},
    {"SFTPDisplayBanner", "FILE|none", "Text that clients show before the login", Reach::Ssh, "",
     set_display_banner},
    {"SFTPEngine", "on|off", "Whether a host serves SFTP", Reach::Ssh, "", set_engine, Stage::Host},
    {"SFTPExtensions", "+NAME|-NAME ...",
     "Extensions of SFTP that are announced and served, or are not; the first line counts",
     Reach::Everywhere, "", set_extensions, Stage::Login},
    {"SFTPHostCertificate", "FILE", "OpenSSH certificate of a host key; several lines add up",
     Reach::Ssh, "", set_host_certificate, Stage::Host},
    {"SFTPHostKey", "FILE|agent:SOCKET|NoRSA|NoDSA|NoECDSA|NoED25519|NoED448",
     "A private host key, or a type that is left out; as often as wanted", Reach::Ssh, "",
     set_host_key, Stage::Host},
    {"SFTPHostKeys", "ALGORITHM...",
     "Host key algorithms to offer, those whose host key is loaded, the preferred one first",
     Reach::Ssh, "", set_host_keys},
    {"SFTPKeyBlacklist", "FILE|none",
     "Weak keys that nobody may use, in the form of ProFTPD's list", Reach::Ssh, "",
     set_key_blacklist, Stage::Host},
    {"SFTPKeyExchanges", "METHOD...", "Key exchange methods to offer, the preferred one first",
     Reach::Ssh, "", set_key_exchanges},
    {"SFTPKeyFingerprints", "sha256|sha1|md5[+base64|+hex|+hex+colons]",
     "How keys are written in the log and in events", Reach::Ssh, "", set_key_fingerprints},
    {"SFTPKeyLimits", "MinimumRSASize|MinimumDSASize|MinimumECSize BITS...",
     "Smallest keys of hosts and users", Reach::Ssh, "", set_key_limits, Stage::Host},
    {"SFTPLog", "FILE|none", "Log file", Reach::Ssh, "--log", set_log, Stage::Host},
    {"SFTPMaxChannels", "N", "Channels of one connection at once", Reach::Ssh, "", set_max_channels,
     Stage::Login},
    {"SFTPOptions", "WORD...", "Exceptions to the rules, each by its word; several lines add up",
     Reach::Ssh, "", set_options},
    {"SFTPPAMEngine", "on|off", "As root: whether PAM leads dialogues of keyboard-interactive",
     Reach::Ssh, "", set_pam_engine, Stage::Host},
    {"SFTPPAMOptions", "NoTTY|NoInfoMsgs|NoRadioMsgs ...", "What PAM is not told or may not say",
     Reach::Ssh, "", set_pam_options, Stage::Host},
    {"SFTPPAMServiceName", "SERVICE", "PAM service; sshd", Reach::Ssh, "", set_pam_service_name,
     Stage::Host},
    {"SFTPPassPhraseProvider", "PROGRAM",
     "Program that says the passphrase of an encrypted host key", Reach::Ssh, "",
     set_pass_phrase_provider, Stage::Program},
    {"SFTPRekey", "none|required [SECONDS [MIB [TIMEOUT]]]",
     "When new keys are exchanged after the login, and how many seconds a client has for it",
     Reach::Ssh, "", set_rekey, Stage::Login},
    {"SFTPRevokedKeys", "FILE|none",
     "Keys and certificates that are revoked: a KRL, or public keys", Reach::Ssh, "",
     set_revoked_keys, Stage::Host},
    {"SFTPTOTPFile", "FILE|none", "Secrets of one-time passwords, lines user:BASE32", Reach::Ssh,
     "", set_totp_file},
    {"SFTPTrafficPolicy", "none|low|medium|high|paranoid",
     "How much padding hides the length and the times of what is said", Reach::Ssh, "",
     set_traffic_policy},
    {"SFTPTrustedUserCAKeys", "FILE|none", "Keys of CAs whose certificates log users in",
     Reach::Ssh, "", set_trusted_user_ca_keys, Stage::Host},
    {"Sandbox", "off|auto|require",
     "Whether sessions give up all but their files by Landlock and a filter of system calls",
     Reach::Everywhere, "--sandbox", set_sandbox, Stage::Login},
    {"ServerAdmin", "ADDRESS", "Whom users may write to, for banners", Reach::Ssh, "",
     set_server_admin, Stage::Host},
    {"ServerIdent", "off|on [\"TEXT\"]", "Software version that clients see, behind SSH-2.0-",
     Reach::Ssh, "", set_server_ident},
    {"ServerName", "TEXT", "What the host is called in logs and banners", Reach::Ssh, "",
     set_server_name, Stage::Host},
    {"SetEnv", "NAME VALUE", "A variable of the sessions' environment", Reach::Ssh, "", set_env},
    {"ShowSymlinks", "on|off", "Whether symlinks are shown as such, or as what they lead to",
     Reach::Everywhere, "", set_show_symlinks, Stage::Directory},
    {"SyslogFacility", "NAME", "Facility of the system's log, e.g. AUTH or LOCAL0", Reach::Ssh, "",
     set_syslog_facility, Stage::Program},
    {"SystemLog", "FILE|none", "Log file, unless SFTPLog names another", Reach::Ssh, "",
     set_system_log, Stage::Program},
    {"TimeoutIdle", "TIME", "How long a session may do nothing; 0: for ever", Reach::Ssh,
     "--idle-timeout", set_timeout_idle, Stage::Login},
    {"TimeoutLogin", "TIME", "How long logging in may take; 0: for ever", Reach::Ssh,
     "--login-timeout", set_timeout_login},
    {"TimeoutNoTransfer", "TIME", "How long a session may be without an open file; 0: for ever",
     Reach::Ssh, "", set_timeout_no_transfer, Stage::Login},
    {"TimeoutSession", "TIME", "How long a session may last from the login on; 0: for ever",
     Reach::Ssh, "", set_timeout_session, Stage::Login},
    {"TimeoutStalled", "TIME", "How long no data may come while a file is open; 0: for ever",
     Reach::Ssh, "", set_timeout_stalled, Stage::Login},
    {"TimesGMT", "on|off", "Whether listings have times of GMT in their lines, or local ones",
     Reach::Ssh, "", set_times_gmt, Stage::Login},
    {"Trace", "CHANNEL:LEVEL...",
     "How much TraceLog has of ssh2, sftp and scp: from 10 on each request", Reach::Ssh, "",
     set_trace, Stage::Host},
    {"TraceLog", "FILE|none", "Log of everything, while Trace says so", Reach::Ssh, "",
     set_trace_log, Stage::Program},
    {"TransferLog", "FILE|none", "Log of files that were sent, received and removed, as xferlog",
     Reach::Ssh, "", set_transfer_log, Stage::Host},
    {"TransferRate", "COMMANDS KB[:FREE] [user|group|class EXPRESSION]|none",
     "How many KiB a second are moved of files that are read (RETR), written (STOR) or appended to "
     "(APPE), for some; the first FREE bytes of each at once",
     Reach::Everywhere, "", set_transfer_rate, Stage::Directory},
    {"Umask", "BITS [BITS]",
     "Permission bits taken from new files, and from new directories, octal", Reach::Everywhere,
     "--umask", set_umask, Stage::Directory},
    {"UnsetEnv", "NAME", "A variable that is taken out of the sessions' environment", Reach::Ssh,
     "", set_unset_env},
    {"UseEncoding", "on|off|LOCAL CLIENT [strict]",
     "How names are written here and by clients of SFTP 1 to 3; off: never looked at", Reach::Ssh,
     "", set_use_encoding, Stage::Login},
    {"UseFIPS", "on|off", "Approved algorithms only, from OpenSSL's FIPS provider", Reach::Ssh,
     "--fips", set_use_fips, Stage::Program},
    {"UseFtpUsers", "on|off", "Whether users in /etc/ftpusers are refused", Reach::Ssh, "",
     set_use_ftpusers, Stage::Login},
    {"UseGlobbing", "on|off", "Whether the paths that scp -f is asked for are patterns", Reach::Ssh,
     "", set_use_globbing, Stage::Login},
    {"UseReverseDNS", "on|off", "Whether clients are called by their names in DNS", Reach::Ssh, "",
     set_use_reverse_dns},
    {"User", "NAME", "As root: account for users that the system does not know", Reach::Ssh,
     "--run-as", set_user, Stage::Program},
    {"UserOwner", "USER", "Owner of new files and directories; needs root's rights",
     Reach::Everywhere, "", set_user_owner, Stage::Directory},
    {"WtmpLog", "on|off|FILE", "Whether logins and logouts go to wtmp, where last(1) finds them",
     Reach::Ssh, "", set_wtmp_log, Stage::Host},
});

}  // namespace

const Directive* find_directive_name(std::string_view name) {
  for (const Directive& one : kDirectives)
    if (equal_without_case(one.name, name)) return &one;
  return nullptr;
}

std::span<const Directive> directives() { return kDirectives; }

const Directive* find_directive(std::string_view text) {
  const auto words = split_words(text);
  return words && !words->empty() ? find_directive_name(words->front()) : nullptr;
}

Complaint apply_directive(std::string_view text, Options& options) {
  const auto words = split_words(text);
  if (!words) return fmt::format("'{}': a double quote is not closed", printable(text));
  if (words->empty()) return "a directive is wanted: NAME VALUE...; `-o help` lists them";
  const std::string& name = words->front();
  const Directive* directive = find_directive_name(name);
  if (directive == nullptr) {
    if (const OtherDirective* other = find_other(name)) {
      const auto remark = remark_on(*other, Words(*words).subspan(1));
      if (!remark) return {};
      const std::string said = fmt::format("{} {}", printable(name), remark->text);
      if (remark->fatal) return said;
      options.warnings.push_back(said);
      return {};
    }
    return fmt::format("no directive is called '{}'; the nearest is {}; `-o help` lists them",
                       printable(name), nearest_directive(name));
  }
  const std::size_t warned = options.warnings.size();
  Complaint complaint = directive->apply(Words(*words).subspan(1), options);
  if (complaint) complaint = fmt::format("{}: {}", directive->name, *complaint);
  for (std::string& warning : std::span(options.warnings).subspan(warned))
    warning = fmt::format("{}: {}", directive->name, warning);
  return complaint;
}

std::string_view reach_name(Reach reach) {
  switch (reach) {
    case Reach::Ssh:
      return "SSH";
    case Reach::Listening:
      return "--listen";
    case Reach::Everywhere:
      break;
  }
  return "everywhere";
}

std::string_view stage_name(Stage stage) {
  switch (stage) {
    case Stage::Program:
      return "program";
    case Stage::Host:
      return "<VirtualHost>";
    case Stage::Connection:
      return "<IfClass>";
    case Stage::Directory:
      return "<Directory>";
    case Stage::Login:
      break;
  }
  return "<IfUser>";
}

std::string directive_help() {
  std::string text;
  for (const Directive& one : kDirectives) {
    text += fmt::format("{} {}\n    {}", one.name, one.values, one.help);
    if (!one.flag.empty()) text += fmt::format(" (as {})", one.flag);
    text += fmt::format(" [{}, {}]\n", reach_name(one.reach), stage_name(one.stage));
  }
  text += "\nOf ProFTPD's other directives these are known, and set nothing here:\n\n";
  for (const OtherDirective& one : other_directives())
    if (find_directive_name(one.name) == nullptr)
      text += fmt::format("{}\n    {}{}{}\n", one.name, fate_name(one.fate),
                          one.sentence.empty() ? "" : ": ", one.sentence);
  return text;
}

}  // namespace ssh2core::tools
