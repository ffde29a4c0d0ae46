// SFTPDHParamFile and SFTPOptions AllowWeakDH, as the server's settings have them in the end.
#include "tools/sftpd-lite/algorithms/dh_groups_file.h"

#include <gmock/gmock.h>

#include <fstream>

#include "libssh2core/crypto/system_random.h"
#include "tools/sftpd-lite/tests/temporary_directory.h"

namespace ssh2core::tools {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kGroup1 = "diffie-hellman-group1-sha1";

std::string moduli_line(const DhGroup& group) {
  std::string line = "20260101000000 2 6 100 " + std::to_string(bits_of(group.prime) - 1) + " 2 ";
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const std::uint8_t byte : group.prime) (line += kDigits[byte >> 4]) += kDigits[byte & 15];
  return line + "\n";
}

class DhGroupsFile : public testing::Test {
 protected:
  DhGroupsFile() : service(Options{}) {}

  void write(const std::string& text) {
    service.options.dh_param_file = directory / "groups";
    std::ofstream(service.options.dh_param_file) << text;
  }
  void load(bool thorough = true) { load_dh_groups(service, thorough, findings); }
  /// Bits of the group given for this size; 0: none.
  unsigned given(std::uint32_t bits) {
    SystemRandom random;
    const auto& groups = service.settings.transport.group_exchange.groups;
    const DhGroup* group = groups ? groups->choose({bits, bits, bits}, random) : nullptr;
    return group == nullptr ? 0 : bits_of(group->prime);
  }

  TemporaryDirectory directory;
  Service service;
  std::vector<Finding> findings;
};

TEST_F(DhGroupsFile, IsNotNeeded) {
  load();
  EXPECT_THAT(findings, IsEmpty());
  const auto& settings = service.settings.transport.group_exchange;
  EXPECT_EQ(settings.groups, nullptr);  // the built-in ones
  EXPECT_EQ(settings.least_bits, 2048U);
  EXPECT_EQ(service.settings.transport.transient_rsa_keys, nullptr);
}

TEST_F(DhGroupsFile, ThatCannotBeReadPreventsTheStart) {
  service.options.dh_param_file = directory / "none";
  load();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_TRUE(findings[0].fatal);
  EXPECT_THAT(findings[0].text, HasSubstr("SFTPDHParamFile: "));
}

TEST_F(DhGroupsFile, SmallGroupsAreNotUsedAndThatIsTold) {
  const auto groups = modp_groups(1024);
  write(moduli_line(groups.at(0)) + moduli_line(groups.at(1)) + "nonsense\n");
  load();
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_FALSE(findings[0].fatal);
  EXPECT_THAT(findings[0].text, HasSubstr(":3: not the seven fields"));
  EXPECT_THAT(findings[1].text, HasSubstr("1 group of less than 2048 bits will not be used"));
  EXPECT_EQ(given(2048), 2048U);
  EXPECT_EQ(given(1024), 0U);
  EXPECT_EQ(given(3072), 0U) << "nothing but what the file has";
}

TEST_F(DhGroupsFile, NumbersThatAreNotPrimeAreDroppedNowOrWhenChosen) {
  DhGroup bad = modp_groups(2048).at(0);
  bad.prime.at(100) ^= 1;
  write(moduli_line(bad) + moduli_line(modp_groups(2048).at(1)));
  load(false);
  EXPECT_THAT(findings, IsEmpty());
  EXPECT_EQ(given(2048), 0U);
  EXPECT_EQ(given(3072), 3072U);
  load(true);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_THAT(findings[0].text, HasSubstr("a group of 2048 bits is not used"));
}

TEST_F(DhGroupsFile, WithoutAUsableGroupGivesTheBuiltInOnes) {
  write(moduli_line(modp_groups(1024).at(0)));
  load();
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_THAT(findings[1].text, HasSubstr("those of RFC 3526 are given instead"));
  EXPECT_EQ(service.settings.transport.group_exchange.groups, nullptr);
}

TEST_F(DhGroupsFile, OfOneSizeSomeAreEnough) {
  std::string text;
  for (int i = 0; i < 30; ++i) text += moduli_line(modp_groups(2048).at(0));
  write(text);
  load(false);
  EXPECT_EQ(service.settings.transport.group_exchange.groups->size(), 4U);
}

TEST_F(DhGroupsFile, AllowWeakDhBringsBackWhatIsWeak) {
  service.options.allow_weak_dh = true;
  load();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_FALSE(findings[0].fatal);
  EXPECT_THAT(findings[0].text, HasSubstr("AllowWeakDH"));
  EXPECT_EQ(service.settings.transport.algorithms.kex.back(), kGroup1) << "appended last";
  EXPECT_EQ(service.settings.transport.group_exchange.least_bits, 1024U);
  EXPECT_EQ(given(1024), 1024U);
  EXPECT_EQ(given(2048), 2048U);
}

TEST_F(DhGroupsFile, AllowWeakDhLeavesAChosenListAlone) {
  service.options.allow_weak_dh = true;
  service.settings.transport.algorithms.kex = {"curve25519-sha256"};
  load();
  EXPECT_THAT(service.settings.transport.algorithms.kex, ElementsAre("curve25519-sha256"));
}

TEST_F(DhGroupsFile, RsaKeyExchangeGetsAPlaceForItsKeys) {
  service.settings.transport.algorithms.kex = {"curve25519-sha256", "rsa2048-sha256"};
  load();
  EXPECT_NE(service.settings.transport.transient_rsa_keys, nullptr);
}

}  // namespace
}  // namespace ssh2core::tools
