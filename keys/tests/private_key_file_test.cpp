#include "keys/private_key_file.h"

#include <algorithm>

#include "keys/base64.h"
#include "keys/openssh_cipher.h"
#include "keys/tests/key_files.h"
#include "libssh2core/wire/buffer.h"

namespace ssh2core::keys {
namespace {

using Result = std::variant<PrivateKey, KeyFileError>;

Result parse(std::string_view text, std::string_view passphrase = {}) {
  return parse_private_key(text, Secret(as_bytes(passphrase)));
}
std::string error_of(const Result& result) {
  const auto* error = std::get_if<KeyFileError>(&result);
  return error == nullptr ? "" : error->what;
}
bool needs_passphrase(const Result& result) {
  const auto* error = std::get_if<KeyFileError>(&result);
  return error != nullptr && error->passphrase_needed;
}
/// The blob of a committed .pub file.
Bytes public_blob(const std::string& name) {
  const std::string line = test_file(name + ".pub");
  const std::size_t begin = line.find(' ') + 1;
  return base64_decode(line.substr(begin, line.find(' ', begin) - begin)).value();
}

struct File {
  const char *name, *same_as;  // the key that it holds, as NAME.pub
  bool encrypted;
};
const File kFiles[] = {
    {"test-ed25519", "test-ed25519", false},
    {"test-ecdsa256", "test-ecdsa256", false},
    {"test-ecdsa384", "test-ecdsa384", false},
    {"test-ecdsa521", "test-ecdsa521", false},
    {"test-rsa", "test-rsa", false},
    {"test-ed25519-aes128-ctr", "test-ed25519", true},
    {"test-ed25519-aes192-ctr", "test-ed25519", true},
    {"test-ed25519-aes256-ctr", "test-ed25519", true},
    {"test-ed25519-aes128-cbc", "test-ed25519", true},
    {"test-ed25519-aes192-cbc", "test-ed25519", true},
    {"test-ed25519-aes256-cbc", "test-ed25519", true},
    {"test-ed25519-aes128-gcm@openssh.com", "test-ed25519", true},
    {"test-ed25519-aes256-gcm@openssh.com", "test-ed25519", true},
    {"test-ed25519-chacha20-poly1305@openssh.com", "test-ed25519", true},
    {"test-rsa-encrypted", "test-rsa", true},
    {"test-rsa-pem", "test-rsa", false},
    {"test-rsa-pem-encrypted", "test-rsa", true},
    {"test-rsa-pkcs8", "test-rsa", false},
    {"test-rsa-pkcs8-encrypted", "test-rsa", true},
    {"test-ecdsa256-pem", "test-ecdsa256", false},
    {"test-ecdsa256-pem-encrypted", "test-ecdsa256", true},
    {"test-ecdsa256-pkcs8", "test-ecdsa256", false},
    {"test-ecdsa256-pkcs8-encrypted", "test-ecdsa256", true},
    {"test-ecdsa384-pem", "test-ecdsa384", false},
    {"test-ecdsa384-pem-encrypted", "test-ecdsa384", true},
    {"test-ecdsa384-pkcs8", "test-ecdsa384", false},
    {"test-ecdsa384-pkcs8-encrypted", "test-ecdsa384", true},
    {"test-ecdsa521-pem", "test-ecdsa521", false},
    {"test-ecdsa521-pem-encrypted", "test-ecdsa521", true},
    {"test-ecdsa521-pkcs8", "test-ecdsa521", false},
    {"test-ecdsa521-pkcs8-encrypted", "test-ecdsa521", true},
    {"test-ed25519-pkcs8", "test-ed25519", false},
    {"test-ed25519-pkcs8-encrypted", "test-ed25519", true},
    {"test-ed25519-scrypt", "test-ed25519", true},
    {"test-ed448", "test-ed448", false},
    {"test-ed448-openssh", "test-ed448", false},
    {"test-dsa", "test-dsa", false},
    {"test-dsa-pem", "test-dsa", false},
};

TEST(PrivateKeyFile, ReadsEveryFormatAndEncryption) {
  for (const File& file : kFiles) {
    const Result result =
        parse(test_file(file.name), file.encrypted ? kTestPassphrase : std::string_view());
    ASSERT_TRUE(std::holds_alternative<PrivateKey>(result)) << file.name << error_of(result);
    EXPECT_EQ(std::get<PrivateKey>(result).public_blob(), public_blob(file.same_as)) << file.name;
  }
}

TEST(PrivateKeyFile, SaysThatAPassphraseIsMissingOrWrong) {
  for (const File& file : kFiles) {
    if (!file.encrypted) continue;
    const std::string text = test_file(file.name);
    const Result missing = parse(text), wrong = parse(text, "wrong");
    EXPECT_TRUE(needs_passphrase(missing)) << file.name << error_of(missing);
    EXPECT_TRUE(error_of(missing).find("needs its passphrase") != std::string::npos) << file.name;
    EXPECT_TRUE(needs_passphrase(wrong)) << file.name << error_of(wrong);
  }
}

TEST(PrivateKeyFile, HasAFileForEveryCipher) {
  for (const FileCipher& cipher : kFileCiphers) {
    if (cipher.mode == FileCipherMode::Plain) continue;
    EXPECT_TRUE(std::ranges::any_of(kFiles, [&](const File& file) {
      return std::string_view(file.name).ends_with(cipher.name);
    })) << cipher.name;
  }
}

TEST(PrivateKeyFile, NamesOtherKindsOfFiles) {
  const std::pair<std::string, const char*> kinds[] = {
      {test_file("test-ed25519.pub"), "public key; the private key belongs here, usually the same"},
      {test_file("test-rsa.pub"), "public key"},
      {test_file("test-dsa.pub"), "public key"},
      {test_file("test-ed25519-cert.pub"), "certificate"},
      {test_file("test-ed25519-rfc4716.pub"), "RFC 4716"},
      {test_file("test-ed25519-v2.ppk"), "PPK version 2"},
      {test_file("test-ed25519-v3.ppk"), "PPK version 3"},
      {test_file("test-rsa-sshcom"), "ssh.com"},
      {test_file("test-ed25519-dropbear"), "dropbearconvert"},
      {test_file("test-ed25519-der"), "DER"},
      {test_file("test-secp256k1"), "P-256"},
      {test_file("test-rsa-512"), "1024 bits"},
      {"", "empty"},
      {" \r\n\t\n", "empty"},
      {"hello\n", "no private key in a format we know"},
      {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "X.509"},
      {"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "public key"},
      {"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n", "END line is missing"},
      {"-----BEGIN OPENSSH PRIVATE KEY-----\n!\n-----END OPENSSH PRIVATE KEY-----\n", "no base64"},
      {"-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n", "damaged"},
      {std::string("\xff\xfeh\0e\0", 6), "UTF-16"},
      {std::string("\0\1\2\3", 4), "binary"},
      {std::string(300000, 'A'), "too long"},
      {"SSH PRIVATE KEY FILE FORMAT 1.1\n", "protocol 1"},
  };
  for (const auto& [text, expected] : kinds) {
    const Result result = parse(text);
    EXPECT_TRUE(error_of(result).find(expected) != std::string::npos)
        << expected << " is not in: " << error_of(result);
    EXPECT_FALSE(needs_passphrase(result)) << expected;
  }
}

TEST(PrivateKeyFile, ToleratesHowTextGetsMangled) {
  const auto replaced = [](std::string text, const std::string& from, const std::string& to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
      text.replace(at, from.size(), to);
    return text;
  };
  const auto is_key = [](const std::string& text, std::string_view passphrase = {}) {
    const Result result = parse(text, passphrase);
    return error_of(result);
  };
  for (const char* name : {"test-ed25519", "test-rsa-pem", "test-ecdsa256-pkcs8"}) {
    const std::string text = test_file(name);
    EXPECT_EQ(is_key(replaced(text, "\n", "\r\n")), "") << name;
    EXPECT_EQ(is_key(replaced(text, "\n", "  \n\t ")), "") << name;
    EXPECT_EQ(is_key("\n\nfor the backup host:\n" + text + "\nregards\n"), "") << name;
    EXPECT_EQ(is_key("\xef\xbb\xbf" + text), "") << name;
    EXPECT_EQ(is_key(text.substr(0, text.size() - 1)), "") << name;
  }
  EXPECT_EQ(is_key(replaced(test_file("test-rsa-pem-encrypted"), "\n", "\r\n"), kTestPassphrase),
            "");
  EXPECT_EQ(is_key(test_file("test-ecdsa256-with-parameters")), "");
  EXPECT_EQ(is_key("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" +
                   test_file("test-rsa-pkcs8")),
            "");
}

TEST(PrivateKeyFile, WritesWhatItReads) {
  for (const char* name :
       {"test-ed25519", "test-ecdsa256", "test-ecdsa384", "test-ecdsa521", "test-rsa"}) {
    const std::string text = test_file(name);
    const Result original = parse(text);
    const Secret written =
        to_openssh_private_key(std::get<PrivateKey>(original), std::string(name) + "@test");
    EXPECT_EQ(written.size(), text.size()) << name;
    const Result again = parse(as_text(written.view()));
    ASSERT_EQ(error_of(again), "") << name;
    EXPECT_EQ(std::get<PrivateKey>(again).public_blob(), public_blob(name));
    EXPECT_EQ(to_openssh_public_line(public_blob(name), std::string(name) + "@test") + "\n",
              test_file(std::string(name) + ".pub"));
  }
}

/// The committed key with a change inside its base64.
Result parse_changed(const std::function<void(Bytes&)>& change, std::string_view passphrase = {},
                     const char* name = "test-ed25519") {
  const std::string text = test_file(name);
  const std::size_t begin = text.find('\n') + 1;
  const auto content = base64_decode_lines(text.substr(begin, text.find("-----END") - begin));
  Bytes bytes(content->view().begin(), content->view().end());
  change(bytes);
  const Secret lines = base64_encode_lines(bytes, 70);
  return parse(text.substr(0, begin) + std::string(as_text(lines.view())) +
                   text.substr(text.find("-----END")),
               passphrase);
}

TEST(PrivateKeyFile, ChecksTheInsideOfAnOpenSshKey) {
  // Offsets: magic 15, "none" 8, "none" 8, "" 4, then the number of keys at 35, the public blob at
  // 39, the section at 94 with its length, two check numbers, the type (15), the point (36).
  const auto flip = [](std::size_t at) { return [at](Bytes& bytes) { bytes.at(at) ^= 1; }; };
  EXPECT_EQ(error_of(parse_changed([](Bytes&) {})), "");
  EXPECT_NE(error_of(parse_changed(flip(3))).find("begin"), std::string::npos);
  EXPECT_NE(error_of(parse_changed(flip(38))).find("0 private keys"), std::string::npos);
  EXPECT_NE(error_of(parse_changed(flip(70))).find("another key"), std::string::npos);
  EXPECT_NE(error_of(parse_changed(flip(98))).find("check numbers"), std::string::npos);
  EXPECT_NE(error_of(parse_changed(flip(130))).find("differ"), std::string::npos);
  EXPECT_NE(error_of(parse_changed(flip(165))).find("another key"), std::string::npos);
  EXPECT_NE(error_of(parse_changed([](Bytes& b) { b.back() ^= 1; })).find("padding"),
            std::string::npos);
  EXPECT_NE(error_of(parse_changed([](Bytes& b) { b.push_back(0); })).find("at its end"),
            std::string::npos);
}

TEST(PrivateKeyFile, RefusesAPemKeyWhosePrivateExponentIsDamaged) {
  // Two bits of d; the numbers that OpenSSL signs with are whole.
  std::string text = test_file("test-rsa-pem");
  ASSERT_TRUE(std::holds_alternative<PrivateKey>(parse_private_key(text)));
  const std::string_view inside = "CeUOv6AMQWm8", damaged = "CeUOv6AMYWm8";
  ASSERT_NE(text.find(inside), std::string::npos);
  text.replace(text.find(inside), inside.size(), damaged);
  EXPECT_TRUE(std::holds_alternative<KeyFileError>(parse_private_key(text)));
}

TEST(PrivateKeyFile, RefusesTooManyRoundsBeforeAnyWork) {
  // "aes256-ctr" 14, "bcrypt" 10, options 4 + 4 + 16: the rounds stand at 15 + 14 + 10 + 24.
  const auto result = parse_changed([](Bytes& bytes) { bytes.at(63) = 0x7f; }, kTestPassphrase,
                                    "test-ed25519-aes256-ctr");
  EXPECT_NE(error_of(result).find("rounds"), std::string::npos) << error_of(result);
}

/// The file as a text whose base64 decodes to these bytes.
std::string armoured(ByteView content) {
  const Secret lines = base64_encode_lines(content, 70);
  return "-----BEGIN OPENSSH PRIVATE KEY-----\n" + std::string(as_text(lines.view())) +
         "-----END OPENSSH PRIVATE KEY-----\n";
}

TEST(PrivateKeyFile, SurvivesEveryTruncationAndRandomDamage) {
  for (const char* name : {"test-ed25519", "test-ecdsa384", "test-rsa",
                           "test-ed25519-chacha20-poly1305@openssh.com"}) {
    const std::string text = test_file(name);
    const std::size_t begin = text.find('\n') + 1;
    const auto content = base64_decode_lines(text.substr(begin, text.find("-----END") - begin));
    ASSERT_TRUE(content);
    const std::string inside(as_text(content->view()));
    for_every_truncation(inside, [](const std::string& damaged) {
      EXPECT_NE(error_of(parse(armoured(as_bytes(damaged)))), "");
    });
    for_random_mutations(
        inside, 300, [](const std::string& damaged) { (void)parse(armoured(as_bytes(damaged))); });
  }
  for (const char* name : {"test-ed25519", "test-rsa-pem", "test-rsa-pem-encrypted",
                           "test-ecdsa256-pkcs8", "test-ed25519-pkcs8-encrypted"}) {
    const std::string text = test_file(name);
    const std::size_t end_line = text.rfind("-----") + 5;
    for_every_truncation(text.substr(0, end_line), [](const std::string& damaged) {
      EXPECT_NE(error_of(parse(damaged)), "");
    });
    for_random_mutations(text, 300, [](const std::string& damaged) { (void)parse(damaged); });
  }
}

}  // namespace
}  // namespace ssh2core::keys
