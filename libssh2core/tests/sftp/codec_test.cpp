// Messages and ATTRS to bytes and back, in the versions we know of.
#include <random>

#include "libssh2core/tests/sftp/session_fixture.h"
#include "libssh2core/tests/vectors.h"

namespace ssh2core::sftp {
namespace {

Bytes encoded(const Attributes& a) {
  Buffer out;
  Writer w(out);
  put(w, a, 3);
  return out.to_bytes();
}
Attributes decoded(ByteView bytes) {
  Reader r(bytes);
  Attributes a;
  get(r, a, 3);
  r.expect_end();
  return a;
}

Attributes full_attributes() {
  Attributes a;
  a.size = 0x123456789aU;
  a.uid = 1000;
  a.gid = 100;
  a.mode = 0100644;
  a.atime = FileTime{1, 0};
  a.mtime = FileTime{2, 0};
  a.extended = {{"n", "v"}};
  return a;
}

TEST(AttributesCodec, LaysOutVersion3) {
  EXPECT_EQ(encoded({}), from_hex("00000000"));
  EXPECT_EQ(encoded(full_attributes()),
            from_hex("8000000f 000000123456789a 000003e8 00000064 000081a4 00000001 00000002"
                     "00000001 00000001 6e 00000001 76"));
}

TEST(AttributesCodec, ReadsWhatItWrites) {
  const Attributes a = full_attributes();
  const Attributes b = decoded(encoded(a));
  EXPECT_EQ(b.size, a.size);
  EXPECT_EQ(b.uid, a.uid);
  EXPECT_EQ(b.gid, a.gid);
  EXPECT_EQ(b.mode, a.mode);
  EXPECT_EQ(b.atime, a.atime);
  EXPECT_EQ(b.mtime, a.mtime);
  ASSERT_EQ(b.extended.size(), 1U);
  EXPECT_EQ(b.extended[0].name, "n");
  EXPECT_EQ(b.extended[0].value, "v");
}

TEST(AttributesCodec, LeavesOutWhatIsNotWhole) {
  Attributes a;
  a.uid = 1;
  a.mtime = FileTime{5, 0};
  EXPECT_EQ(encoded(a), from_hex("00000000"));
}

TEST(AttributesCodec, CutsTimesToThirtyTwoBits) {
  Attributes a;
  a.atime = FileTime{-1, 0};
  a.mtime = FileTime{std::int64_t{1} << 40, 0};
  EXPECT_EQ(encoded(a), from_hex("00000008 ffffffff ffffffff"));
  EXPECT_EQ(decoded(encoded(a)).mtime->seconds, 0xffffffff);
}

TEST(AttributesCodec, RefusesEveryTruncation) {
  const Bytes whole = encoded(full_attributes());
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_THROW(decoded(ByteView(whole).first(length)), ProtocolError) << length;
}

TEST(AttributesCodec, RefusesMorePairsThanFit) {
  EXPECT_THROW(decoded(from_hex("80000000 ffffffff 00000000 00000000")), ProtocolError);
}

TEST(AttributesCodec, SurvivesRandomBytes) {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    Bytes bytes(random() % 64);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
    try {
      decoded(bytes);
    } catch (const ProtocolError&) {
      continue;  // the only way it may fail
    }
  }
}

TEST(SftpCodec, PutsTheNameOfAnExtendedRequestInFront) {
  EXPECT_EQ(
      request(5, FsyncRequest{as_bytes("h")}),
      from_hex("0000001f c8 00000005 00000011 6673796e63406f70656e7373682e636f6d 00000001 68"));
}

TEST(SftpCodec, FieldsExistInTheirVersionsOnly) {
  Buffer out;
  encode_packet(out, 2, 1, StatusReply{4, "no", "en"});
  EXPECT_EQ(out.to_bytes(), from_hex("00000009 65 00000001 00000004"));
  out.clear();
  encode_packet(out, 3, 1, StatRequest{{"a"}, 7});
  EXPECT_EQ(out.to_bytes(), from_hex("0000000a 11 00000001 00000001 61"));
  out.clear();
  encode_packet(out, 4, 1, StatRequest{{"a"}, 7});
  EXPECT_EQ(out.to_bytes(), from_hex("0000000e 11 00000001 00000001 61 00000007"));
  out.clear();
  encode_packet(out, 5, 1, RenameRequest{{"a"}, {"b"}, 1});
  EXPECT_EQ(out.to_bytes(), from_hex("00000013 12 00000001 00000001 61 00000001 62 00000001"));
}

TEST(SftpCodec, AMissingOptionalFieldKeepsItsDefault) {
  const auto status = decode_body<StatusReply>(from_hex("00000004"), 3);
  EXPECT_EQ(status.code, 4U);
  EXPECT_EQ(status.message, "");
  EXPECT_EQ(decode_body<StatRequest>(from_hex("00000001 61"), 4).flags, 0U);
  EXPECT_THROW(decode_body<StatusReply>(from_hex("00000004 0000"), 3), ProtocolError);
}

TEST(SftpCodec, IgnoresSurplusBytes) {
  EXPECT_EQ(decode_body<RemoveRequest>(from_hex("00000001 61 0102"), 3).path.text, "a");
}

TEST(SftpCodec, RefusesANulInAPath) {
  EXPECT_THROW(decode_body<RemoveRequest>(from_hex("00000003 610062"), 3), ProtocolError);
}

TEST(SftpCodec, ReadsAListOfNames) {
  NameReply reply;
  reply.entries.push_back({"a", "long a", full_attributes()});
  reply.entries.push_back({"b", "long b", {}});
  const Bytes packet = request(9, reply);
  const PacketHead head = read_head(ByteView(packet).subspan(4));
  EXPECT_EQ(head.id, 9U);
  const auto back = decode_body<NameReply>(head.body, 3);
  ASSERT_EQ(back.entries.size(), 2U);
  EXPECT_EQ(back.entries[0].longname, "long a");
  EXPECT_EQ(back.entries[0].attributes.size, full_attributes().size);
  EXPECT_EQ(back.entries[1].filename, "b");
  for (std::size_t length = 0; length < head.body.size(); ++length)
    EXPECT_THROW(decode_body<NameReply>(head.body.first(length), 3), ProtocolError) << length;
  EXPECT_THROW(decode_body<NameReply>(from_hex("ffffffff"), 3), ProtocolError);
}

TEST(SftpCodec, ReadsExtensionPairsToTheEnd) {
  const Bytes packet = request(0, VersionReply{3, {{{"a", "1"}, {"b", "2"}}}});
  const PacketHead head = read_head(ByteView(packet).subspan(4));
  const auto back = decode_body<VersionReply>(head.body, 3);
  EXPECT_EQ(back.version, 3U);
  ASSERT_EQ(back.extensions.list.size(), 2U);
  EXPECT_EQ(back.extensions.list[1].data, "2");
}

}  // namespace
}  // namespace ssh2core::sftp
