// The extended requests.
#include "libssh2core/tests/sftp/session_fixture.h"

namespace ssh2core::sftp {
namespace {

constexpr std::uint32_t kOk = 0, kNoSuchFile = 2, kFailure = 4, kBadMessage = 5, kUnsupported = 8;

class SftpExtensions : public SftpSession {};

TEST_F(SftpExtensions, PosixRenameOverwrites) {
  files.put_file("/a", "new");
  files.put_file("/b", "old");
  EXPECT_EQ(ask(PosixRenameRequest{{"/a"}, {"/b"}}).status(), kOk);
  EXPECT_EQ(files.content("/b"), "new");
  EXPECT_EQ(files.content("/a"), "<none>");
  EXPECT_EQ(observer.events.back().op, FileOp::Rename);
}

TEST_F(SftpExtensions, StatvfsGivesElevenFigures) {
  const Reply by_path = ask(StatvfsRequest{{"/"}});
  const auto figures = by_path.as<StatvfsReply>().figures;
  EXPECT_EQ(by_path.body.size(), 88U);
  EXPECT_EQ(figures.bsize, 4096U);
  EXPECT_EQ(figures.bavail, 400U);
  EXPECT_EQ(figures.namemax, 255U);
  files.put_file("/a", "x");
  EXPECT_EQ(ask(FstatvfsRequest{open("/a", kOpenRead)}).body, by_path.body);
  EXPECT_EQ(ask(StatvfsRequest{{"/none"}}).status(), kNoSuchFile);
  EXPECT_EQ(ask(FstatvfsRequest{as_bytes("x")}).status(), kFailure);
}

TEST_F(SftpExtensions, HardlinkMakesASecondName) {
  files.put_file("/a", "x");
  EXPECT_EQ(ask(HardlinkRequest{{"/a"}, {"/b"}}).status(), kOk);
  EXPECT_EQ(files.stat("/b")->links, 2U);
  EXPECT_EQ(ask(HardlinkRequest{{"/a"}, {"/b"}}).status(), kFailure);
  EXPECT_EQ(observer.events[0].op, FileOp::HardLink);
}

TEST_F(SftpExtensions, FsyncReachesTheFile) {
  const Bytes handle = open("/a", kOpenWrite | kOpenCreate);
  Bytes both = request(1, WriteRequest{handle, 0, as_bytes("x")});
  const Bytes sync = request(2, FsyncRequest{handle});
  both.insert(both.end(), sync.begin(), sync.end());
  const auto replies_to = send(both);
  ASSERT_EQ(replies_to.size(), 2U);
  EXPECT_EQ(replies_to[1].id, 2U);
  EXPECT_EQ(replies_to[1].status(), kOk);
  EXPECT_EQ(files.syncs, 1U);
  EXPECT_EQ(ask(FsyncRequest{as_bytes("")}).status(), kFailure);
}

TEST_F(SftpExtensions, LsetstatDoesNotFollow) {
  files.put_file("/a", "x");
  files.make_symlink("a", "/l").ok();
  Attributes wanted;
  wanted.atime = wanted.mtime = FileTime{7, 0};
  EXPECT_EQ(ask(LsetstatRequest{{"/l"}, wanted}).status(), kOk);
  EXPECT_EQ(files.lstat("/l")->mtime->seconds, 7);
  EXPECT_NE(files.stat("/l")->mtime->seconds, 7);
}

TEST_F(SftpExtensions, LimitsAreThoseWeKeep) {
  const auto limits = ask(LimitsRequest{}).as<LimitsReply>();
  EXPECT_EQ(limits.packet, 262144U);
  EXPECT_EQ(limits.read, 261120U);
  EXPECT_EQ(limits.write, 261120U);
  EXPECT_EQ(limits.handles, 128U);
}

TEST_F(SftpExtensions, ExpandPathKnowsHomes) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"~", "/home/user"},     {"~/", "/home/user"},        {"~/x", "/home/user/x"},
      {"~user", "/home/user"}, {"~user/x", "/home/user/x"}, {"/tmp", "/tmp"},
      {"x", "/home/user/x"}};
  for (const auto& [path, expanded] : rows) {
    const Reply reply = ask(ExpandPathRequest{{path}});
    const auto list = reply.as<NameReply>();
    ASSERT_EQ(list.entries.size(), 1U) << path;
    EXPECT_EQ(list.entries[0].filename, expanded) << path;
  }
  EXPECT_EQ(ask(ExpandPathRequest{{"~nobody/x"}}).status(), kNoSuchFile);
  EXPECT_EQ(ask(ExpandPathRequest{{"~/none/x"}}).status(), kNoSuchFile);
}

