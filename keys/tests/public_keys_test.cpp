// All public keys of files of every kind, whole, cut and damaged.
#include "keys/public_keys.h"

#include <gmock/gmock.h>

#include "keys/base64.h"
#include "keys/digest_art.h"
#include "keys/key_facts.h"
#include "keys/tests/key_files.h"
#include "libssh2core/crypto/hash.h"
#include "libssh2core/wire/buffer.h"

namespace ssh2core::keys {
namespace {

struct Found {
  std::vector<std::string> lines;  // "LINE TYPE BITS FINGERPRINT COMMENT"
  std::vector<std::string> problems;
};

Found find(std::string_view text) {
  Found found;
  find_public_keys(
      text, {[&](const FoundKey& key) {
               const auto read = key_facts(key.blob);
               if (const auto* why = std::get_if<std::string>(&read)) {
                 found.problems.push_back(std::to_string(key.line) + ": " + *why);
                 return;
               }
               const auto& facts = std::get<KeyFacts>(read);
               const ByteView plain =
                   facts.plain_blob.empty() ? key.blob : ByteView(facts.plain_blob);
               found.lines.push_back(std::to_string(key.line) + " " + key_label(*facts.row) + " " +
                                     std::to_string(facts.bits) + " " + fingerprint_sha256(plain) +
                                     " " + std::string(key.comment));
             },
             [&](std::size_t line, std::string_view what) {
               found.problems.push_back(std::to_string(line) + ": " + std::string(what));
             }});
  return found;
}

/// The files of one key, in every format, and whether the comment can be read.
struct Row {
  std::string file;
  std::string wanted;
};

class PublicKeys : public testing::TestWithParam<Row> {};

TEST_P(PublicKeys, AreFoundInFilesOfEveryKind) {
  const Found found = find(test_file(GetParam().file));
  EXPECT_THAT(found.lines, testing::ElementsAre(GetParam().wanted));
  EXPECT_THAT(found.problems, testing::IsEmpty());
}

constexpr std::string_view kEd25519 =
    "1 ED25519 256 SHA256:lDCX300RHDdUC17995yKx294shN2qdcrdEf1fNQ6/wU";
std::string ed25519(std::string_view comment) {
  return std::string(kEd25519) + " " + std::string(comment);
}
constexpr std::string_view kComment = "test-ed25519@test";

INSTANTIATE_TEST_SUITE_P(
    Files, PublicKeys,
    testing::Values(
        Row{"test-ed25519", ed25519(kComment)}, Row{"test-ed25519.pub", ed25519(kComment)},
        Row{"test-ed25519-aes256-ctr", ed25519("")}, Row{"test-ed25519-pkcs8", ed25519("")},
        Row{"test-ed25519-v2.ppk", ed25519(kComment)},
        Row{"test-ed25519-v3.ppk", ed25519(kComment)},
        Row{"test-ed25519-rfc4716.pub",
            ed25519("256-bit ED25519, converted by user@example from OpenSSH")},
        Row{"test-ed25519-cert.pub",
            "1 ED25519-CERT 256 SHA256:lDCX300RHDdUC17995yKx294shN2qdcrdEf1fNQ6/wU "
            "test-ed25519@test"},
        Row{"test-rsa",
            "1 RSA 2048 SHA256:XoQzEJ3LrdjuIJyASiv06pwfXfR1tMAe/KiqK+HVIEs test-rsa@test"},
        Row{"test-rsa-encrypted", "1 RSA 2048 SHA256:XoQzEJ3LrdjuIJyASiv06pwfXfR1tMAe/KiqK+HVIEs "},
        Row{"test-dsa", "1 DSA 1024 SHA256:El9q+JzbRLXo0xjZUn9DZDhOE7UQnrYwIfe0NKeMFsI dsa@test"},
        Row{"test-ecdsa521",
            "1 ECDSA 521 SHA256:bESd/G3eQClKZZCrTeJmizy2Nzj/mJWk7/ZKkXGPFT0 test-ecdsa521@test"},
        Row{"test-ed448-openssh",
            "1 ED448 448 SHA256:Av77i0dtul53EdySv4r2/i5HiVbYazbCn6lpSHsqeX8 test"}),
    [](const auto& parameter) {
      std::string name = parameter.param.file;
      for (char& c : name)
        if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
      return name;
    });

TEST(PublicKeysOfMixedFiles, AreFoundInTheirOrder) {
  const std::string text = test_file("test-rsa.pub") + "\n# a remark\n" +
                           test_file("test-ed25519-v2.ppk") +
                           test_file("test-ecdsa256-with-parameters") + "@revoked host.example " +
                           test_file("test-ed25519.pub") + test_file("test-ed25519-rfc4716.pub");
  const Found found = find(text);
  EXPECT_THAT(
      found.lines,
      testing::ElementsAre(testing::StartsWith("1 RSA"), testing::StartsWith("4 ED25519"),
                           testing::HasSubstr("ECDSA 256"), testing::HasSubstr("test-ed25519@test"),
                           testing::HasSubstr("converted by")));
  EXPECT_THAT(found.problems, testing::IsEmpty());
}

TEST(PublicKeysOfMixedFiles, OneBrokenEntryLeavesTheOthers) {
  const std::string ppk = test_file("test-ed25519-v3.ppk");
  const std::string text = ppk.substr(0, 60) + "\nPrivate-MAC: 00\n" +
                           test_file("test-ed25519.pub") +
                           "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n" +
                           "ssh-dss AAAA\n" + test_file("test-rsa.pub");
  const Found found = find(text);
  EXPECT_THAT(found.lines,
              testing::ElementsAre(testing::HasSubstr("ED25519"), testing::HasSubstr("RSA")));
  EXPECT_EQ(found.problems.size(), 3U) << testing::PrintToString(found.problems);
}

TEST(PublicKeysDamaged, AreAProblemAndNoCrash) {
  for (const char* name :
       {"test-ed25519", "test-rsa.pub", "test-ed25519-v2.ppk", "test-ed25519-cert.pub",
        "test-ed25519-rfc4716.pub", "test-ecdsa256-pem"}) {
    const std::string text = test_file(name);
    for_every_truncation(text, [](const std::string& cut) { find(cut); });
    for_random_mutations(text, 300, [](const std::string& damaged) { find(damaged); });
  }
}

TEST(KeyFactsTest, EveryCutOfABlobIsDamaged) {
  for (const char* name : {"test-rsa.pub", "test-dsa.pub", "test-ecdsa384.pub", "test-ed25519.pub",
                           "test-ed25519-cert.pub"}) {
    const std::string text = test_file(name);
    const std::size_t at = text.find(' ') + 1;
    const auto blob = base64_decode(text.substr(at, text.find(' ', at) - at));
    ASSERT_TRUE(blob);
    EXPECT_TRUE(std::holds_alternative<KeyFacts>(key_facts(*blob))) << name;
    for (std::size_t size = 0; size < blob->size(); ++size)
      EXPECT_FALSE(std::holds_alternative<KeyFacts>(key_facts(ByteView(*blob).first(size))))
          << name << " " << size;
    Bytes longer = *blob;
    longer.push_back(0);
    EXPECT_FALSE(std::holds_alternative<KeyFacts>(key_facts(longer))) << name;
  }
}

TEST(DigestArt, IsWhatItsAuthorsPublished) {
  EXPECT_EQ(bubblebabble({}), "xexax");  // the encoding's own examples
  EXPECT_EQ(bubblebabble(as_bytes("1234567890")), "xesef-disof-gytuf-katof-movif-baxux");
  EXPECT_EQ(bubblebabble(as_bytes("Pineapple")), "xigak-nyryk-humil-bosek-sonax");
  const std::string art = randomart({}, "RSA 2048", "RSA", "MD5");
  EXPECT_EQ(std::ranges::count(art, '\n'), 10);
  EXPECT_THAT(art, testing::StartsWith("+---[RSA 2048]----+"));
}

}  // namespace
}  // namespace ssh2core::keys
