#include "tools/sftpd-lite/directives/directives.h"
#include "tools/sftpd-lite/login/pam.h"

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

TEST(Directives, OptionsAddUp) {
  EXPECT_FALSE(Options().allow_insecure_login);
  EXPECT_TRUE(accepted("SFTPOptions AllowInsecureLogin").allow_insecure_login);
  EXPECT_TRUE(accepted("SFTPOptions AllowWeakDH").allow_weak_dh);
  EXPECT_EQ(refused("SFTPOptions allowinsecurelogin"),
            "SFTPOptions: no option is called 'allowinsecurelogin'; the nearest is "
            "AllowInsecureLogin");
  EXPECT_THAT(refused("SFTPOptions"), HasSubstr("at least one"));
}

TEST(Directives, ExtensionsAreSwitchedFromTheDefaults) {
  using sftp::ExtensionSwitch;
  const auto on = [](std::string_view text, ExtensionSwitch which) {
    return accepted(text).extensions.on(which);
  };
  for (const auto& row : sftp::kExtensionSwitches) {
    const std::string name(row.name);
    EXPECT_EQ(Options().extensions.on(row.which), name != "vendorID" && name != "xattr") << name;
    EXPECT_TRUE(on("SFTPExtensions +" + name, row.which)) << name;
    EXPECT_FALSE(on("SFTPExtensions -" + name, row.which)) << name;
  }
  EXPECT_TRUE(on("SFTPExtensions -XATTR +xAttr", ExtensionSwitch::Xattr));
  EXPECT_EQ(accepted("SFTPExtensions +copyFile").extensions, sftp::ExtensionSwitches());
  // The first line counts, and says so; a narrower section begins anew.
  Options options;
  EXPECT_FALSE(apply_directive("SFTPExtensions +xattr", options));
  EXPECT_TRUE(options.warnings.empty());
  EXPECT_FALSE(apply_directive("SFTPExtensions -copyData", options));
  EXPECT_TRUE(options.extensions.on(ExtensionSwitch::CopyData));
  EXPECT_THAT(options.warnings, ElementsAre(HasSubstr("only the first line counts")));
  ++options.section;
  EXPECT_FALSE(apply_directive("SFTPExtensions -copyData", options));
  EXPECT_FALSE(options.extensions.on(ExtensionSwitch::CopyData));
  EXPECT_FALSE(options.extensions.on(ExtensionSwitch::Xattr));
  EXPECT_THAT(refused("SFTPExtensions"), HasSubstr("+ or -"));
  EXPECT_EQ(refused("SFTPExtensions copyFile"),
            "SFTPExtensions: 'copyFile' wants + or - in front of it");
  EXPECT_EQ(refused("SFTPExtensions +copyFiles"),
            "SFTPExtensions: no extension is called 'copyFiles'; the nearest is copyFile");
}

