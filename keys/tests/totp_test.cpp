// One-time passwords: the vectors of RFC 6238 appendix B and RFC 4226 appendix D, the file of
// secrets.
#include "keys/totp.h"

#include <gtest/gtest.h>

#include <random>

namespace ssh2core::keys {
namespace {

std::string code_at(const std::string& secret, std::uint64_t step, TotpParameters parameters) {
  return std::string(as_text(totp_code(as_bytes(secret), step, parameters).view()));
}
std::string repeated(std::size_t size) {
  std::string out;
  while (out.size() < size) out += "1234567890";
  return out.substr(0, size);
}

TEST(Totp, CodesAreThoseOfRfc6238) {  // appendix B
  const struct {
    std::uint64_t time;
    const char *sha1, *sha256, *sha512;
  } kVectors[] = {
      {59, "94287082", "46119246", "90693936"},
      {1111111109, "07081804", "68084774", "25091201"},
      {1111111111, "14050471", "67062674", "99943326"},
      {1234567890, "89005924", "91819424", "93441116"},
      {2000000000, "69279037", "90698825", "38618901"},
      {20000000000, "65353130", "77737706", "47863826"},
  };
  for (const auto& v : kVectors) {
    EXPECT_EQ(code_at(repeated(20), v.time / 30, {"SHA1", 8}), v.sha1);
    EXPECT_EQ(code_at(repeated(32), v.time / 30, {"SHA256", 8}), v.sha256);
    EXPECT_EQ(code_at(repeated(64), v.time / 30, {"SHA512", 8}), v.sha512);
  }
}

TEST(Totp, SixDigitsAreThoseOfRfc4226) {  // appendix D
  const char* const kCodes[] = {"755224", "287082", "359152", "969429", "338314",
                                "254676", "287922", "162583", "399871", "520489"};
  for (std::uint64_t count = 0; count < std::size(kCodes); ++count)
    EXPECT_EQ(code_at(repeated(20), count, {}), kCodes[count]);
}

TEST(Totp, Base32IsThatOfRfc4648) {  // section 10
  for (const auto& [text, bytes] : {std::pair{"MY======", "f"},
                                    {"MZXQ====", "fo"},
                                    {"MZXW6===", "foo"},
                                    {"mzxw 6yq", "foob"},
                                    {"MZXW-6YTB", "fooba"},
                                    {"MZXW6YTBOI======", "foobar"}})
    EXPECT_EQ(as_text(base32_decode(text).value().view()), bytes);
  for (const char* text : {"", "=", "A", "MZXW1", "MZ!"}) EXPECT_FALSE(base32_decode(text)) << text;
}

constexpr std::string_view kSecretText = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";  // 1234567890 twice

TotpFile one_user() {
  return std::get<TotpFile>(TotpFile::parse("# codes\n\nann:" + std::string(kSecretText) + "\n"));
}
std::chrono::system_clock::time_point at(int seconds) {
  return std::chrono::system_clock::time_point(std::chrono::seconds(seconds));
}

TEST(TotpFile, MatchesWithinItsWindowOnly) {
  const TotpFile file = one_user();
  const Secret code(as_bytes("287082"));  // of step 1
  EXPECT_EQ(file.match("ann", code, at(59), 1).begin, std::chrono::seconds(30));
  EXPECT_EQ(file.match("ann", code, at(29), 1).begin,
            std::chrono::seconds(30));  // a clock that is late
  EXPECT_EQ(file.match("ann", code, at(89), 1).begin, std::chrono::seconds(30));  // or early
  EXPECT_EQ(file.match("ann", code, at(90), 1).begin, std::nullopt);
  EXPECT_EQ(file.match("ann", code, at(89), 0).begin, std::nullopt);
  EXPECT_EQ(file.match("bob", code, at(59), 1).begin, std::nullopt);
  for (const char* wrong : {"", "287083", "28708", "2870820", "287082 "})
    EXPECT_EQ(file.match("ann", Secret(as_bytes(wrong)), at(59), 1).begin, std::nullopt);
}

TEST(TotpFile, ReadsParameters) {
  const auto file = std::get<TotpFile>(
      TotpFile::parse("ann:" + std::string(kSecretText) + " digits=8 period=60\tdigest=SHA1\r\n"));
  EXPECT_EQ(file.match("ann", Secret(as_bytes("94287082")), at(119), 0).begin,
            std::chrono::seconds(60));
}

TEST(TotpFile, RefusesWhatItDoesNotUnderstand) {
  const std::string good = "ann:" + std::string(kSecretText);
  for (const std::string& text :
       {std::string("ann"), std::string("ann:"), std::string("ann:AAAA"), std::string(":" + good),
        "a b:" + std::string(kSecretText), good + " digits=9", good + " digits", good + " period=0",
        good + " digest=MD5", good + " x", good + "\n" + good}) {
    const auto parsed = TotpFile::parse(text);
    const auto* error = std::get_if<TotpFile::Error>(&parsed);
    ASSERT_NE(error, nullptr) << text;
    EXPECT_EQ(error->what.find(kSecretText), std::string::npos) << "a secret in an error text";
  }
}

TEST(TotpFile, SurvivesMutations) {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    std::string text = "ann:" + std::string(kSecretText) + " digits=8 period=60 digest=SHA256\n";
    for (unsigned n = random() % 4 + 1; n != 0; --n)
      text[random() % text.size()] = static_cast<char>(random());
    if (const auto parsed = TotpFile::parse(text);
        const auto* file = std::get_if<TotpFile>(&parsed))
      file->match("ann", Secret(as_bytes("123456")), at(59), 1);
  }
}

}  // namespace
}  // namespace ssh2core::keys
