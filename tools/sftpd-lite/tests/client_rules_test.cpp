// SFTPClientMatch: its keys, its regular expressions, and what a client then gets.
#include "tools/sftpd-lite/algorithms/client_rules.h"

#include <gmock/gmock.h>

#include "libssh2core/server/session.h"
#include "tools/sftpd-lite/directives/directives.h"

namespace ssh2core::tools {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Options with(std::initializer_list<std::string_view> lines) {
  Options options;
  for (const std::string_view line : lines)
    EXPECT_EQ(apply_directive(line, options).value_or(""), "") << line;
  return options;
}

std::string refused(std::string_view text) {
  Options options;
  return apply_directive(text, options).value_or("(accepted)");
}

std::shared_ptr<const server::Settings> settings_of(const Options& options,
                                                    std::string_view identification) {
  server::Settings settings;
  settings.transport = options.transport;
  return settings_for_client(options.client_rules, settings, identification);
}

TEST(ClientRules, EveryKeyHasItsEffect) {
  const Options options =
      with({"SFTPClientMatch \"WS_FTP|^Core\" channelWindowSize 1MB channelPacketSize 16KB "
            "sftpProtocolVersion 2-3 sftpUTF8ProtocolVersion 3 sftpCiphers aes128-ctr,aes256-ctr "
            "sftpDigests hmac-sha2-256 sftpHostKeys rsa-sha2-512 "
            "sftpKeyExchanges diffie-hellman-group14-sha256 pessimisticNewkeys on"});
  EXPECT_FALSE(options.transport.kexinit_at_once) << "the lists depend on the identification";
  for (const char* name : {"SSH-2.0-xWS_FTPx", "SSH-2.0-CoreFTP", "SSH-1.99-CoreFTP"}) {
    const auto own = settings_of(options, name);
    ASSERT_NE(own, nullptr) << name;
    EXPECT_EQ(own->receive.window, 1048576U);
    EXPECT_EQ(own->receive.max_packet, 16384U);
    EXPECT_EQ(own->sftp.min_version, 2U);
    EXPECT_EQ(own->sftp.max_version, 3U);
    EXPECT_THAT(own->transport.algorithms.ciphers, ElementsAre("aes128-ctr", "aes256-ctr"));
    EXPECT_THAT(own->transport.algorithms.macs, ElementsAre("hmac-sha2-256"));
    EXPECT_THAT(own->transport.algorithms.host_key, ElementsAre("rsa-sha2-512"));
    EXPECT_THAT(own->transport.algorithms.kex, ElementsAre("diffie-hellman-group14-sha256"));
    EXPECT_FALSE(own->transport.newkeys_at_once);
  }
  EXPECT_EQ(options.client_rules[0].utf8_version, 3U);
  for (const char* name : {"SSH-2.0-OpenSSH_9.2", "SSH-2.0-xCoreFTP", "SSH-2.0-x WS_FTP"})
    EXPECT_EQ(settings_of(options, name), nullptr) << name << ": comments do not count";
}

TEST(ClientRules, LaterRulesWinAndAllThatFitAreApplied) {
  const Options options = with({"SFTPClientMatch . channelWindowSize 100000 channelPacketSize 9000",
                                "SFTPClientMatch Open channelWindowSize 200000"});
  EXPECT_TRUE(options.transport.kexinit_at_once);
  const auto own = settings_of(options, "SSH-2.0-OpenSSH_9.2");
  EXPECT_EQ(own->receive.window, 200000U);
  EXPECT_EQ(own->receive.max_packet, 9000U);
  EXPECT_EQ(settings_of(options, "SSH-2.0-x")->receive.window, 100000U);
}

/// What one channel may make us keep stays bounded.
TEST(ClientRules, LargeWindowsAreCut) {
  const Options options =
      with({"SFTPClientMatch . channelWindowSize 8GB channelPacketSize 262144"});
  const auto own = settings_of(options, "SSH-2.0-x");
  EXPECT_EQ(own->receive.window, 16U << 20);
  EXPECT_EQ(own->receive.max_packet, 261120U);
}

TEST(ClientRules, MistakesAreNamed) {
  EXPECT_THAT(refused("SFTPClientMatch"), HasSubstr("regular expression"));
  EXPECT_THAT(refused("SFTPClientMatch x"), HasSubstr("pairs"));
  EXPECT_THAT(refused("SFTPClientMatch x channelWindowSize"), HasSubstr("pairs"));
  EXPECT_THAT(refused("SFTPClientMatch (x channelWindowSize 1MB"), HasSubstr("'(x' is no POSIX"));
  EXPECT_THAT(refused("SFTPClientMatch x channelwindowsize 1MB"),
              HasSubstr("the nearest is channelWindowSize"));
  EXPECT_THAT(refused("SFTPClientMatch x channelPacketSize 262145"), HasSubstr("262144"));
  EXPECT_THAT(refused("SFTPClientMatch x channelPacketSize 0"), HasSubstr("size"));
  EXPECT_THAT(refused("SFTPClientMatch x channelPacketSize 1GB"), HasSubstr("size"));
  EXPECT_THAT(refused("SFTPClientMatch x channelWindowSize 5TB"), HasSubstr("size"));
  EXPECT_THAT(refused("SFTPClientMatch x sftpProtocolVersion 3-2"), HasSubstr("N-M"));
  EXPECT_THAT(refused("SFTPClientMatch x sftpProtocolVersion 7"), HasSubstr("1 to 6"));
  EXPECT_THAT(refused("SFTPClientMatch x sftpUTF8ProtocolVersion 0"), HasSubstr("1 to 6"));
  EXPECT_THAT(refused("SFTPClientMatch x sftpCiphers aes128-xyz"), HasSubstr("nearest is aes128"));
  EXPECT_THAT(refused("SFTPClientMatch x sftpCiphers ,"), HasSubstr("at least one"));
  EXPECT_THAT(refused("SFTPClientMatch x pessimisticNewkeys maybe"), HasSubstr("on or off"));
}

}  // namespace
}  // namespace ssh2core::tools
