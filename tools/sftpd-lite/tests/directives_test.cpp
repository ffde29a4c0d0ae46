#include "tools/sftpd-lite/directives.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "libssh2core/crypto/mac_table.h"

namespace ssh2core::tools {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// The options after one directive that must be accepted.
Options accepted(std::string_view text) {
  Options options;
  EXPECT_EQ(apply_directive(text, options).value_or(""), "") << text;
  return options;
}

/// What is said of a directive that must be refused.
std::string refused(std::string_view text) {
  Options options;
  return apply_directive(text, options).value_or("(accepted)");
}

TEST(Directives, AreInAlphabeticalOrderAndDescribed) {
  EXPECT_TRUE(std::ranges::is_sorted(directives(), {}, &Directive::name));
  for (const Directive& one : directives()) {
    EXPECT_FALSE(one.values.empty() || one.help.empty()) << one.name;
    EXPECT_THAT(directive_help(),
                HasSubstr(std::string(one.name) + " " + std::string(one.values) + "\n    "));
  }
}

TEST(Directives, AreFoundWithoutCase) {
  ASSERT_NE(find_directive("sftpciphers x"), nullptr);
  EXPECT_EQ(find_directive("  SFTPCIPHERS\tx")->name, "SFTPCiphers");
  EXPECT_EQ(find_directive("SFTPCipher"), nullptr);
  EXPECT_EQ(find_directive(""), nullptr);
}

TEST(Directives, WhatDoesNotExistIsRefusedWithTheNearest) {
  EXPECT_EQ(
      refused("SFTPChipers aes128-ctr"),
      "no directive is called 'SFTPChipers'; the nearest is SFTPCiphers; `-o help` lists them");
  EXPECT_THAT(refused(" "), HasSubstr("a directive is wanted"));
  EXPECT_THAT(refused("SFTPCiphers \"aes128-ctr"), HasSubstr("quote is not closed"));
  EXPECT_THAT(refused("SFTP\nCiphers x"), testing::Not(HasSubstr("\n")));
}

TEST(Directives, ListsOfAlgorithmsReplaceTheDefaults) {
  const auto lists = [](std::string_view text) { return accepted(text).transport.algorithms; };
  EXPECT_THAT(lists("SFTPCiphers aes256-ctr chacha20-poly1305@openssh.com aes256-ctr").ciphers,
              ElementsAre("aes256-ctr", "chacha20-poly1305@openssh.com"));
  EXPECT_THAT(lists("SFTPDigests hmac-sha2-512").macs, ElementsAre("hmac-sha2-512"));
  EXPECT_THAT(lists("SFTPKeyExchanges ecdh-sha2-nistp521 curve25519-sha256").kex,
              ElementsAre("ecdh-sha2-nistp521", "curve25519-sha256"));
  EXPECT_THAT(lists("SFTPHostKeys rsa-sha2-256").host_key, ElementsAre("rsa-sha2-256"));
  EXPECT_THAT(lists("SFTPCompression OFF").compression, ElementsAre("none"));
  EXPECT_THAT(accepted("SFTPAuthPublicKeys ssh-ed25519").transport.user_key_algorithms,
              ElementsAre("ssh-ed25519"));
}

/// Rows that are offered on request only can be named as well.
TEST(Directives, EveryRowOfTheTablesCanBeNamed) {
  for (const auto& row : kCiphers) accepted("SFTPCiphers " + std::string(row.name));
  for (const auto& row : kMacs) accepted("SFTPDigests " + std::string(row.name));
}

TEST(Directives, ListsOfAlgorithmsRefuseWhatIsNotBuilt) {
  EXPECT_EQ(refused("sftpciphers aes128-ctr AES256-CTR"),
            "SFTPCiphers: no cipher is called 'AES256-CTR'; the nearest is aes256-ctr");
  EXPECT_EQ(refused("SFTPDigests hmac-sha2-215"),
            "SFTPDigests: no MAC is called 'hmac-sha2-215'; the nearest is hmac-sha2-256");
  EXPECT_EQ(refused("SFTPCiphers"), "SFTPCiphers: needs at least one cipher");
  EXPECT_THAT(refused("SFTPKeyExchanges curve25519-sha1"), HasSubstr("nearest is curve25519-sha"));
  EXPECT_THAT(refused("SFTPHostKeys ssh-rot13"), HasSubstr("no host key algorithm is called"));
  EXPECT_THAT(refused("SFTPAuthPublicKeys x"), HasSubstr("no signature algorithm is called 'x'"));
  EXPECT_THAT(refused("SFTPCompression delayed"), HasSubstr("not built yet"));
  EXPECT_THAT(refused("SFTPCompression on"), HasSubstr("not built yet"));
  EXPECT_THAT(refused("SFTPCompression maybe"), HasSubstr("off, on or delayed"));
}

TEST(Directives, TheLaterWins) {
  Options options;
  EXPECT_FALSE(apply_directive("SFTPCiphers aes256-ctr", options));
  EXPECT_FALSE(apply_directive("sftpCIPHERS aes128-ctr", options));
  EXPECT_THAT(options.transport.algorithms.ciphers, ElementsAre("aes128-ctr"));
}

}  // namespace
}  // namespace ssh2core::tools
