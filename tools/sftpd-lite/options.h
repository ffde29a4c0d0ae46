// Everything that the command line of sftpd-lite can say.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "libssh2core/scp/command.h"
#include "libssh2core/sftp/extension_switches.h"
#include "libssh2core/transport/settings.h"
#include "tools/sftpd-lite/access/address_rules.h"
#include "tools/sftpd-lite/access/penalties.h"
#include "tools/sftpd-lite/access/startups.h"
#include "tools/sftpd-lite/access/transfer_limits.h"
#include "tools/sftpd-lite/algorithms/client_rules.h"
#include "tools/sftpd-lite/files/file_settings.h"
#include "tools/sftpd-lite/files/session_root.h"
#include "tools/sftpd-lite/log/log_rules.h"
#include "tools/sftpd-lite/log/log_settings.h"
#include "tools/sftpd-lite/login/account_settings.h"
#include "tools/sftpd-lite/login/home_settings.h"
#include "tools/sftpd-lite/login/key_settings.h"
#include "tools/sftpd-lite/login/pam_settings.h"
#include "tools/sftpd-lite/sandbox/sandbox.h"

namespace ssh2core::tools {

enum class Mode { Listen, Inetd, Subsystem, Scp, Check, PrintConfig };
enum class LogLevel { Quiet, Error, Warning, Info, Debug };

struct HostRules;  // configuration.h

/// A variable of the environment that is set, or taken away.
struct VariableSetting {
  std::string name;
  std::optional<std::string> value;
};

struct Options {
  std::optional<Mode> mode;         // what runs
  std::vector<std::string> listen;  // "[ADDR:]PORT" or "fd:N"
  std::size_t max_sessions = 0;     // 0: no end
  std::size_t max_connections = 100, max_connections_per_host = 0;
  double rate_limit = 0;  // new connections a second and host; 0: none
  unsigned max_hashes = 2;

  std::optional<std::string> root;  // directory that clients see as `/`
  RootSettings roots;               // what some users see instead
  SandboxMode sandbox = SandboxMode::Auto;
  unsigned section = 0;  // counts up with each narrower section whose settings are applied
  std::vector<std::string> host_keys;
  std::string state;  // directory that keeps the generated host key
  std::vector<std::string> authorized_keys;
  std::vector<std::string> authorized_host_keys;  // stores of clients' hosts, for hostbased
  std::string password_file;
  std::string totp_file;  // secrets of one-time passwords
  bool match_key_subject = false, allow_empty_passwords = true;
  std::vector<std::string> users;
  std::optional<std::string> run_as;
  bool read_only = false;
  std::optional<mode_t> umask_bits;
  FileSettings files;
  std::uint64_t requests_per_interval = 0;  // of SFTP, in a session; 0: no limit
  std::chrono::seconds request_interval{1};
  std::chrono::seconds idle_timeout{600}, login_timeout{120};

  TransportSettings transport;                  // what SSH offers, and when keys are renewed
  std::vector<ClientRule> client_rules;         // of SFTPClientMatch
  std::vector<std::string> accepted_variables;  // patterns of SFTPAcceptEnv; none: LANG
  std::vector<std::string> excluded_host_keys;  // beginnings of types that are left out
  std::string passphrase_provider;              // program for encrypted host keys
  AddressRules addresses;                       // who may connect
  PenaltySettings penalties;                    // who has misbehaved waits
  StartupSettings startups;                     // how many may not have logged in yet
  std::vector<Network> proxies;                 // who begins with a PROXY header
  std::string deny_message;                     // for shells and commands
  bool rotate_host_keys = true;                 // clients are told of all host keys after the login
  bool insecure_host_key_modes = false;         // host keys that others can read or write are taken
  unsigned keepalive_count = 0;                 // of SFTPClientAlive
  std::chrono::seconds keepalive_interval{0};
  unsigned max_login_attempts = 6;    // 0: no end
  std::vector<NameList> auth_chains;  // methods of which one chain must be passed; none: any method
  std::string display_banner;         // file shown before the login
  bool fips = false;                  // only approved algorithms, from OpenSSL's FIPS provider
  bool allow_weak_dh = false;         // SFTPOptions AllowWeakDH
  std::string dh_param_file;          // SFTPDHParamFile; empty: the groups of RFC 3526
  bool allow_insecure_login = false;  // SFTPOptions AllowInsecureLogin

