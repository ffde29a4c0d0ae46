#include "tools/sftpd-lite/directives.h"

#include <fmt/format.h>

#include <array>

#include "tools/sftpd-lite/directive_setters.h"
#include "tools/sftpd-lite/event_log.h"
#include "tools/sftpd-lite/words.h"

namespace ssh2core::tools {

namespace {

constexpr auto kDirectives = std::to_array<Directive>({
    {"MaxClientsPerHost", "N|none", "Connections of one host at once, logged in or not",
     Reach::Listening, "--max-connections-per-host", set_max_clients_per_host},
    {"MaxConnectionRate", "N", "New connections a second, of each host for itself",
     Reach::Listening, "--rate-limit", set_max_connection_rate},
    {"MaxInstances", "N|none", "Connections at once", Reach::Listening, "--max-connections",
     set_max_instances},
    {"MaxLoginAttempts", "N|none", "Failed attempts to log in until the connection is closed",
     Reach::Ssh, "", set_max_login_attempts},
    {"SFTPAuthMethods", "METHOD[+METHOD]...",
     "Ways to log in, publickey or password; methods joined with + are all needed, in their order",
     Reach::Ssh, "", set_auth_methods},
    {"SFTPAuthPublicKeys", "ALGORITHM...", "Signature algorithms that users' keys may use",
     Reach::Ssh, "", set_auth_public_keys},
    {"SFTPCiphers", "CIPHER...", "Ciphers to offer, the preferred one first", Reach::Ssh, "",
     set_ciphers},
    {"SFTPCompression", "off", "No compression; on and delayed are not built yet", Reach::Ssh, "",
     set_compression},
    {"SFTPDigests", "MAC...", "Message authentication codes to offer, the preferred one first",
     Reach::Ssh, "", set_digests},
    {"SFTPDisplayBanner", "FILE|none", "Text that clients show before the login", Reach::Ssh, "",
     set_display_banner},
    {"SFTPHostCertificate", "FILE", "OpenSSH certificate of a host key; several lines add up",
     Reach::Ssh, "", set_host_certificate, Stage::Host},
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
    {"SFTPOptions", "WORD...", "Exceptions to the rules, each by its word; several lines add up",
     Reach::Ssh, "", set_options},
    {"SFTPRekey", "none|required [SECONDS [MIB [TIMEOUT]]]",
     "When new keys are exchanged after the login, and how many seconds a client has for it",
     Reach::Ssh, "", set_rekey},
    {"SFTPRevokedKeys", "FILE|none",
     "Keys and certificates that are revoked: a KRL, or public keys", Reach::Ssh, "",
     set_revoked_keys, Stage::Host},
    {"SFTPTrustedUserCAKeys", "FILE|none", "Keys of CAs whose certificates log users in",
     Reach::Ssh, "", set_trusted_user_ca_keys, Stage::Host},
    {"ServerIdent", "off|on [\"TEXT\"]", "Software version that clients see, behind SSH-2.0-",
     Reach::Ssh, "", set_server_ident},
    {"TimeoutIdle", "TIME", "How long a session may do nothing; 0: for ever", Reach::Ssh,
     "--idle-timeout", set_timeout_idle},
    {"TimeoutLogin", "TIME", "How long logging in may take; 0: for ever", Reach::Ssh,
     "--login-timeout", set_timeout_login},
    {"Umask", "BITS", "Permission bits taken from new files, octal", Reach::Everywhere, "--umask",
     set_umask},
    {"UseFIPS", "on|off", "Approved algorithms only, from OpenSSL's FIPS provider", Reach::Ssh,
     "--fips", set_use_fips, Stage::Program},
});

/// Without case, as ProFTPD takes them.
const Directive* find_name(std::string_view name) {
  for (const Directive& one : kDirectives)
    if (equal_without_case(one.name, name)) return &one;
  return nullptr;
}

}  // namespace

std::span<const Directive> directives() { return kDirectives; }

const Directive* find_directive(std::string_view text) {
  const auto words = split_words(text);
  return words && !words->empty() ? find_name(words->front()) : nullptr;
}

Complaint apply_directive(std::string_view text, Options& options) {
  const auto words = split_words(text);
  if (!words) return fmt::format("'{}': a double quote is not closed", printable(text));
  if (words->empty()) return "a directive is wanted: NAME VALUE...; `-o help` lists them";
  const std::string& name = words->front();
  const Directive* directive = find_name(name);
  if (directive == nullptr) {
    std::vector<std::string> names;
    names.reserve(kDirectives.size());
    for (const Directive& one : kDirectives) names.emplace_back(one.name);
    return fmt::format("no directive is called '{}'; the nearest is {}; `-o help` lists them",
                       printable(name), nearest_name(name, names));
  }
  Complaint complaint = directive->apply(Words(*words).subspan(1), options);
  if (complaint) complaint = fmt::format("{}: {}", directive->name, *complaint);
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

std::string directive_help() {
  std::string text;
  for (const Directive& one : kDirectives) {
    text += fmt::format("{} {}\n    {}", one.name, one.values, one.help);
    if (!one.flag.empty()) text += fmt::format(" (as {})", one.flag);
    text += fmt::format(" [{}]\n", reach_name(one.reach));
  }
  return text;
}

}  // namespace ssh2core::tools