TEST(Directives, KeysAndCertificates) {
  EXPECT_EQ(accepted("SFTPKeyBlacklist NONE").keys.blacklist, std::optional<std::string>(""));
  EXPECT_EQ(accepted("SFTPKeyBlacklist /x").keys.blacklist, std::optional<std::string>("/x"));
  EXPECT_THAT(refused("SFTPKeyBlacklist /x /y"), HasSubstr("one file"));
  EXPECT_EQ(accepted("SFTPTrustedUserCAKeys /x").keys.trusted_cas, "/x");
  EXPECT_EQ(accepted("SFTPRevokedKeys /x").keys.revoked, "/x");
  EXPECT_THAT(accepted("SFTPHostCertificate /x").keys.host_certificates, ElementsAre("/x"));
  EXPECT_THAT(refused("SFTPHostCertificate"), HasSubstr("one file"));
  const keys::KeyLimits limits =
      accepted("SFTPKeyLimits minimumrsasize 3072 MinimumECSize 0").keys.limits;
  EXPECT_EQ(limits.rsa, 3072);
  EXPECT_EQ(limits.dsa, 1024);
  EXPECT_EQ(limits.ec, 0);
  EXPECT_THAT(refused("SFTPKeyLimits MinimumRSASize"), HasSubstr("pairs"));
  EXPECT_THAT(refused("SFTPKeyLimits MinimumRSASize -1"), HasSubstr("no number"));
  EXPECT_THAT(refused("SFTPKeyLimits MinimumRSA 1"), HasSubstr("the nearest is MinimumRSASize"));
  EXPECT_STREQ(accepted("SFTPKeyFingerprints MD5+hex").keys.fingerprints.digest, "MD5");
  EXPECT_EQ(accepted("SFTPKeyFingerprints sha1").keys.fingerprints.encoding,
            FingerprintFormat::Encoding::Base64);
  for (const char* form : {"", " sha512", " sha256+base32", " sha256+", " sha256 hex"})
    EXPECT_THAT(refused(std::string("SFTPKeyFingerprints") + form), HasSubstr("wants sha256"));
  EXPECT_TRUE(accepted("SFTPOptions FIDOTouchRequired").fido_touch_required);
  EXPECT_TRUE(accepted("SFTPOptions FIDOVerifyRequired").fido_verify_required);
  EXPECT_THAT(accepted("SFTPHostKeys ssh-dss ssh-ed25519-cert-v01@openssh.com")
                  .transport.algorithms.host_key,
              ElementsAre("ssh-dss", "ssh-ed25519-cert-v01@openssh.com"));
  EXPECT_THAT(refused("SFTPHostKeys sk-ssh-ed25519@openssh.com"), HasSubstr("no host key"));
  EXPECT_THAT(
      accepted("SFTPAuthPublicKeys sk-ssh-ed25519@openssh.com").transport.user_key_algorithms,
      ElementsAre("sk-ssh-ed25519@openssh.com"));
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
  EXPECT_THAT(lists("SFTPCompression on").compression,
              ElementsAre("zlib@openssh.com", "zlib", "none"));
  EXPECT_THAT(lists("SFTPCompression delayed").compression,
              ElementsAre("zlib@openssh.com", "none"));
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
  EXPECT_THAT(refused("SFTPCompression maybe"), HasSubstr("off, on or delayed"));
}

TEST(Directives, TheLaterWins) {
  Options options;
  EXPECT_FALSE(apply_directive("SFTPCiphers aes256-ctr", options));
  EXPECT_FALSE(apply_directive("sftpCIPHERS aes128-ctr", options));
  EXPECT_THAT(options.transport.algorithms.ciphers, ElementsAre("aes128-ctr"));
}

TEST(Directives, Counts) {
  EXPECT_EQ(accepted("MaxInstances 7").max_connections, 7U);
  EXPECT_EQ(accepted("MaxInstances none").max_connections, 0U);
  EXPECT_EQ(accepted("maxinstances 7 \"sorry, full\"").max_connections, 7U);
  EXPECT_EQ(accepted("MaxClientsPerHost 3").max_connections_per_host, 3U);
  EXPECT_EQ(accepted("MaxLoginAttempts 2").max_login_attempts, 2U);
  EXPECT_EQ(accepted("MaxLoginAttempts none").max_login_attempts, 0U);
  EXPECT_EQ(accepted("MaxConnectionRate 2.5").rate_limit, 2.5);
  for (const char* text :
       {"MaxInstances", "MaxInstances 0", "MaxInstances -1", "MaxInstances 1 2 3",
        "MaxClientsPerHost many", "MaxLoginAttempts 0", "MaxLoginAttempts 1 2",
        "MaxLoginAttempts 99999999999999999999", "MaxConnectionRate 0", "MaxConnectionRate -1",
        "MaxConnectionRate nan", "MaxConnectionRate 1e9", "MaxConnectionRate"})
    EXPECT_THAT(refused(text), HasSubstr("wants ")) << text;
}

TEST(Directives, Times) {
  using namespace std::chrono_literals;
  EXPECT_EQ(accepted("TimeoutIdle 90").idle_timeout, 90s);
  EXPECT_EQ(accepted("TimeoutIdle 0").idle_timeout, 0s);
  EXPECT_EQ(accepted("TimeoutLogin 2min").login_timeout, 2min);
  EXPECT_EQ(accepted("TimeoutLogin 3H").login_timeout, 3h);
  EXPECT_EQ(accepted("TimeoutLogin 4sec").login_timeout, 4s);
  EXPECT_EQ(accepted("TimeoutLogin 01:02:03").login_timeout, 1h + 2min + 3s);
  for (const char* value : {"", "x", "-1", "5 5", "5d", "31536001", "8761h", "1:2", "1:60:00",
                            "1:00:00:00", "99999999999999999999", "1.5", ":::"})
    EXPECT_THAT(refused(std::string("TimeoutLogin ") + value), HasSubstr("wants a time")) << value;
}

