// SFTP's requests that only some versions have, as they lie in a capture byte by byte.
#include <gmock/gmock.h>

#include "libssh2core/capture/sftp_trace.h"
#include "libssh2core/tests/capture/recording.h"

namespace ssh2core {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Bytes from_hex(std::string_view text) {
  Bytes bytes;
  int high = -1;
  for (const char c : text) {
    if (c == ' ') continue;
    const int digit = c <= '9' ? c - '0' : c - 'a' + 10;
    if (high >= 0) bytes.push_back(static_cast<std::uint8_t>(high << 4 | digit));
    high = high >= 0 ? -1 : digit;
  }
  return bytes;
}

class SftpVersions : public testing::Test {
 protected:
  SftpVersions() : trace_([this](TraceMessage&& m) { seen_.on_message(m); }) {}
  const SeenMessage& feed(Way way, std::string_view hex) {
    trace_.feed(way, from_hex(hex));
    return seen_.messages.back();
  }
  void agree(const std::string& version) {
    feed(Way::ToServer, "00000005 01 0000000" + version);
    feed(Way::ToClient, "00000005 02 0000000" + version);
  }
  SeenTrace seen_;
  SftpTrace trace_;
};

constexpr const char* kSelectSix =
    "0000001c c8 00000001 0000000e 76657273696f6e2d73656c656374 00000001 36";
constexpr const char* kLink = "00000011 15 00000002 00000002 2f6c 00000001 61 01";
constexpr const char* kNameOfSix = "00000013 68 00000003 00000001 00000001 2f 00000000 05";

TEST_F(SftpVersions, VersionSelectHoldsForWhatFollows) {
  agree("3");
  const SeenMessage select = feed(Way::ToServer, kSelectSix);
  EXPECT_EQ(select.type, "EXTENDED");
  EXPECT_EQ(select.fields.at("extended_request"), "version-select");
  EXPECT_EQ(select.fields.at("version_from_list"), "6");
  EXPECT_EQ(select.fields.at("version"), "3");
  // The client need not wait; the server's answer is still in the old version.
  EXPECT_EQ(feed(Way::ToServer, kLink).fields.at("version"), "6");
  const SeenMessage answer = feed(Way::ToClient, "00000011 65 00000001 00000000 00000000 00000000");
  EXPECT_EQ(answer.fields.at("version"), "3");
  const SeenMessage name = feed(Way::ToClient, kNameOfSix);
  EXPECT_EQ(name.fields.at("version"), "6");
  EXPECT_THAT(seen_.errors(), IsEmpty());
}

TEST_F(SftpVersions, ARefusedVersionSelectIsTakenBack) {
  agree("3");
  feed(Way::ToServer, kSelectSix);
  feed(Way::ToClient, "00000011 65 00000001 00000004 00000000 00000000");
  EXPECT_EQ(feed(Way::ToServer, "0000000a 10 00000002 00000001 2f").fields.at("version"), "3");
  EXPECT_THAT(seen_.errors(), IsEmpty());
}

TEST_F(SftpVersions, LinkBlockAndUnblock) {
  agree("6");
  const SeenMessage link = feed(Way::ToServer, kLink);
  EXPECT_EQ(link.type, "LINK");
  EXPECT_EQ(link.fields.at("new_link_path"), "/l");
  EXPECT_EQ(link.fields.at("existing_path"), "a");
  EXPECT_EQ(link.fields.at("sym_link"), "yes");
  const SeenMessage block =
      feed(Way::ToServer,
           "0000001f 16 00000003 00000002 6868 0000000000000002 0000000000000005 00000280");
  EXPECT_EQ(block.type, "BLOCK");
  EXPECT_EQ(block.fields.at("handle"), "hh");
  EXPECT_EQ(block.fields.at("offset"), "2");
  EXPECT_EQ(block.fields.at("length"), "5");
  EXPECT_EQ(block.fields.at("mask"), "640");
  const SeenMessage unblock =
      feed(Way::ToServer, "0000001b 17 00000004 00000002 6868 0000000000000002 0000000000000005");
  EXPECT_EQ(unblock.type, "UNBLOCK");
  EXPECT_EQ(unblock.fields.at("length"), "5");
  EXPECT_THAT(seen_.errors(), IsEmpty());
  // Cut short: said, and the next one is read.
  EXPECT_THAT(feed(Way::ToServer, "00000010 15 00000005 00000002 2f6c 00000001 61").error,
              HasSubstr("end"));
  EXPECT_EQ(feed(Way::ToServer, kLink).error, "");
}

TEST_F(SftpVersions, CheckFileAndItsReplies) {
  agree("3");
  const SeenMessage check =
      feed(Way::ToServer,
           "00000032 c8 00000001 0000000f 636865636b2d66696c652d6e616d65 00000002 2f61 00000000 "
           "0000000000000001 0000000000000002");
  EXPECT_THAT(check.error, HasSubstr("end"));  // the block size is missing
  feed(Way::ToServer,
       "00000030 c8 00000002 0000000a 636865636b2d66696c65 00000001 68 00000000 "
       "0000000000000000 0000000000000000 00000000");
  const SeenMessage reply = feed(Way::ToClient,
                                 "00000020 c9 00000002 0000000a 636865636b2d66696c65 00000005 "
                                 "6372633332 61626364");
  EXPECT_EQ(reply.fields.at("algorithm"), "crc32");
  EXPECT_EQ(reply.fields.at("digests"), "abcd");
}

}  // namespace
}  // namespace ssh2core
