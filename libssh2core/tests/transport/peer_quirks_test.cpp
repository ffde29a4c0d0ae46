#include "libssh2core/transport/peer_quirks.h"

#include <gtest/gtest.h>

#include <string>

namespace ssh2core {
namespace {

TEST(PeerQuirks, ClientsThatNameTheLinkFirstWithServersThatAreNotOpenSsh) {
  for (const char* identification :
       {"SSH-2.0-AsyncSSH_2.10.1", "SSH-2.0-WinSCP_release_6.6.3", "SSH-2.0-libssh_0.10.6",
        "SSH-2.0-ssh2js1.17.0", "SSH-2.0-phpseclib_3.0 (libsodium, openssl)"})
    EXPECT_TRUE(quirks_of(identification).symlink_link_first) << identification;
  EXPECT_TRUE(quirks_of("SSH-2.0-AsyncSSH_2.10.1").takes_end_flags);
  EXPECT_TRUE(quirks_of("SSH-2.0-WinSCP_release_6.6.3").takes_end_flags);
  for (const auto* identification :
       {"SSH-2.0-phpseclib_3.0", "SSH-2.0-Erlang/4.15.2", "SSH-2.0-OpenSSH_9.2", "SSH-2.0-x"})
    EXPECT_FALSE(quirks_of(identification).takes_end_flags) << identification;
}

TEST(PeerQuirks, NobodyElseIsTakenForThem) {
  for (const char* identification :
       {"SSH-2.0-libssh2_1.10.0", "SSH-2.0-OpenSSH_9.2p1 Debian-2", "SSH-2.0-PuTTY_Release_0.78",
        "SSH-1.5-libssh_0.10.6", "libssh_0.10.6", "", "SSH-2.0-"})
    EXPECT_FALSE(quirks_of(identification).symlink_link_first) << identification;
}

struct Known {
  const char* software;
  PeerQuirks expected;
};

bool same(const PeerQuirks& a, const PeerQuirks& b) {
  return a.symlink_link_first == b.symlink_link_first && a.takes_end_flags == b.takes_end_flags &&
         a.no_host_key_rotation == b.no_host_key_rotation && a.no_auth_banner == b.no_auth_banner &&
         a.no_rekey == b.no_rekey && a.no_ignore == b.no_ignore && a.scanner == b.scanner;
}

/// One name for each row of mod_sftp's table, and neighbours that no row is about.
TEST(PeerQuirks, TheTableOfModSftp) {
  const PeerQuirks none, rotation{.no_host_key_rotation = true},
      old{.no_auth_banner = true, .no_rekey = true}, rekey{.no_rekey = true},
      ignore{.no_ignore = true}, scanner{.scanner = true};
  for (const auto& [software, expected] : std::initializer_list<Known>{
           {"Cisco-1.25", rotation},
           {"Cisco-2.0", none},
           {"OpenSSH-2.0.1", old},
           {"OpenSSH_2.1.1", old},
           {"OpenSSH_2.2.0p1", old},
           {"OpenSSH_2.3.0p1", old},
           {"OpenSSH_2.3.1", rekey},
           {"OpenSSH_2.5.0p1", rekey},
           {"OpenSSH_2.5.3", rekey},
           {"OpenSSH_2.5.4", none},
           {"OpenSSH_9.2p1 Debian-2+deb12u3", none},
           {"OpenSSH_10.0", none},
           {"something_MindTerm_1", none},
           {"x_J2SSH_Maverick_1.4", rekey},
           {"Sun_SSH_1.0.1", rekey},
           {"Sun_SSH_1.1", none},
           {"TeraTerm SSH 5", rotation},
           {"TTSSH/1.5.4 Win32", rotation},
           {"TTSSH/2.1 Win32", rotation},
           {"TTSSH/2.72 Win32", rotation},
           {"TTSSH/2.73 Win32", none},
           {"TTSSH/2.90 Win32", none},
           {"1.2.18 F-Secure", ignore},
           {"1.2.22", ignore},
           {"1.2.23", none},
           {"1.3.2", ignore},
           {"3.2.9 SSH Secure Shell", ignore},
           {"PuTTY_Release_0.78", none},
           {"nmap_SSH_Version_Mapper_1", scanner},
           {"Probe-1", scanner},
           {"Probe_1", none},
           // RFC 4253 section 4.2: comments may say what they like.
           {"honest Probe-1 SSH_Version_Mapper TeraTerm SSH", none},
       }) {
    EXPECT_TRUE(same(quirks_of("SSH-2.0-" + std::string(software)), expected)) << software;
    EXPECT_TRUE(same(quirks_of("SSH-1.99-" + std::string(software)), expected)) << software;
  }
}

/// A row that an earlier one hides would be dead; each says where it comes from.
TEST(PeerQuirks, EveryRowIsReachedAndHasASource) {
  for (std::size_t i = 0; i < quirk_rows(); ++i) {
    const QuirkRow row = quirk_row(i);
    EXPECT_FALSE(row.source.empty()) << row.pattern;
    std::string name;
    for (std::size_t at = 0; at < row.pattern.size(); ++at) {
      if (row.pattern[at] == '[') {
        name += row.pattern[at + 1];
        at += 4;
      } else if (row.pattern[at] != '*') {
        name += row.pattern[at];
      }
    }
    EXPECT_TRUE(same(quirks_of("SSH-2.0-" + name), row.quirks)) << row.pattern;
  }
}

}  // namespace
}  // namespace ssh2core
