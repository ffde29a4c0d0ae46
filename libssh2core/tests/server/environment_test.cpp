// Variables of clients: what the patterns let in, and what nothing lets in.
#include "libssh2core/server/environment.h"

#include <gtest/gtest.h>

namespace ssh2core::server {
namespace {

TEST(Environment, PatternsLetNamesIn) {
  EXPECT_TRUE(accepts_variable({"LANG"}, "LANG", "C"));
  EXPECT_FALSE(accepts_variable({"LANG"}, "LANGUAGE", "C"));
  EXPECT_TRUE(accepts_variable({"LC_*"}, "LC_ALL", "C"));
  EXPECT_TRUE(accepts_variable({"X", "L?_*L*"}, "LC_ALL", "C"));
  EXPECT_FALSE(accepts_variable({"LC_?"}, "LC_ALL", "C"));
  EXPECT_FALSE(accepts_variable({"lang"}, "LANG", "C")) << "names differ by case";
  EXPECT_FALSE(accepts_variable({}, "LANG", "C"));
}

/// mod_sftp's deny list, and those that it forgot.
TEST(Environment, NothingOvercomesTheDenyList) {
  for (const char* name : {"DYLD_LIBRARY_PATH",
                           "HOME",
                           "LD_CONFIG",
                           "LD_CONFIG_32",
                           "LD_CONFIG_64",
                           "LD_LIBMAP",
                           "LD_LIBRARY_PATH",
                           "LD_NOCONFIG",
                           "LD_NOCONFIG_32",
                           "LD_NOCONFIG_64",
                           "LD_PRELOAD",
                           "LD_RUN_PATH",
                           "LIBPATH",
                           "PATH",
                           "SFTP",
                           "SFTP_LIBRARY_VERSION",
                           "SFTP_CLIENT_CIPHER_ALGO",
                           "SFTP_CLIENT_MAC_ALGO",
                           "SFTP_CLIENT_COMPRESSION_ALGO",
                           "SFTP_KEX_ALGO",
                           "SFTP_SERVER_CIPHER_ALGO",
                           "SFTP_SERVER_MAC_ALGO",
                           "SFTP_SERVER_COMPRESSION_ALGO",
                           "SHLIB_PATH",
                           "TMP",
                           "TMPDIR",
                           "TZ",
                           "USER",
                           "SFTP_CLIENT_BANNER",
                           "SFTP_HOST_KEY_ALGO",
                           "SFTP_USER_AUTH_METHOD",
                           "SFTP_USER_PUBLICKEY_FINGERPRINT",
                           "SSH_CONNECTION",
                           "ld_preload",
                           "Path",
                           "sftp_Client_Banner",
                           "IFS",
                           "BASH_ENV",
                           "SHELL"}) {
    EXPECT_TRUE(is_denied_variable(name)) << name;
    EXPECT_FALSE(accepts_variable({"*"}, name, "x")) << name;
    EXPECT_FALSE(accepts_variable({name}, name, "x")) << name;
  }
  EXPECT_FALSE(is_denied_variable("LANG"));
  EXPECT_FALSE(is_denied_variable("PATHS"));
}

TEST(Environment, NamesAndValuesThatAreNone) {
  for (const std::string& name :
       {std::string(), std::string("A=B"), std::string("A B"), std::string("A\0B", 3),
        std::string("\xc3\xa4"), std::string("1A"), std::string(200, 'A'), std::string("A\n")})
    EXPECT_FALSE(accepts_variable({"*"}, name, "x")) << name;
  EXPECT_FALSE(accepts_variable({"*"}, "A", std::string("a\0b", 3)));
  EXPECT_FALSE(accepts_variable({"*"}, "A", std::string(5000, 'x')));
  EXPECT_TRUE(accepts_variable({"*"}, "A", ""));
}

TEST(Environment, ManyStarsAreNoWork) {
  std::string stars;
  for (int i = 0; i < 60; ++i) stars += "*A";
  EXPECT_FALSE(accepts_variable({stars + "B"}, std::string(128, 'A'), "x"));
}

}  // namespace
}  // namespace ssh2core::server