  AccountSettings accounts;           // AuthUserFile, AuthGroupFile, AuthOrder
  PamSettings pam;                    // AuthPAM..., SFTPPAM...
  KeySettings keys;                   // which keys are not used, and which CAs are trusted
  bool fido_touch_required = false;   // SFTPOptions FIDOTouchRequired
  bool fido_verify_required = false;  // SFTPOptions FIDOVerifyRequired

  RecordSettings records;  // TransferLog, ExtendedLog
  bool json = false;
  std::string log_file;
  LogLevel log_level = LogLevel::Info;
  bool log_to_stderr = false;  // subsystem mode, -e
  int syslog_facility = 0;     // 0: the default of the mode
  std::string key_log, pcap;

  std::vector<std::string> warnings;  // of directives that are taken: a sentence each

  // What only a configuration or -o says.
  std::string config;                           // the file of --config
  std::optional<unsigned> port;                 // Port; 0: none
  std::vector<std::string> default_addresses;   // DefaultAddress, or of <VirtualHost>
  std::string user;                             // User, when it is not --run-as
  std::string strict_log_file;                  // SFTPLog, SystemLog: kept safe
  std::string trace_log;                        // everything, while tracing
  bool allow_log_symlinks = false;              //
  TraceRules traces;                            // of Trace
  std::optional<unsigned> log_mask;             // bits of log_rules.h
  bool log_requests = false;                    // --dump-requests
  bool log_to_stdout = false;                   // SafeTP's -o
  std::chrono::seconds session_timeout{0};      // from the login on; 0: none
  std::chrono::seconds no_transfer_timeout{0};  // without an open file; 0: none
  std::chrono::seconds stalled_timeout{0};      // without data in a transfer; 0: none
  bool times_gmt = false;                       // TimesGMT
  bool include_sftp_times = false;              // SFTPOptions IncludeSFTPTimes
  sftp::ExtensionSwitches extensions;           // SFTPExtensions
  std::optional<unsigned> extensions_section;   // in which it was said
  bool names_are_bytes = false;                 // UseEncoding off
  std::string local_charset, client_charset;    // UseEncoding; empty: UTF-8, and as they come
  std::size_t max_channels = 10;                //
  bool sftp_allowed = true;                     // Protocols
  bool scp_allowed = true;                      // likewise
  bool date_allowed = false;                    // likewise
  bool use_globbing = true;                     // UseGlobbing
  bool ignore_scp_upload_modes = false;         // SFTPOptions IgnoreSCPUploadPerms
  bool ignore_scp_upload_times = false;         // SFTPOptions IgnoreSCPUploadTimes
  std::string display_login;                    // file shown with the first SFTP session
  std::size_t max_clients = 0, max_clients_per_user = 0, max_hosts_per_user = 0;  // 0: no limit
  std::vector<std::pair<std::string, std::size_t>> max_clients_per_class;
  bool root_login = false, require_valid_shell = false, use_ftpusers = false;
  TransferLimits transfers;                // MaxTransfersPerHost, MaxTransfersPerUser
  HomeSettings homes;                      // CreateHome
  bool reverse_dns = false;                // UseReverseDNS
  std::string wtmp;                        // file of WtmpLog; empty: none
  std::vector<VariableSetting> variables;  // SetEnv, UnsetEnv
  std::shared_ptr<const HostRules> rules;  // what is decided for each connection; null: nothing
  std::vector<Options> other_hosts;        // that serve SFTP as well, elsewhere
  std::vector<std::string> faults;         // what is wrong with the configuration: a sentence each

  std::optional<scp::Command> scp;  // what is asked for in the mode of SCP alone

  // Subsystem mode, as OpenSSH's sftp-server has them.
  std::string start_directory;
  std::vector<std::string> denied_requests;
  std::optional<std::vector<std::string>> allowed_requests;
};

}  // namespace ssh2core::tools