TEST_F(SftpExtensions, HomeDirectoryIsThatOfTheUser) {
  const Reply own = ask(HomeDirectoryRequest{{""}});
  EXPECT_EQ(own.as<NameReply>().entries.at(0).filename, "/home/user");
  EXPECT_EQ(ask(HomeDirectoryRequest{{"nobody"}}).status(), kNoSuchFile);
}

TEST_F(SftpExtensions, NamesAreGivenForIds) {
  const Bytes uids{0, 0, 0, 0, 0, 0, 0x03, 0xe8, 0, 0, 0, 9}, gids{0, 0, 0x03, 0xe8};
  const Reply reply = ask(UsersGroupsRequest{uids, gids});
  const auto names = reply.as<UsersGroupsReply>();
  Reader users(names.users), groups(names.groups);
  EXPECT_EQ(users.text(), "root");
  EXPECT_EQ(users.text(), "user");
  EXPECT_EQ(users.text(), "");
  users.expect_end();
  EXPECT_EQ(groups.text(), "staff");
  groups.expect_end();
  EXPECT_EQ(ask(UsersGroupsRequest{as_bytes("12345"), {}}).status(), kBadMessage);
}

TEST_F(SftpExtensions, MoreNamesThanFitAreRefused) {
  const Bytes uids(200000, 0);  // 50,000 times root: 400,000 bytes of names
  EXPECT_EQ(ask(UsersGroupsRequest{uids, {}}).status(), kFailure);
  EXPECT_EQ(ask(LimitsRequest{}).type, PacketType::ExtendedReply);
}

TEST_F(SftpExtensions, CopyDataCopiesRanges) {
  files.put_file("/a", "0123456789");
  const Bytes from = open("/a", kOpenRead | kOpenWrite);
  const Bytes to = open("/b", kOpenWrite | kOpenCreate);
  EXPECT_EQ(ask(CopyDataRequest{from, 2, 3, to, 1}).status(), kOk);
  EXPECT_EQ(files.content("/b"), std::string("\0"
                                             "234",
                                             4));
  EXPECT_EQ(observer.events.back().op, FileOp::Copy);
  EXPECT_EQ(observer.events.back().bytes, 3U);
  EXPECT_EQ(ask(CopyDataRequest{from, 0, 0, to, 0}).status(), kOk);
  EXPECT_EQ(files.content("/b"), "0123456789");
  EXPECT_EQ(ask(CopyDataRequest{from, 8, ~std::uint64_t{0}, to, 0}).status(), kOk);
  EXPECT_EQ(files.content("/b"), "8923456789");
  EXPECT_EQ(ask(CopyDataRequest{from, 50, 5, to, 0}).status(), kOk);  // nothing is there
  EXPECT_EQ(files.content("/b"), "8923456789");
  // Refused: one handle, overlapping ranges of one file, offsets no file has, handles of no file.
  EXPECT_EQ(ask(CopyDataRequest{from, 0, 1, from, 5}).status(), kFailure);
  const Bytes again = open("/a", kOpenWrite);
  EXPECT_EQ(ask(CopyDataRequest{from, 0, 5, again, 2}).status(), kFailure);
  EXPECT_EQ(ask(CopyDataRequest{from, ~std::uint64_t{0}, 1, to, 0}).status(), kFailure);
  EXPECT_EQ(ask(CopyDataRequest{from, 0, 1, to, ~std::uint64_t{0}}).status(), kFailure);
  EXPECT_EQ(ask(CopyDataRequest{from, 0, 2, to, 0x7fffffffffffffff}).status(), kFailure);
  EXPECT_EQ(ask(CopyDataRequest{to, 0, 1, from, 0}).status(), kFailure);  // not open for reading
  EXPECT_EQ(ask(CopyDataRequest{as_bytes("x"), 0, 1, to, 0}).status(), kFailure);
}

TEST_F(SftpExtensions, AnUnknownNameIsUnsupported) {
  EXPECT_EQ(ask(ExtendedRequest{"nonsense@example.com", {as_bytes("xyz")}}).status(), kUnsupported);
  EXPECT_EQ(ask(ExtendedRequest{"", {}}).status(), kUnsupported);
  EXPECT_EQ(ask(LimitsRequest{}).type, PacketType::ExtendedReply);
}

}  // namespace
}  // namespace ssh2core::sftp
