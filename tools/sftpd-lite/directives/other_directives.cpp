#include "tools/sftpd-lite/directives/other_directives.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tools/sftpd-lite/directives/words.h"
#include "tools/sftpd-lite/log/event_log.h"

namespace ssh2core::tools {

namespace {

using enum Fate;

constexpr std::string_view kFileRules = "rules about files come with a later version";
constexpr std::string_view kModule = "the module it belongs to has no counterpart here";
constexpr std::string_view kOwnCertificates = "FTPS is another protocol, which is not served";

constexpr auto kOthers = std::to_array<OtherDirective>({
    {"AccessDenyMsg", FtpOnly, ""},
    {"AccessGrantMsg", FtpOnly, ""},
    {"AllowForeignAddress", FtpOnly, ""},
    {"AllowOverride", Ignored, "files called .ftpaccess are never read", " off "},
    {"Anonymous*", FtpOnly, ""},
    {"AuthAliasOnly", Later, "aliases of users do not exist here", " off "},
    {"AuthUsingAlias", Later, "aliases of users do not exist here", " off "},
    {"Ban*", Ignored, kModule},
    {"CapabilitiesEngine", Silent, ""},
    {"CapabilitiesRootRevoke", Silent, ""},
    {"CapabilitiesSet", Silent, ""},
    {"CDPath", FtpOnly, ""},
    {"CommandBufferSize", FtpOnly, ""},
    {"ControlsACLs", Silent, ""},
    {"ControlsEngine", Silent, ""},
    {"ControlsInterval", Silent, ""},
    {"ControlsLog", Silent, ""},
    {"ControlsMaxClients", Silent, ""},
    {"ControlsSocket", Silent, ""},
    {"ControlsSocketACL", Silent, ""},
    {"ControlsSocketOwner", Silent, ""},
    {"DefaultServer", Silent, ""},
    {"DefaultTransferMode", FtpOnly, ""},
    {"DeferWelcome", FtpOnly, ""},
    {"DelayControlsACLs", Silent, ""},
    {"DelayEngine", Silent, ""},
    {"DelayOnEvent", Silent, ""},
    {"DelayTable", Silent, ""},
    {"DisplayChdir", FtpOnly, ""},
    {"DisplayConnect", FtpOnly, "SFTPDisplayBanner shows a text before the login"},
    {"DisplayFileTransfer", FtpOnly, ""},
    {"DisplayQuit", FtpOnly, ""},
    {"DynMasqRefresh", FtpOnly, ""},
    {"FactsAdvertise", FtpOnly, ""},
    {"FactsOptions", FtpOnly, ""},
    {"FSCachePolicy", Silent, ""},
    {"FSOptions", Silent, ""},
    {"FTPCache*", FtpOnly, ""},
    {"Geo*", Ignored, kModule},
    {"Group", Ignored, "sessions have the groups of their account"},
    {"GroupPassword", FtpOnly, ""},
    {"HideUserAccess", Later, kFileRules},
    {"IdentLookups", Silent, ""},
    {"IgnoreHidden", Refused, "it stands in <Limit>, whose requests then do not see hidden files"},
    {"IncludeOptions", Silent, ""},
    {"LangDefault", FtpOnly, ""},
    {"LangEngine", FtpOnly, ""},
    {"LangOptions", FtpOnly, ""},
    {"LangPath", FtpOnly, ""},
    {"LDAP*", Refused, "use an exec: store of SFTPAuthorizedUserKeys, or --password-file"},
    {"ListOptions", FtpOnly, "an SFTP client formats its listings itself"},
    {"LoadFile", Silent, ""},
    {"LoadModule", Silent, ""},
    {"LogOptions", Silent, ""},
    {"MasqueradeAddress", FtpOnly, "SFTP has no second connection"},
    {"MaxPasswordSize", Silent, ""},
    {"ModuleControlsACLs", Silent, ""},
    {"ModulePath", Silent, ""},
    {"MultilineRFC2228", FtpOnly, ""},
    {"PassivePorts", FtpOnly, "SFTP has no second connection"},
    {"PersistentPasswd", Silent, ""},
    {"PidFile", Ignored, "the program stays in the foreground; its manager knows its number"},
    {"ProcessTitles", Silent, ""},
    {"Quota*", Refused, "Quota and QuotaDirectory say what a user may keep", " off "},
    {"Radius*", Refused, "use PAM, or keys"},
    {"RegexOptions", Silent, ""},
    {"RewriteEngine", Ignored, kModule, " off "},
    {"RLimit*", Ignored, "set limits where the program is started"},
    {"RootRevoke", Silent, ""},
    {"ScoreboardFile", Silent, ""},
    {"ScoreboardMutex", Silent, ""},
    {"ScoreboardScrub", Silent, ""},
    {"ServerAlias", Ignored, "an SSH client does not say which name it wants"},
    {"ServerType", Ignored, "--listen or --inetd says how connections come", " standalone inetd "},
    {"Snmp*", Ignored, kModule},
    {"SocketBindTight", Silent, ""},
    {"SocketOptions", Ignored, "the system's buffers are used"},
    {"SQL*", Refused, "use an exec: store of SFTPAuthorizedUserKeys, or --password-file"},
    {"StoreUniquePrefix", FtpOnly, ""},
    {"SyslogLevel", Ignored, "--log-level says what is logged"},
    {"TCPAccess*", Refused,
     "start the program behind tcpd, or list addresses with AllowFrom and DenyFrom"},
    {"TimeoutLinger", FtpOnly, ""},
    {"TLS*", FtpOnly, kOwnCertificates},
    {"TransferOptions", FtpOnly, ""},
    {"TransferPriority", Ignored, "set the priority where the program is started"},
    {"UseIPv6", Silent, ""},
    {"UseLastlog", Ignored, "lastlog is not written", " off "},
    {"UserAlias", Later, "aliases of users do not exist here"},
    {"UserPassword", Refused, "put the password into a --password-file"},
    {"UseSendfile", Silent, ""},
    {"VRootAlias", Refused, "nothing leads out of the root; a bind mount does what it does"},
    {"VRootEngine", Silent, ""},
    {"VRootLog", Ignored, "refusals are in the log of the server"},
    {"VRootOptions", Refused, "symlinks never lead out of the root"},
    {"VRootServer", Refused, "DefaultRoot says what users see as /"},
    {"WrapOptions", Ignored, "start the program behind tcpd"},
});

bool stands_for(const OtherDirective& one, std::string_view name) {
  if (!one.name.ends_with('*')) return equal_without_case(one.name, name);
  const std::string_view start = one.name.substr(0, one.name.size() - 1);
  return name.size() > start.size() && equal_without_case(start, name.substr(0, start.size()));
}

bool is_accepted(const OtherDirective& one, Words values) {
  if (one.accepted.empty() || values.empty()) return false;
  return std::ranges::all_of(values.first(1), [&](const std::string& value) {
    for (std::size_t at = 1; at < one.accepted.size();) {
      const std::size_t end = one.accepted.find(' ', at);
      if (equal_without_case(one.accepted.substr(at, end - at), value)) return true;
      at = end + 1;
    }
    return false;
  });
}

}  // namespace

std::span<const OtherDirective> other_directives() { return kOthers; }

const OtherDirective* find_other(std::string_view name) {
  for (const OtherDirective& one : kOthers)
    if (stands_for(one, name)) return &one;
  return nullptr;
}

std::optional<Remark> remark_on(const OtherDirective& directive, Words values) {
  if (directive.fate == Fate::Silent || is_accepted(directive, values)) return std::nullopt;
  const std::string_view sentence = directive.sentence;
  switch (directive.fate) {
    case Fate::FtpOnly:
      return Remark{false,
                    sentence.empty()
                        ? "is about FTP and has no effect on SFTP"
                        : fmt::format("is about FTP and has no effect on SFTP: {}", sentence)};
    case Fate::Later:
      return Remark{true, fmt::format("is not built yet: {}", sentence)};
    case Fate::Refused:
      return Remark{true, fmt::format("cannot be honoured: {}", sentence)};
    default:
      return Remark{false, fmt::format("has no effect: {}", sentence)};
  }
}

std::string nearest_directive(std::string_view name) {
  std::vector<std::string> names;
  for (const Directive& one : directives()) names.emplace_back(one.name);
  for (const OtherDirective& one : kOthers)
    if (!one.name.ends_with('*')) names.emplace_back(one.name);
  return nearest_name(name, names);
}

std::string_view fate_name(Fate fate) {
  switch (fate) {
    case Fate::Silent:
      return "taken silently";
    case Fate::Ignored:
      return "warning";
    case Fate::FtpOnly:
      return "warning: FTP only";
    case Fate::Later:
      return "error: not built yet";
    case Fate::Refused:
      break;
  }
  return "error";
}

}  // namespace ssh2core::tools
