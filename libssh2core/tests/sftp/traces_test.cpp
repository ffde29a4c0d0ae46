// Whole exchanges byte by byte, as they stand on the wire: version-select, LINK, BLOCK and UNBLOCK.
#include "libssh2core/tests/sftp/session_fixture.h"

namespace ssh2core::sftp {
namespace {

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

std::string to_hex(ByteView bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

std::string without_spaces(std::string text) {
  std::erase(text, ' ');
  return text;
}

/// A STATUS in hexadecimal: its request, its code and the text of that, in English.
std::string status_hex(std::uint32_t id, Status code, std::string_view message) {
  Buffer out;
  Writer w(out);
  w.u32(static_cast<std::uint32_t>(1 + 4 + 4 + 4 + message.size() + 4 + 2));
  w.u8(101);
  w.u32(id);
  w.u32(number(code));
  w.string(message);
  w.string("en");
  return to_hex(out.view());
}

struct Wire : SftpWorld {
  std::string exchange(const std::string& hex) {
    server.feed(from_hex(hex));
    server.input_done();
    return to_hex(std::exchange(replies.out, {}));
  }
};

constexpr const char* kInit = "00000005 01 00000003";
constexpr const char* kSelectSix =
    "0000001c c8 00000001 0000000e 76657273696f6e2d73656c656374 00000001 36";

TEST(SftpTraces, VersionSelect) {
  Wire wire;
  EXPECT_EQ(wire.exchange(kInit).substr(8, 10), "0200000003");
  EXPECT_EQ(wire.exchange(kSelectSix), status_hex(1, Status::Ok, status_text(Status::Ok)));
  // Version 6: REALPATH with a control byte, and NAME without a longname.
  EXPECT_EQ(wire.exchange("0000000b 10 00000002 00000001 2f 01"),
            without_spaces("00000013 68 00000002 00000001 00000001 2f 00000000 05"));
  EXPECT_EQ(wire.exchange(kSelectSix),
            status_hex(1, Status::Failure, "version-select must be the first request"));
  EXPECT_TRUE(wire.server.failed());
}

TEST(SftpTraces, VersionSelectOfWhatIsNotOffered) {
  Wire wire;
  wire.exchange(kInit);
  EXPECT_EQ(wire.exchange("0000001c c8 00000001 0000000e 76657273696f6e2d73656c656374 00000001 37"),
            status_hex(1, Status::Failure, "No such version is offered"));
  EXPECT_TRUE(wire.server.failed());
}

TEST(SftpTraces, Link) {
  Wire wire;
  wire.files.put_file("/a", "x");
  wire.exchange("00000005 01 00000006");
  // new-link-path "/l", existing-path "a", sym-link true
  EXPECT_EQ(wire.exchange("00000011 15 00000001 00000002 2f6c 00000001 61 01"),
            status_hex(1, Status::Ok, status_text(Status::Ok)));
  EXPECT_EQ(*wire.files.read_link("/l"), "a");
  // "/h" and "/a", sym-link false
  EXPECT_EQ(wire.exchange("00000012 15 00000002 00000002 2f68 00000002 2f61 00"),
            status_hex(2, Status::Ok, status_text(Status::Ok)));
  EXPECT_EQ(wire.files.stat("/h")->links, 2U);
  EXPECT_EQ(wire.exchange("00000012 15 00000003 00000002 2f68 00000002 2f61 00"),
            status_hex(3, Status::FileAlreadyExists, error_text(EEXIST)));
  // What older versions have instead is no request of this one, and the other way.
  EXPECT_EQ(wire.exchange("00000011 14 00000004 00000002 2f6c 00000001 61 01"),
            status_hex(4, Status::OpUnsupported, status_text(Status::OpUnsupported)));
  Wire old;
  old.exchange("00000005 01 00000005");
  EXPECT_EQ(old.exchange("00000011 15 00000001 00000002 2f6c 00000001 61 01"),
            status_hex(1, Status::OpUnsupported, status_text(Status::OpUnsupported)));
}

TEST(SftpTraces, BlockAndUnblock) {
  Wire wire;
  wire.files.put_file("/a", "0123456789");
  wire.init(6);
  const std::string handle = to_hex(wire.open("/a", kOpenRead | kOpenWrite));
  const std::string other = to_hex(wire.open("/a", kOpenRead | kOpenWrite));
  ASSERT_EQ(handle.size(), 32U);
  const std::string ok = status_hex(1, Status::Ok, status_text(Status::Ok));
  // offset 2, length 5, BLOCK_WRITE with BLOCK_ADVISORY: a shared lock
  const std::string shared = " 0000000000000002 0000000000000005 00000280";
  EXPECT_EQ(wire.exchange("0000002d 16 00000001 00000010" + handle + shared), ok);
  EXPECT_EQ(wire.exchange("0000002d 16 00000001 00000010" + other + shared), ok);
  // BLOCK_READ with BLOCK_ADVISORY: one that is alone, which the others keep off
  const std::string alone = " 0000000000000006 0000000000000002 00000240";
  const std::string refused =
      status_hex(1, Status::ByteRangeLockRefused, "This handle has locked some of that");
  EXPECT_EQ(wire.exchange("0000002d 16 00000001 00000010" + handle + alone), refused);
  // Not advisory: OP_UNSUPPORTED
  EXPECT_EQ(wire.exchange("0000002d 16 00000001 00000010" + handle +
                          " 0000000000000000 0000000000000001 00000040")
                .substr(18, 8),
            "00000008");
  // UNBLOCK wants the same offset and length
  EXPECT_EQ(
      wire.exchange("00000029 17 00000001 00000010" + handle +
                    " 0000000000000002 0000000000000004"),
      status_hex(1, Status::NoMatchingByteRangeLock, status_text(Status::NoMatchingByteRangeLock)));
  for (const std::string& one : {handle, other})
    EXPECT_EQ(
        wire.exchange("00000029 17 00000001 00000010" + one + " 0000000000000002 0000000000000005"),
        ok);
  EXPECT_EQ(wire.exchange("0000002d 16 00000001 00000010" + handle + alone), ok);
}

}  // namespace
}  // namespace ssh2core::sftp
