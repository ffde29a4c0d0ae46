#include "libssh2core/transport/peer_quirks.h"

#include <gtest/gtest.h>

namespace ssh2core {
namespace {

TEST(PeerQuirks, ClientsThatNameTheLinkFirstWithServersThatAreNotOpenSsh) {
  for (const char* identification :
       {"SSH-2.0-AsyncSSH_2.10.1", "SSH-2.0-WinSCP_release_6.6.3", "SSH-2.0-libssh_0.10.6",
        "SSH-2.0-ssh2js1.17.0", "SSH-2.0-phpseclib_3.0 (libsodium, openssl)"})
    EXPECT_TRUE(quirks_of(identification).symlink_link_first) << identification;
}

TEST(PeerQuirks, NobodyElseIsTakenForThem) {
  for (const char* identification :
       {"SSH-2.0-libssh2_1.10.0", "SSH-2.0-OpenSSH_9.2p1 Debian-2", "SSH-2.0-PuTTY_Release_0.78",
        "SSH-1.5-libssh_0.10.6", "libssh_0.10.6", "", "SSH-2.0-"})
    EXPECT_FALSE(quirks_of(identification).symlink_link_first) << identification;
}

}  // namespace
}  // namespace ssh2core