TEST(Directives, Umask) {
  EXPECT_EQ(accepted("Umask 027").umask_bits, 027U);
  EXPECT_EQ(accepted("Umask 0022 022").umask_bits, 022U);
  for (const char* value : {"", "8", "1777", "00022", "-1", "22x", "0 0 0"})
    EXPECT_THAT(refused(std::string("Umask ") + value), HasSubstr("octal digits")) << value;
  EXPECT_EQ(refused("Umask 022 077"), "(accepted)");
}

TEST(Directives, Rekey) {
  const auto limits = [](std::string_view text) { return accepted(text).transport.rekey; };
  constexpr std::uint64_t kMiB = 1 << 20;
  EXPECT_EQ(limits("SFTPRekey required").time.count(), 3600);
  EXPECT_EQ(limits("SFTPRekey required").bytes, 2048 * kMiB);
  EXPECT_EQ(limits("SFTPRekey Required 60").time.count(), 60);
  EXPECT_EQ(limits("SFTPRekey required 60 1").bytes, kMiB);
  EXPECT_EQ(limits("SFTPRekey required 60 1").patience.count(), 0);
  EXPECT_EQ(limits("SFTPRekey required 60 1 5").patience.count(), 5);
  const RekeyLimits none = limits("SFTPRekey none");
  EXPECT_EQ(none.time.count(), 0);
  EXPECT_EQ(none.bytes, UINT64_MAX);
  EXPECT_EQ(none.packets, RekeyLimits().packets) << "sequence numbers must not come again";
  for (const char* value :
       {"", "off", "none 1", "required 0", "required 60 0", "required 60 1 0", "required 60 1 5 5",
        "required x", "required 60 1.5", "required 60 99999999999999999999"})
    EXPECT_THAT(refused(std::string("SFTPRekey ") + value), HasSubstr("wants ")) << value;
}

TEST(Directives, ServerIdent) {
  const auto line = [](std::string_view text) { return accepted(text).transport.identification; };
  EXPECT_EQ(line("ServerIdent on \"OpenSSH_9.2p1 Debian-2 x\""),
            "SSH-2.0-OpenSSH_9.2p1 Debian-2 x");
  EXPECT_EQ(line("ServerIdent ON mod_sftp"), "SSH-2.0-mod_sftp");
  EXPECT_EQ(line("ServerIdent off"), "SSH-2.0-sftpd_lite");
  EXPECT_EQ(line("ServerIdent on"), "SSH-2.0-sftpd_lite");
  EXPECT_EQ(line("ServerIdent on " + std::string(245, 'x')).size() + 2, 255U);
  EXPECT_THAT(refused("ServerIdent on " + std::string(246, 'x')), HasSubstr("longer than 245"));
  EXPECT_THAT(refused("ServerIdent on sftpd-lite"), HasSubstr("RFC 4253 section 4.2"));
  EXPECT_THAT(refused("ServerIdent on \"a\tb\""), HasSubstr("printable US-ASCII"));
  EXPECT_THAT(refused("ServerIdent on gr\xc3\xbc\xc3\x9f"), HasSubstr("printable US-ASCII"));
  EXPECT_THAT(refused("ServerIdent on \" x\""), HasSubstr("begin with a name"));
  EXPECT_THAT(refused("ServerIdent on \"\""), HasSubstr("begin with a name"));
  EXPECT_EQ(line("ServerIdent on %v"), "SSH-2.0-%v");  // replaced for each connection
  EXPECT_THAT(refused("ServerIdent maybe"), HasSubstr("wants off"));
  EXPECT_THAT(refused("ServerIdent on two words"), HasSubstr("wants off"));
  EXPECT_THAT(refused("ServerIdent off x"), HasSubstr("wants off"));
}

