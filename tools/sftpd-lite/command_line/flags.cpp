#include "tools/sftpd-lite/command_line/given_flags.h"

namespace ssh2core::tools {

namespace {

void add_modes(CLI::App& app, GivenFlags& given) {
  const std::string group = "What runs (one of them)";
  app.add_option("--listen", given.options.listen,
                 "Serve on [ADDR:]PORT (repeatable; IPv6 in brackets; port 0: any; fd:N: an open "
                 "socket); without ADDR on loopback")
      ->allow_extra_args(false)
      ->type_name("[ADDR:]PORT")
      ->group(group);
  app.add_flag("-i,--inetd,-s", given.inetd, "Serve one connection on standard input and output")
      ->group(group);
  app.add_flag("--subsystem", given.subsystem, "SFTP alone on standard input and output, for sshd")
      ->group(group);
  app.add_flag("--scp", given.scp,
               "SCP alone on standard input and output, as the remote scp; all behind it is for "
               "scp: -t|-f [-r] [-p] [-d] [-v] PATH...")
      ->group(group);
  app.add_flag(
         "--login-shell", given.shell.login_shell,
         "As a login shell (also by the name sftpsh): SFTP for `-c` with the command of an SFTP "
         "server, SCP for `scp`, the deny message for everything else")
      ->group(group);
  app.add_option("-c", given.command, "With --login-shell: what is to be run")
      ->type_name("COMMAND")
      ->group(group);
  app.add_option("--sftp-command", given.shell.sftp_commands,
                 "With --login-shell: one more command that means SFTP (repeatable)")
      ->allow_extra_args(false)
      ->type_name("COMMAND")
      ->group(group);
  app.add_flag("--check", given.check, "List every problem of the settings; exit 2 if one is fatal")
      ->group(group);
  app.add_flag("--print-config", given.print_config, "Print the effective settings")->group(group);
}

void add_addresses(CLI::App& app, GivenFlags& given) {
  const auto add = [&](const char* flag, std::vector<std::string>& to, const char* help) {
    app.add_option(flag, to, help)->allow_extra_args(false)->type_name("NET")->group("Addresses");
  };
  add("--allow-from", given.allow_from,
      "Clients that may connect whatever --deny-from says: an address, ADDRESS/BITS, `10.1.`, or "
      "ALL (repeatable)");
  add("--deny-from", given.deny_from, "Clients that are hung up on before a word (repeatable)");
  add("--proxy-from", given.proxy_from,
      "Proxies, which must begin with a header of the PROXY protocol, version 1 or 2 (repeatable)");
  app.add_option("--penalty", given.penalty, "After N connections of a host in T s none for B s")
      ->expected(3)
      ->type_name("N T B")
      ->group("Addresses");
}

void add_directives(CLI::App& app, GivenFlags& given) {
  app.add_option("--config", given.config,
                 "Read settings from a file as ProFTPD has them; flags and -o stand above it")
      ->type_name("FILE")
      ->group("Settings by ProFTPD's names");
  app.add_option("-D", given.defines, "Define a name for <IfDefine> of the file (repeatable)")
      ->allow_extra_args(false)
      ->type_name("NAME")
      ->group("Settings by ProFTPD's names");
  app.add_option("-o", given.directives,
                 "Set a directive as ProFTPD names it, e.g. -o 'SFTPCiphers aes256-ctr aes128-ctr' "
                 "(repeatable, the later wins); `-o help` lists them")
      ->allow_extra_args(false)
      ->type_name("'NAME VALUE'")
      ->group("Settings by ProFTPD's names");
}

void add_access(CLI::App& app, GivenFlags& given) {
  const std::string group = "Who and what";
  Options& o = given.options;
  app.add_option("--root", given.root, "Directory that clients see as / (default: the current one)")
      ->type_name("DIR")
      ->group(group);
  app.add_option("--chroot", o.roots.chroot,
                 "As root: change the root of each session to this directory, which root owns; %u "
                 "and %h stand for the user and its home, DIR/./DIR says where it starts")
      ->type_name("DIR")
      ->group(group);
  app.add_option("--sandbox", given.sandbox,
                 "off, auto (what the kernel has), or require: no session without Landlock and a "
                 "filter of system calls")
      ->type_name("MODE")
      ->group(group);
  app.add_option("--host-key", o.host_keys,
                 "Private host key file, or the socket of an agent that has some (repeatable)")
      ->allow_extra_args(false)
      ->type_name("FILE|agent:SOCKET")
      ->group(group);
  app.add_option("--state", o.state, "Directory that keeps the host key made at the first start")
      ->type_name("DIR")
      ->group(group);
  app.add_option("--authorized-keys", o.authorized_keys,
                 "File of keys that may log in, OpenSSH or RFC 4716; %u, %h and ~ stand for the "
                 "user and its home")
      ->allow_extra_args(false)
      ->type_name("FILE")
      ->group(group);
  app.add_option("--password-file", o.password_file,
                 "Lines user:hash, as `keytool passwd` makes them")
      ->type_name("FILE")
      ->group(group);
  app.add_option("--user", o.users, "Only these users may log in (repeatable)")
      ->allow_extra_args(false)
      ->type_name("NAME")
      ->group(group);
  app.add_option("--deny-message", given.options.deny_message,
                 "What those are told who want a shell or run a command")
      ->type_name("TEXT")
      ->group(group);
  app.add_option("--run-as", given.run_as,
                 "As root: account for users that the system does not know (default: nobody)")
      ->type_name("NAME")
      ->group(group);
  app.add_flag("--fips", o.fips, "Approved algorithms only, from OpenSSL's FIPS provider")
      ->group(group);
  app.add_flag("--read-only,-R", o.read_only, "Nothing can be changed")->group(group);
  app.add_flag("--drop-box", o.files.drop_box,
               "New files can be put here; nothing can be listed, read, changed or removed")
      ->group(group);
  app.add_option("--umask,-u", given.umask_text, "Permission bits taken from new files, octal")
      ->type_name("BITS")
      ->group(group);
}

void add_limits(CLI::App& app, GivenFlags& given) {
  const std::string group = "Limits";
  Options& o = given.options;
  app.add_option("--idle-timeout", given.idle, "Seconds without data until the end; 0: none")
      ->capture_default_str()
      ->check(CLI::Range(0L, 31536000L).description(""))
      ->type_name("SECONDS")
      ->group(group);
  app.add_option("--login-timeout", given.login, "Seconds for logging in; 0: none")
      ->capture_default_str()
      ->check(CLI::Range(0L, 31536000L).description(""))
      ->type_name("SECONDS")
      ->group(group);
  app.add_flag("--once", given.once, "Serve one connection, then exit")->group(group);
  app.add_option("--max-sessions", o.max_sessions, "Serve so many connections, then exit")
      ->type_name("N")
      ->group(group);
  app.add_option("--max-connections", o.max_connections, "At once; 0: no limit")
      ->capture_default_str()
      ->type_name("N")
      ->group(group);
  app.add_option("--max-connections-per-host", o.max_connections_per_host, "At once; 0: no limit")
      ->capture_default_str()
      ->type_name("N")
      ->group(group);
  app.add_option("--max-startups", given.startups,
                 "Connections that have not logged in: from START on RATE percent of new ones are "
                 "refused, from FULL on all; none: no limit")
      ->type_name("START:RATE:FULL")
      ->group(group);
  app.add_option("--rate-limit", o.rate_limit, "New connections a second and host; 0: no limit")
      ->check(CLI::Range(0.0, 1e6).description(""))
      ->type_name("N")
      ->group(group);
  app.add_option("--max-hashes", o.max_hashes, "Password hashes computed at once")
      ->capture_default_str()
      ->check(CLI::Range(1U, 64U).description(""))
      ->type_name("N")
      ->group(group);
}

void add_logs(CLI::App& app, GivenFlags& given) {
  const std::string group = "Logs";
  Options& o = given.options;
  app.add_flag("--json", o.json, "Events as JSON lines: on stdout; without --listen, in --log")
      ->group(group);
  app.add_option("--log", o.log_file, "Log file, appended to (default: stderr; inetd: syslog)")
      ->type_name("FILE")
      ->group(group);
  app.add_option("--log-level", given.log_level, "quiet, error, warning, info or debug")
      ->type_name("LEVEL")
      ->group(group);
  app.add_option("--log-mask", given.log_mask,
                 "What is logged, by kinds instead of levels: bits in decimal or as 0xbf")
      ->type_name("BITS")
      ->group(group);
  app.add_flag("--dump-requests", o.log_requests, "Log each request, without any secret")
      ->group(group);
  app.add_flag("--log-stdout", o.log_to_stdout,
               "From inetd: log to standard output, unless that is the connection")
      ->group(group);
  app.add_option("--keylog", o.key_log,
                 "DEBUGGING ONLY: append the session's secrets to a file, as Wireshark reads them")
      ->type_name("FILE")
      ->group(group);
  app.add_option("--pcap", o.pcap, "DEBUGGING ONLY: write each connection to FILE.SESSION.pcap")
      ->type_name("FILE")
      ->group(group);
}

void add_sftp_server_flags(CLI::App& app, GivenFlags& given) {
  const std::string group = "With --subsystem, as OpenSSH's sftp-server has them";
  Options& o = given.options;
  app.add_option("-d", o.start_directory, "Start in this directory; %u, %d and %h are expanded")
      ->type_name("DIR")
      ->group(group);
  app.add_flag("-e", o.log_to_stderr, "Log to stderr")->group(group);
  app.add_option("-f", given.facility, "Syslog facility, e.g. AUTH or LOCAL0")
      ->type_name("NAME")
      ->group(group);
  app.add_option("-l", given.sftp_server_level, "QUIET, FATAL, ERROR, INFO, VERBOSE or DEBUG")
      ->type_name("LEVEL")
      ->group(group);
  app.add_option("-P", given.denied, "Requests to refuse, separated by commas")
      ->type_name("NAMES")
      ->group(group);
  app.add_option("-p", given.allowed, "The only requests to allow, separated by commas")
      ->type_name("NAMES")
      ->group(group);
  app.add_option("-Q", given.query, "`-Q requests` lists the names for -p and -P")
      ->type_name("requests")
      ->group(group);
}

}  // namespace

void declare_flags(CLI::App& app, GivenFlags& given) {
  add_modes(app, given);
  add_access(app, given);
  add_limits(app, given);
  add_logs(app, given);
  add_addresses(app, given);
  add_directives(app, given);
  add_sftp_server_flags(app, given);
}

}  // namespace ssh2core::tools
