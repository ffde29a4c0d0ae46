// check-file and md5-hash. The digests are those of coreutils and of Python's zlib.
#include <random>

#include "libssh2core/crypto/hash.h"
#include "libssh2core/sftp/check_file.h"
#include "libssh2core/sftp/long_work.h"
#include "libssh2core/tests/sftp/session_fixture.h"

namespace ssh2core::sftp {
namespace {

constexpr std::uint64_t kEndless = ~std::uint64_t{0};

std::string hex(ByteView bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

std::string noise(std::size_t size) {
  std::mt19937 random(5);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

std::string digest(const char* name, std::string_view text) {
  return hex(hash(name, as_bytes(text)));
}

class SftpCheckFile : public SftpSession {
 protected:
  SftpCheckFile() { files.put_file("/a", "0123456789"); }
  /// Algorithm and digests of a reply, or the status.
  static std::string told(const Reply& reply) {
    if (reply.type == PacketType::Status) return "status " + std::to_string(reply.status());
    const auto is = reply.as<CheckFileReply>();
    return std::string(is.algorithm) + " " + hex(is.digests.bytes);
  }
  std::string check(std::string_view algorithms, std::uint64_t start, std::uint64_t length,
                    std::uint32_t block = 0, std::string_view path = "/a") {
    return told(ask(CheckFileNameRequest{{path}, algorithms, start, length, block}));
  }
};

TEST_F(SftpCheckFile, EachDigest) {
  EXPECT_EQ(check("md5", 0, 0), "md5 781e5e245d69b566979b86e28d23f2c7");
  EXPECT_EQ(check("sha1", 0, 0), "sha1 87acec17cd9dcd20a716cc2cf67417b71c8a7016");
  EXPECT_EQ(check("crc32", 0, 0), "crc32 a684c7c6");
  for (const auto& [name, openssl] : {std::pair{"sha224", "SHA224"},
                                      {"sha256", "SHA256"},
                                      {"sha384", "SHA384"},
                                      {"sha512", "SHA512"}})
    EXPECT_EQ(check(name, 0, 0), std::string(name) + " " + digest(openssl, "0123456789"));
}

TEST_F(SftpCheckFile, TheFirstOfTheClientsListCounts) {
  EXPECT_EQ(check("md4,crc32,sha512", 0, 0), "crc32 a684c7c6");
  EXPECT_EQ(check("sha1,crc32", 0, 0).substr(0, 4), "sha1");
  EXPECT_EQ(check(",,crc32,", 0, 0), "crc32 a684c7c6");
  for (const std::string_view none : {"", ",", "md4", "MD5", "crc", "crc32 ", "sha256sum"})
    EXPECT_EQ(check(none, 0, 0), "status 4") << none;
}

TEST_F(SftpCheckFile, RangesAreThoseOfTheFile) {
  const auto is = [](std::string_view text) { return "md5 " + digest("MD5", text); };
  EXPECT_EQ(check("md5", 3, 4), is("3456"));
  EXPECT_EQ(check("md5", 3, 0), is("3456789"));
  EXPECT_EQ(check("md5", 3, 7), is("3456789"));
  EXPECT_EQ(check("md5", 3, 8), is("3456789"));
  EXPECT_EQ(check("md5", 3, kEndless), is("3456789"));
  EXPECT_EQ(check("md5", 9, 1), is("9"));
  EXPECT_EQ(check("md5", 10, 0), is(""));
  EXPECT_EQ(check("md5", 11, 5), is(""));
  EXPECT_EQ(check("md5", kEndless, kEndless), is(""));
  EXPECT_EQ(check("md5", 11, 0, 256), "md5 ");  // no block, no digest
  files.put_file("/empty", "");
  EXPECT_EQ(check("md5", 0, 0, 0, "/empty"), is(""));
}

TEST_F(SftpCheckFile, BlocksHaveADigestEach) {
  const std::string text = noise(1000);
  files.put_file("/b", text);
  std::string all = "sha1 ", tail = "sha1 ";
  for (std::size_t at = 0; at < text.size(); at += 256)
    all += digest("SHA1", std::string_view(text).substr(at, 256));
  EXPECT_EQ(check("sha1", 0, 0, 256, "/b"), all);
  for (std::size_t at = 100; at < 700; at += 300)
    tail += digest("SHA1", std::string_view(text).substr(at, 300));
  EXPECT_EQ(check("sha1", 100, 600, 300, "/b"), tail);
  EXPECT_EQ(check("sha1", 0, 0, 1000, "/b"), "sha1 " + digest("SHA1", text));
  EXPECT_EQ(check("sha1", 0, 0, 0xffffffff, "/b"), "sha1 " + digest("SHA1", text));
  for (const std::uint32_t small : {1U, 255U}) EXPECT_EQ(check("sha1", 0, 0, small), "status 4");
}

TEST_F(SftpCheckFile, TheReplyIsBounded) {
  files.put_file("/b", std::string(1 << 20, 'x'));  // 4096 blocks of 256
  EXPECT_EQ(check("sha512", 0, 0, 256, "/b"), "status 4");
  const Reply fits = ask(CheckFileNameRequest{{"/b"}, "sha512", 256, 0, 257});
  EXPECT_EQ(fits.as<CheckFileReply>().digests.bytes.size(), 4080U * 64);
  EXPECT_LE(fits.body.size() + 5, kMaxPacket);
  SftpWorld six;
  six.init(6);
  six.files.put_file("/b", std::string(1 << 20, 'x'));
  const auto status = [&](std::string_view algorithms, std::uint32_t block) {
    return six.ask(CheckFileNameRequest{{"/b"}, algorithms, 0, 0, block}).status();
  };
  EXPECT_EQ(status("sha512", 256), number(Status::InvalidParameter));
  EXPECT_EQ(status("none", 0), number(Status::InvalidParameter));
  EXPECT_EQ(status("md5", 255), number(Status::InvalidParameter));
}

TEST_F(SftpCheckFile, OnlyFilesAndReadableHandles) {
  EXPECT_EQ(check("md5", 0, 0, 0, "/none"), "status 2");
  EXPECT_EQ(check("md5", 0, 0, 0, "/home"), "status 4");
  files.make_symlink("a", "/l").ok();
  EXPECT_EQ(check("md5", 0, 0, 0, "/l"), check("md5", 0, 0));
  const Bytes reading = open("/a", kOpenRead), writing = open("/a", kOpenWrite);
  const Bytes directory = open_directory("/");
  EXPECT_EQ(told(ask(CheckFileHandleRequest{reading, "md5", 3, 4, 0})),
            "md5 " + digest("MD5", "3456"));
  EXPECT_EQ(told(ask(CheckFileHandleRequest{writing, "md5", 0, 0, 0})), "status 4");
  EXPECT_EQ(told(ask(CheckFileHandleRequest{directory, "md5", 0, 0, 0})), "status 4");
  EXPECT_EQ(observer.events.back().op, FileOp::Check);
  files.read_fault = [](std::uint64_t) { return EIO; };
  EXPECT_EQ(check("md5", 0, 0), "status 4");
  EXPECT_EQ(observer.events.back().error, EIO);
}

TEST_F(SftpCheckFile, TheBytesOfBothShapes) {
  const Bytes handle = open("/a", kOpenRead);
  const Reply draft = ask(CheckFileHandleRequest{handle, "crc32", 0, 0, 0});
  EXPECT_EQ(hex(draft.body),
            "00000005"
            "6372633332"
            "a684c7c6");
  const Reply paramiko = ask(CheckFileRequest{handle, "crc32", 0, 0, 0});
  EXPECT_EQ(hex(paramiko.body),
            "0000000a"
            "636865636b2d66696c65"
            "00000005"
            "6372633332"
            "a684c7c6");
}

TEST_F(SftpCheckFile, AFileThatGetsShorterIsHashedAsFarAsItGoes) {
  // What is larger than a step goes on later; nothing else is answered meanwhile.
  files.max_file = 64 << 20;
  const std::string text = noise(2 * kStepBytes + 1000);
  files.put_file("/big", text);
  Bytes both = request(1, CheckFileNameRequest{{"/big"}, "sha256", 0, 0, 0});
  const Bytes next = request(2, RealpathRequest{{"/"}});
  both.insert(both.end(), next.begin(), next.end());
  server.feed(both);
  server.input_done();
  EXPECT_TRUE(replies.out.empty());
  EXPECT_TRUE(is_working());
  EXPECT_NE(server.backlog(), 0U);
  Attributes shorter;
  shorter.size = kStepBytes + 500;
  EXPECT_TRUE(files.set("/big", shorter, true).ok());
  const auto answers = send(request(3, RealpathRequest{{"/"}}));
  EXPECT_FALSE(is_working());
  EXPECT_EQ(server.backlog(), 0U);
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_EQ(told(answers[0]),
            "sha256 " + digest("SHA256", std::string_view(text).substr(0, kStepBytes + 500)));
  EXPECT_EQ(answers[1].id, 2U);
  EXPECT_EQ(answers[2].id, 3U);
}

TEST_F(SftpCheckFile, AFullStreamOfRepliesIsWaitedFor) {
  files.max_file = 64 << 20;
  files.put_file("/big", std::string(2 * kStepBytes, 'x'));
  replies.one_by_one = true;
  server.feed(request(1, CheckFileNameRequest{{"/big"}, "md5", 0, 0, 0}));
  server.input_done();
  replies.append({});  // some other channel has filled it
  for (int i = 0; i < 5; ++i) server.resume();
  EXPECT_TRUE(replies.out.empty());
  EXPECT_NE(server.backlog(), 0U);
  replies.let_go();
  EXPECT_TRUE(is_working());
  server.resume();
  EXPECT_EQ(split_replies(replies.out).size(), 1U);
  EXPECT_EQ(server.backlog(), 0U);
}

TEST_F(SftpCheckFile, TheEndOfTheSessionEndsIt) {
  files.max_file = 64 << 20;
  files.put_file("/big", std::string(2 * kStepBytes, 'x'));
  const Bytes handle = open("/big", kOpenRead);
  server.feed(request(1, CheckFileHandleRequest{handle, "md5", 0, 0, 0}));
  server.input_done();
  EXPECT_TRUE(is_working());
  server.end();
  EXPECT_FALSE(is_working());
  EXPECT_TRUE(replies.out.empty());
}

TEST_F(SftpCheckFile, Md5HashOfVersionFive) {
  const auto md5 = [&](std::uint64_t start, std::uint64_t length, std::string_view quick = "") {
    const Reply reply = ask(Md5HashRequest{{"/a"}, start, length, quick});
    const auto is = reply.as<Md5HashReply>();
    EXPECT_EQ(is.name, "md5-hash");
    return hex(is.hash);
  };
  EXPECT_EQ(md5(0, 0), digest("MD5", "0123456789"));
  EXPECT_EQ(md5(2, 3), digest("MD5", "234"));
  EXPECT_EQ(md5(0, 3), digest("MD5", "012"));
  EXPECT_EQ(md5(2, 0), digest("MD5", ""));  // both must be 0 to mean all
  EXPECT_EQ(md5(2, kEndless), digest("MD5", "23456789"));
  EXPECT_EQ(md5(kEndless, 5), digest("MD5", ""));
  const auto raw = [](std::string_view text) {
    return std::string(as_text(hash("MD5", as_bytes(text))));
  };
  EXPECT_EQ(md5(2, 3, raw("234")), digest("MD5", "234"));
  EXPECT_EQ(md5(2, 3, raw("235")), "");
  EXPECT_EQ(md5(2, 3, "short"), "");
  const std::string text = noise(5000);
  files.put_file("/a", text);
  EXPECT_EQ(md5(100, 4000, raw(text.substr(100, 2048))),
            digest("MD5", std::string_view(text).substr(100, 4000)));
  EXPECT_EQ(md5(100, 4000, raw(text.substr(100, 4000))), "");
  const Reply by_handle = ask(Md5HashHandleRequest{open("/a", kOpenRead), 0, 0, ""});
  EXPECT_EQ(hex(by_handle.as<Md5HashReply>().hash), digest("MD5", text));
  EXPECT_EQ(ask(Md5HashRequest{{"/none"}, 0, 0, ""}).status(), 2U);
  EXPECT_EQ(ask(Md5HashHandleRequest{open("/a", kOpenWrite), 0, 0, ""}).status(), 4U);
}

}  // namespace
}  // namespace ssh2core::sftp
