// KRLs and lists of weak keys: what they hold, and that nothing broken is taken for a list.
#include "keys/revocation_list.h"

#include <gtest/gtest.h>

#include <random>

#include "keys/authorized_keys.h"
#include "keys/key_blacklist.h"
#include "keys/private_key_file.h"
#include "keys/tests/key_files.h"
#include "libssh2core/crypto/hash.h"
#include "libssh2core/tests/certificate_maker.h"

namespace ssh2core::keys {
namespace {

void put_u64(Writer& w, std::uint64_t value) {
  w.u32(static_cast<std::uint32_t>(value >> 32));
  w.u32(static_cast<std::uint32_t>(value));
}

Bytes bytes_of(const std::function<void(Writer&)>& fill) {
  Buffer out;
  Writer w(out);
  fill(w);
  return out.to_bytes();
}

/// A KRL with these sections, each a type and its content.
Bytes krl(const std::vector<std::pair<std::uint8_t, Bytes>>& sections) {
  return bytes_of([&](Writer& w) {
    w.raw(as_bytes(std::string_view("SSHKRL\n\0", 8)));
    w.u32(1);
    for (int i = 0; i < 3; ++i) put_u64(w, 0);
    w.string("");
    w.string("comment");
    for (const auto& [kind, content] : sections) {
      w.u8(kind);
      w.string(content);
    }
  });
}

Bytes certificates(ByteView ca, const std::vector<std::pair<std::uint8_t, Bytes>>& parts) {
  return bytes_of([&](Writer& w) {
    w.string(ca);
    w.string("");
    for (const auto& [kind, content] : parts) {
      w.u8(kind);
      w.string(content);
    }
  });
}

class Revocation : public testing::Test {
 protected:
  PublicKey certificate(std::uint64_t serial, const std::string& key_id = "id") const {
    CertificateFields fields;
    fields.serial = serial;
    fields.key_id = key_id;
    return PublicKey::from_blob(make_certificate(user_.public_blob(), fields, ca_, "ssh-ed25519"))
        .value();
  }
  static std::optional<std::string> problem(const Bytes& file, const PublicKey& key) {
    const auto parsed = RevocationList::parse(file);
    const auto* list = std::get_if<RevocationList>(&parsed);
    EXPECT_NE(list, nullptr) << std::get<std::string>(parsed);
    return list == nullptr ? std::nullopt : list->problem(key);
  }
  bool revokes_serial(std::uint8_t kind, const Bytes& content, std::uint64_t serial) const {
    return problem(krl({{1, certificates(ca_.public_blob(), {{kind, content}})}}),
                   certificate(serial))
        .has_value();
  }

