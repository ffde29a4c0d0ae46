// Files of Diffie-Hellman groups: both formats, what is wrong in them, and hostile content.
#include "keys/dh_parameters.h"

#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <sstream>

namespace ssh2core::keys {

namespace {

std::string data_file(const std::string& name) {
  std::ifstream in(std::string(SSH2CORE_KEYS_TEST_DATA) + "/" + name);
  EXPECT_TRUE(in) << name;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string faults_of(std::string_view text) {
  std::string all;
  for (const auto& fault : parse_dh_parameters(text).faults)
    all += std::to_string(fault.line) + ": " + fault.why + "\n";
  return all;
}

std::string hex(ByteView bytes) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  for (const std::uint8_t byte : bytes) (text += kDigits[byte >> 4]) += kDigits[byte & 15];
  return text;
}

std::string moduli_line(const std::string& fields, const std::string& modulus) {
  return "20260101000000 " + fields + " 2 " + modulus + "\n";
}

}  // namespace

TEST(DhParameters, OfOpensslAreRead) {
  const auto file = parse_dh_parameters(data_file("dh_parameters.pem"));
  ASSERT_EQ(file.groups.size(), 3U);
  EXPECT_TRUE(file.faults.empty());
  EXPECT_EQ(file.groups[0].bits, 1024U);  // PKCS#3
  EXPECT_EQ(file.groups[0].group.generator, Bytes{5});
  EXPECT_TRUE(is_safe_prime(file.groups[0].group));
  EXPECT_EQ(file.groups[1].bits, 2048U);  // ffdhe2048, PKCS#3 without the length of keys
  EXPECT_TRUE(is_safe_prime(file.groups[1].group));
  EXPECT_EQ(file.groups[2].bits, 2048U);  // X9.42
  EXPECT_FALSE(is_safe_prime(file.groups[2].group));
  EXPECT_EQ(file.groups[0].line, 2U);
  EXPECT_LT(file.groups[1].line, file.groups[2].line);
}

TEST(DhParameters, BlocksOfOtherKindsAndBrokenOnesAreFaults) {
  const std::string good = data_file("dh_parameters.pem");
  EXPECT_EQ(faults_of("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
            "1: a block of another kind than DH PARAMETERS\n");
  EXPECT_EQ(faults_of("text\n-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n"),
            "2: the block is malformed\n");
  EXPECT_EQ(faults_of("-----BEGIN DH PARAMETERS-----\n-----END DH PARAMETERS-----"),
            "1: the block is malformed\n");
  EXPECT_EQ(faults_of("-----BEGIN DH PARAMETERS-----\nMAYC"), "1: a block without end\n");
  EXPECT_EQ(faults_of("-----BEGIN "), "1: a block without end\n");
  // SEQUENCE { 23, 5 }, and with a negative number
  EXPECT_EQ(faults_of("-----BEGIN DH PARAMETERS-----\nMAYCARcCAQU=\n-----END DH PARAMETERS-----\n"),
            "1: 5 bits\n");
  EXPECT_EQ(faults_of("-----BEGIN DH PARAMETERS-----\nMAYCAZcCAQU=\n-----END DH PARAMETERS-----\n"),
            "1: the block is malformed\n");
}

TEST(DhParameters, LinesOfModuliAreRead) {
  const DhGroup group = modp_groups(2048).at(0);
  const std::string modulus = hex(group.prime);
  const auto file = parse_dh_parameters("# comment\n\n" + moduli_line("2 6 100 2047", modulus) +
                                        moduli_line("2 6 100 2047", modulus).substr(0, 300));
  ASSERT_EQ(file.groups.size(), 1U);
  EXPECT_EQ(file.groups[0].group.prime, group.prime);
  EXPECT_EQ(file.groups[0].group.generator, Bytes{2});
  EXPECT_EQ(file.groups[0].line, 3U);
  ASSERT_EQ(file.faults.size(), 1U) << "cut in the middle";
  EXPECT_EQ(faults_of(moduli_line("2 6 100 2048", modulus)),
            "1: the modulus is not of the size that the line says\n");
  for (const char* fields :
       {"4 6 100 2047", "0 6 100 2047", "2 0 0 2047", "2 7 100 2047", "2 1 100 2047", "2 6 0 2047"})
    EXPECT_EQ(faults_of(moduli_line(fields, modulus)), "1: not said to be a tested safe prime\n")
        << fields;
  EXPECT_EQ(faults_of(moduli_line("2 6 100 x", modulus)), "1: a field that is no number\n");
  EXPECT_EQ(faults_of(moduli_line("2 6 100 -1", modulus)), "1: a field that is no number\n");
  EXPECT_EQ(faults_of(moduli_line("2 6 100 2047", "")), "1: a field that is no number\n");
  EXPECT_EQ(faults_of(moduli_line("2 6 100 2047", modulus + "g")),
            "1: a field that is no number\n");
  EXPECT_EQ(faults_of("one two\n"), "1: not the seven fields of moduli(5)\n");
  EXPECT_EQ(faults_of(moduli_line("2 6 100 2047", modulus.substr(0, 511) + "E")),
            "1: the modulus is even\n");
  EXPECT_TRUE(parse_dh_parameters("").groups.empty());
}

TEST(DhParameters, AnythingIsSurvived) {
  std::mt19937 random(4419);
  const std::string samples[] = {data_file("dh_parameters.pem"),
                                 moduli_line("2 6 100 2047", hex(modp_groups(2048).at(0).prime))};
  for (int round = 0; round < 2000; ++round) {
    std::string text = samples[round % 2];
    for (auto n = 1 + random() % 4; n != 0; --n)
      text[random() % text.size()] = static_cast<char>(random());
    if (random() % 3 == 0) text.resize(random() % text.size());
    for (const auto& entry : parse_dh_parameters(text).groups)
      EXPECT_EQ(dh_group_fault(entry.group), nullptr);
  }
}

}  // namespace ssh2core::keys
