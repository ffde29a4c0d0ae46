// Every algorithm has a verdict for FIPS mode.
#include "libssh2core/crypto/fips.h"

#include <gmock/gmock.h>

#include "libssh2core/crypto/cipher_table.h"
#include "libssh2core/crypto/kex_table.h"
#include "libssh2core/crypto/key_table.h"
#include "libssh2core/crypto/mac_table.h"

namespace ssh2core {
namespace {

template <class Table>
void expect_entries(const Table& table) {
  for (const auto& row : table)
    EXPECT_NE(find_fips_entry(row.name), nullptr)
        << row.name << " needs a row in crypto/fips.cpp: approved or not, and why";
}

TEST(Fips, EveryRowOfEveryTableIsJudged) {
  expect_entries(kCiphers);
  expect_entries(kMacs);
  expect_entries(kKexMethods);
  expect_entries(kSignatures);
}

TEST(Fips, WhatIsApproved) {
  for (const char* name :
       {"aes256-gcm@openssh.com", "aes128-ctr", "hmac-sha2-256", "ecdh-sha2-nistp256",
        "diffie-hellman-group16-sha512", "rsa-sha2-512", "ecdsa-sha2-nistp521"})
    EXPECT_TRUE(find_fips_entry(name)->approved) << name;
  for (const char* name : {"chacha20-poly1305@openssh.com", "hmac-md5", "umac-128@openssh.com",
                           "none", "curve25519-sha256", "ssh-ed25519", "ssh-rsa", "arcfour256"})
    EXPECT_FALSE(find_fips_entry(name)->approved) << name;
}

TEST(Fips, ACertificateIsJudgedAsItsKey) {
  EXPECT_TRUE(find_fips_entry("rsa-sha2-256-cert-v01@openssh.com")->approved);
  EXPECT_FALSE(find_fips_entry("ssh-ed25519-cert-v01@openssh.com")->approved);
  EXPECT_TRUE(find_fips_entry("sk-ecdsa-sha2-nistp256-cert-v01@openssh.com")->approved);
  EXPECT_EQ(find_fips_entry("no-such-algorithm"), nullptr);
}

}  // namespace
}  // namespace ssh2core