TEST(Directives, AuthMethods) {
  const auto chains = [](std::string_view text) { return accepted(text).auth_chains; };
  EXPECT_THAT(chains("SFTPAuthMethods publickey password"),
              ElementsAre(NameList{"publickey"}, NameList{"password"}));
  EXPECT_THAT(chains("SFTPAuthMethods publickey+password publickey+password"),
              ElementsAre(NameList{"publickey", "password"}));
  EXPECT_THAT(refused("SFTPAuthMethods"), HasSubstr("at least one method"));
  for (const char* value : {"+password", "publickey+", "publickey++password", "+"})
    EXPECT_THAT(refused(std::string("SFTPAuthMethods ") + value), HasSubstr("has a + without"))
        << value;
  EXPECT_THAT(refused("SFTPAuthMethods pub"), HasSubstr("no method is called 'pub'"));
  EXPECT_THAT(refused("SFTPAuthMethods publickey+pasword"), HasSubstr("nearest is password"));
  EXPECT_THAT(chains("SFTPAuthMethods publickey+publickey"),
              ElementsAre(NameList{"publickey", "publickey"}));
  EXPECT_THAT(
      chains("SFTPAuthMethods password+keyboard-interactive:totp hostbased"),
      ElementsAre(NameList{"password", "keyboard-interactive:totp"}, NameList{"hostbased"}));
  EXPECT_THAT(refused("SFTPAuthMethods password+password"), HasSubstr("password twice"));
  EXPECT_THAT(refused("SFTPAuthMethods hostbased+hostbased"), HasSubstr("hostbased twice"));
  EXPECT_THAT(refused("SFTPAuthMethods keyboard-interactive:totp+keyboard-interactive:totp"),
              HasSubstr("name another driver"));
  if (!pam_is_built()) {
    EXPECT_THAT(refused("SFTPAuthMethods keyboard-interactive:pam"), HasSubstr("without PAM"));
  }
  EXPECT_THAT(refused("SFTPAuthMethods keyboard-interactive:tot"), HasSubstr("nearest is totp"));
  EXPECT_THAT(refused("SFTPAuthMethods publickey:totp"), HasSubstr("only keyboard-interactive"));
}

TEST(Directives, KeyStores) {
  const Options options =
      accepted("SFTPAuthorizedUserKeys file:~/.ssh/authorized_keys exec:/usr/bin/keys");
  EXPECT_THAT(options.authorized_keys, ElementsAre("~/.ssh/authorized_keys", "exec:/usr/bin/keys"));
  EXPECT_THAT(accepted("SFTPAuthorizedHostKeys file:/etc/hosts").authorized_host_keys,
              ElementsAre("/etc/hosts"));
  for (const char* store : {"sql:/get-keys", "ldap:"})
    EXPECT_THAT(refused(std::string("SFTPAuthorizedUserKeys ") + store), HasSubstr("exec:PROGRAM"));
  EXPECT_THAT(refused("SFTPAuthorizedUserKeys /etc/keys"), HasSubstr("write file:/etc/keys"));
  EXPECT_THAT(refused("SFTPAuthorizedUserKeys http://x"), HasSubstr("is no store"));
  EXPECT_THAT(refused("SFTPAuthorizedUserKeys file:"), HasSubstr("is no store"));
  EXPECT_THAT(refused("SFTPAuthorizedHostKeys"), HasSubstr("at least one store"));
}

TEST(Directives, TotpFileAndEmptyPasswords) {
  EXPECT_EQ(accepted("SFTPTOTPFile /etc/codes").totp_file, "/etc/codes");
  EXPECT_EQ(accepted("SFTPTOTPFile none").totp_file, "");
  EXPECT_THAT(refused("SFTPTOTPFile a b"), HasSubstr("one file"));
  EXPECT_TRUE(accepted("AllowEmptyPasswords on").allow_empty_passwords);
  EXPECT_FALSE(accepted("AllowEmptyPasswords off").allow_empty_passwords);
  EXPECT_THAT(refused("AllowEmptyPasswords maybe"), HasSubstr("on or off"));
  EXPECT_TRUE(accepted("SFTPOptions MatchKeySubject").match_key_subject);
}

TEST(Directives, DisplayBanner) {
  EXPECT_EQ(accepted("SFTPDisplayBanner \"/etc/a file\"").display_banner, "/etc/a file");
  EXPECT_EQ(accepted("SFTPDisplayBanner none").display_banner, "");
  EXPECT_THAT(refused("SFTPDisplayBanner"), HasSubstr("wants one file"));
  EXPECT_THAT(refused("SFTPDisplayBanner a b"), HasSubstr("wants one file"));
}

}  // namespace
}  // namespace ssh2core::tools