  PrivateKey ca_ = PrivateKey::generate_ed25519(), user_ = PrivateKey::generate_ed25519(),
             other_ = PrivateKey::generate_ed25519();
};

TEST_F(Revocation, OfSerialNumbers) {
  const Bytes list = bytes_of([](Writer& w) { put_u64(w, 5), put_u64(w, 9); });
  const Bytes range = bytes_of([](Writer& w) { put_u64(w, 5), put_u64(w, 9); });
  const Bytes bitmap = bytes_of([](Writer& w) { put_u64(w, 5), w.mpint(Bytes{0x11}); });
  for (const std::uint64_t serial : {4U, 5U, 7U, 9U, 10U}) {
    const bool end = serial == 5 || serial == 9;
    EXPECT_EQ(revokes_serial(0x20, list, serial), end) << serial;
    EXPECT_EQ(revokes_serial(0x21, range, serial), end || serial == 7) << serial;
    EXPECT_EQ(revokes_serial(0x22, bitmap, serial), end) << serial;
  }
}

TEST_F(Revocation, OfKeyIdsAndOfOneCaOrOfAll) {
  const Bytes ids = bytes_of([](Writer& w) { w.string("bob"), w.string("ann"); });
  const auto of = [&](ByteView ca) { return krl({{1, certificates(ca, {{0x23, ids}})}}); };
  EXPECT_TRUE(problem(of(ca_.public_blob()), certificate(1, "ann")));
  EXPECT_TRUE(problem(of({}), certificate(1, "ann")));
  EXPECT_FALSE(problem(of(other_.public_blob()), certificate(1, "ann")));
  EXPECT_FALSE(problem(of(ca_.public_blob()), certificate(1, "eve")));
}

TEST_F(Revocation, OfKeysAndHashes) {
  const auto one = [](ByteView value) { return bytes_of([&](Writer& w) { w.string(value); }); };
  const PublicKey plain = PublicKey::from_blob(user_.public_blob()).value();
  for (const PrivateKey* key : {&user_, &ca_, &other_}) {
    const Bytes& blob = key->public_blob();
    for (const Bytes& file : {krl({{2, one(blob)}}), krl({{3, one(hash("SHA1", blob))}}),
                              krl({{5, one(hash("SHA256", blob))}}), Bytes([&] {
                                const std::string line = to_openssh_public_line(blob, "me") + "\n";
                                return Bytes(line.begin(), line.end());
                              }())}) {
      EXPECT_EQ(problem(file, plain).has_value(), key == &user_);
      EXPECT_EQ(problem(file, certificate(1)).has_value(), key != &other_) << "the CA counts, too";
    }
  }
}

TEST_F(Revocation, WhatIsNotUnderstoodIsNoList) {
  const auto extension = [](bool critical) {
    return bytes_of([&](Writer& w) { w.string("x"), w.u8(critical ? 1 : 0), w.string("y"); });
  };
  const auto refused = [](const Bytes& file) {
    return std::holds_alternative<std::string>(RevocationList::parse(file));
  };
  EXPECT_FALSE(refused(krl({})));
  EXPECT_FALSE(refused(krl({{255, extension(false)}})));
  EXPECT_TRUE(refused(krl({{255, extension(true)}})));
  EXPECT_FALSE(refused(krl({{1, certificates({}, {{0x39, extension(false)}})}})));
  EXPECT_TRUE(refused(krl({{1, certificates({}, {{0x39, extension(true)}})}})));
  EXPECT_TRUE(refused(krl({{4, {}}}))) << "a signature";
  EXPECT_TRUE(refused(krl({{6, {}}}))) << "an unknown section";
  EXPECT_TRUE(refused(krl({{1, certificates({}, {{0x24, {}}})}})));
  EXPECT_TRUE(refused(krl({{3, bytes_of([](Writer& w) { w.string(Bytes(19, 1)); })}})));
  EXPECT_TRUE(
      refused(krl({{1, certificates({}, {{0x20, bytes_of([](Writer& w) { put_u64(w, 0); })}})}})))
      << "the number that stands for none";
  EXPECT_TRUE(refused(krl({{1, certificates({}, {{0x22, bytes_of([](Writer& w) {
                                                    put_u64(w, 1);
                                                    w.mpint(Bytes(2049, 1));
                                                  })}})}})))
      << "a bitmap without an end";
  for (const std::string_view text : {"no key\n", "ssh-ed25519 AAAA\n", "SSHKRL\n"})
    EXPECT_TRUE(refused(Bytes(text.begin(), text.end()))) << text;
}

TEST_F(Revocation, RefusesEveryTruncationAndSurvivesMutations) {
  const Bytes file = krl(
      {{1, certificates(ca_.public_blob(),
                        {{0x20, bytes_of([](Writer& w) { put_u64(w, 5); })},
                         {0x21, bytes_of([](Writer& w) { put_u64(w, 7), put_u64(w, 9); })},
                         {0x22, bytes_of([](Writer& w) { put_u64(w, 1), w.mpint(Bytes{1, 2}); })},
                         {0x23, bytes_of([](Writer& w) { w.string("ann"); })}})},
       {2, bytes_of([&](Writer& w) { w.string(user_.public_blob()); })},
       {5, bytes_of([&](Writer& w) { w.string(hash("SHA256", user_.public_blob())); })}});
  std::size_t whole = 0;  // cuts between two sections leave a shorter list
  for (std::size_t size = 0; size < file.size(); ++size)
    whole +=
        std::holds_alternative<RevocationList>(RevocationList::parse(ByteView(file).first(size)))
            ? 1U
            : 0U;
  EXPECT_LE(whole, 4U);
  std::mt19937 random(20250105);
  const PublicKey key = certificate(5);
  for (int round = 0; round < 2000; ++round) {
    Bytes changed = file;
    for (unsigned i = 0; i <= random() % 3; ++i)
      changed[random() % changed.size()] = static_cast<std::uint8_t>(random());
    const auto parsed = RevocationList::parse(changed);
    if (const auto* list = std::get_if<RevocationList>(&parsed)) (void)list->problem(key);
  }
}

TEST(RevocationFile, OfSshKeygenIsRead) {
  const std::string file = test_file("test-krl");
  const auto parsed = RevocationList::parse(as_bytes(file));
  const auto* list = std::get_if<RevocationList>(&parsed);
  ASSERT_NE(list, nullptr) << std::get<std::string>(parsed);
  const auto revoked = [&](const char* name) {
    const std::string text = test_file(name);
    const auto keys = parse_authorized_keys(text).keys;
    return list->problem(PublicKey::from_blob(keys.at(0).blob).value()).has_value();
  };
  EXPECT_TRUE(revoked("test-ed25519.pub"));
  EXPECT_TRUE(revoked("test-rsa.pub"));
  EXPECT_TRUE(revoked("test-ecdsa256.pub"));
  EXPECT_FALSE(revoked("test-ecdsa384.pub"));
}

/// A list of weak keys with one record, of this MD5, written by the format's rule for its table.
Bytes weak_list(const Bytes& md5) {
  Bytes file = bytes_of([](Writer& w) {
    w.raw(as_bytes("SSH-FP00"));
    w.raw(Bytes{16, 16, 48, 0, 0, 1, 0, 0});
  });
  const std::size_t index = std::size_t{md5[0]} << 8 | md5[1];
  for (std::size_t i = 0; i < 65536; ++i) {
    file.push_back(0);
    file.push_back(i <= index ? 0 : 1);
  }
  file.insert(file.end(), md5.begin() + 2, md5.begin() + 6);
  return file;
}

TEST(KeyBlacklist, FindsItsOwn) {
  const Bytes md5 = hash("MD5", as_bytes("a weak key"));
  const Bytes file = weak_list(md5);
  ASSERT_EQ(blacklist_problem(file), "");
  EXPECT_EQ(blacklist_size(file), 1U);
  EXPECT_EQ(is_blacklisted(file, md5), std::optional(true));
  Bytes near = md5;
  near[15] ^= 1;
  EXPECT_EQ(is_blacklisted(file, near), std::optional(true)) << "48 bits count";
  near = md5;
  near[5] ^= 1;
  EXPECT_EQ(is_blacklisted(file, near), std::optional(false));
  near = md5;
  near[1] ^= 1;
  EXPECT_EQ(is_blacklisted(file, near), std::optional(false));
}

TEST(KeyBlacklist, RefusesEveryOtherSizeAndSurvivesBrokenTables) {
  const Bytes md5 = hash("MD5", as_bytes("a weak key"));
  Bytes file = weak_list(md5);
  for (const std::size_t size : {std::size_t{0}, std::size_t{15}, std::size_t{16}, file.size() - 1})
    EXPECT_NE(blacklist_problem(ByteView(file).first(size)), "") << size;
  file.push_back(0);
  EXPECT_NE(blacklist_problem(file), "");
  file.pop_back();
  for (std::size_t i = 0; i < 16; ++i) {
    Bytes changed = file;
    changed[i] ^= 0x80;
    if (blacklist_problem(changed).empty()) (void)is_blacklisted(changed, md5);
  }
  std::mt19937 random(20250106);
  for (int round = 0; round < 2000; ++round) {
    const std::size_t at = 16 + random() % 131072;
    const std::uint8_t before = std::exchange(file[at], static_cast<std::uint8_t>(random()));
    Bytes other = md5;
    other[0] = static_cast<std::uint8_t>((at - 16) / 512);
    other[1] = static_cast<std::uint8_t>((at - 16) / 2);
    (void)is_blacklisted(file, other);
    file[at] = before;
  }
  Bytes far = file;
  far[16 + 2 * (std::size_t{md5[0]} << 8 | md5[1])] = 0xff;
  EXPECT_EQ(is_blacklisted(far, md5), std::nullopt) << "fails closed";
}

}  // namespace
}  // namespace ssh2core::keys
