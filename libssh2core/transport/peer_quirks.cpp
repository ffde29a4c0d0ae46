#include "libssh2core/transport/peer_quirks.h"

#include <array>

namespace ssh2core {

namespace {

constexpr PeerQuirks kNone{};
constexpr PeerQuirks kLinkFirst{.symlink_link_first = true};
constexpr PeerQuirks kLinkFirstEndFlags{.symlink_link_first = true, .takes_end_flags = true};
constexpr PeerQuirks kNoRotation{.no_host_key_rotation = true};
constexpr PeerQuirks kNoBannerNoRekey{.no_auth_banner = true, .no_rekey = true};
constexpr PeerQuirks kNoRekey{.no_rekey = true};
constexpr PeerQuirks kNoIgnore{.no_ignore = true};
constexpr PeerQuirks kScanner{.scanner = true};

// What stands behind each row: tried here against this server, the source of the client, or the
// table of ProFTPD's mod_sftp, which is about clients that are hard to find by now.
constexpr std::string_view kModSftp = "mod_sftp 1.2, client table";

// A pattern stands for the whole software version; * for any characters, [..] for one of a range.
// The order is that of the search: exceptions stand before the rule.
constexpr auto kEntries = std::to_array<QuirkRow>({
    {"*SSH_Version_Mapper*", "mod_sftp 1.2, client table: a scanner", kScanner},
    {"Probe-*", "mod_sftp 1.2, client table: a probe", kScanner},
    {"AsyncSSH_*",
     "AsyncSSH 2.10 against this server: OpenSSH's order only when the server's name has OpenSSH",
     kLinkFirstEndFlags},
    {"libssh_*", "libssh 0.10.6 against this server: OpenSSH's order only when it is OpenSSH",
     kLinkFirst},
    {"phpseclib_*",
     "phpseclib 2.0.42 and 3.0.19 against this server: OpenSSH's order only when it is OpenSSH",
     kLinkFirst},
    {"ssh2js*", "ssh2 (npm) 1.17.0 against this server: OpenSSH's order only when it is OpenSSH",
     kLinkFirst},
    {"WinSCP_release_*", "WinSCP 6 source: OpenSSH's order only for servers so named, or mod_sftp",
     kLinkFirstEndFlags},
    {"Cisco-1.*", kModSftp, kNoRotation},
    {"OpenSSH-2.0*", kModSftp, kNoBannerNoRekey},
    {"OpenSSH-2.1*", kModSftp, kNoBannerNoRekey},
    {"OpenSSH_2.1*", kModSftp, kNoBannerNoRekey},
    {"OpenSSH_2.2*", kModSftp, kNoBannerNoRekey},
    {"OpenSSH_2.3.0*", kModSftp, kNoBannerNoRekey},
    {"OpenSSH_2.3.*", kModSftp, kNoRekey},
    {"OpenSSH_2.5.[0-3]*", kModSftp, kNoRekey},
    {"OpenSSH*", "OpenSSH 9.2 against this server: nothing", kNone},
    {"*MindTerm*", kModSftp, kNone},
    {"*J2SSH_Maverick*", kModSftp, kNoRekey},
    {"Sun_SSH_1.0*", kModSftp, kNoRekey},
    {"TeraTerm SSH*", kModSftp, kNoRotation},
    {"TTSSH/1.5.*", kModSftp, kNoRotation},
    {"TTSSH/2.[1-6]*", kModSftp, kNoRotation},
    {"TTSSH/2.7[0-2]*", kModSftp, kNoRotation},
    // ssh.com's own, known by a bare version. What those of 2.0 to 2.3 also need (other signatures,
    // short MAC keys, another derivation of keys) nobody has to test against any more.
    {"1.2.18*", kModSftp, kNoIgnore},
    {"1.2.19*", kModSftp, kNoIgnore},
    {"1.2.2[0-2]*", kModSftp, kNoIgnore},
    {"1.3.2*", kModSftp, kNoIgnore},
    {"3.2.9*", kModSftp, kNoIgnore},
});

/// Whether the whole text fits.
bool fits(std::string_view pattern, std::string_view text) {
  while (!pattern.empty()) {
    if (pattern[0] == '*') {
      pattern.remove_prefix(1);
      for (std::size_t skip = 0; skip <= text.size(); ++skip)
        if (fits(pattern, text.substr(skip))) return true;
      return false;
    }
    if (text.empty()) return false;
    if (pattern[0] == '[') {  // [a-b]
      if (text[0] < pattern[1] || text[0] > pattern[3]) return false;
      pattern.remove_prefix(5);
    } else {
      if (text[0] != pattern[0]) return false;
      pattern.remove_prefix(1);
    }
    text.remove_prefix(1);
  }
  return text.empty();
}

}  // namespace

PeerQuirks quirks_of(std::string_view identification) {
  constexpr std::string_view kPrefix = "SSH-2.0-", kOldPrefix = "SSH-1.99-";
  if (identification.starts_with(kPrefix))
    identification.remove_prefix(kPrefix.size());
  else if (identification.starts_with(kOldPrefix))
    identification.remove_prefix(kOldPrefix.size());
  else
    return {};
  // "TeraTerm SSH" is the one whose name has a blank, against RFC 4253 section 4.2.
  const std::string_view software = identification.substr(0, identification.find(' '));
  for (const QuirkRow& entry : kEntries) {
    const bool with_blank = entry.pattern.find(' ') != std::string_view::npos;
    if (fits(entry.pattern, with_blank ? identification : software)) return entry.quirks;
  }
  return {};
}

std::size_t quirk_rows() { return kEntries.size(); }
QuirkRow quirk_row(std::size_t index) { return kEntries.at(index); }

}  // namespace ssh2core
