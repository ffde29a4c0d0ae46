// Every request of version 3, well-formed: what is answered, what it does, what is reported.
#include <algorithm>

#include "libssh2core/tests/sftp/session_fixture.h"

namespace ssh2core::sftp {
namespace {

constexpr std::uint32_t kOk = 0, kEof = 1, kNoSuchFile = 2, kDenied = 3, kFailure = 4,
                        kBadMessage = 5, kUnsupported = 8;

TEST(SftpInit, AnswersTheVersionInCommonWithExtensions) {
  SftpWorld world;
  const auto replies = world.send(request(0, InitRequest{3, {}}));
  ASSERT_EQ(replies.size(), 1U);
  const auto version = replies[0].as<VersionReply>();
  EXPECT_EQ(version.version, 3U);
  EXPECT_EQ(world.observer.version, 3U);
  std::map<std::string, std::string> pairs;
  for (const ExtensionPair& pair : version.extensions.list)
    pairs[std::string(pair.name)] = pair.data;
  EXPECT_EQ(pairs, (std::map<std::string, std::string>{{"versions", "2,3,4,5,6"},
                                                       {"posix-rename@openssh.com", "1"},
                                                       {"statvfs@openssh.com", "2"},
                                                       {"fstatvfs@openssh.com", "2"},
                                                       {"hardlink@openssh.com", "1"},
                                                       {"fsync@openssh.com", "1"},
                                                       {"lsetstat@openssh.com", "1"},
                                                       {"limits@openssh.com", "1"},
                                                       {"expand-path@openssh.com", "1"},
                                                       {"users-groups-by-id@openssh.com", "1"},
                                                       {"check-file", "1"},
                                                       {"copy-data", "1"},
                                                       {"copy-file", "1"},
                                                       {"space-available", "1"},
                                                       {"home-directory", "1"}}));
  EXPECT_EQ(version.extensions.list.size(), pairs.size());
}

TEST(SftpInit, NeverAnswersMoreThanTheClientSays) {
  SftpWorld world;
  const auto replies = world.send(request(0, InitRequest{2, {}}));
  ASSERT_EQ(replies.size(), 1U);
  EXPECT_EQ(replies[0].as<VersionReply>().version, 2U);
  EXPECT_TRUE(replies[0].as<VersionReply>().extensions.list.empty());
  // Version 2 has no SYMLINK and no texts in STATUS.
  const Reply reply = world.ask(SymlinkRequest{{"a"}, {"b"}});
  EXPECT_EQ(reply.body, (Bytes{0, 0, 0, kUnsupported}));
}

TEST(SftpInit, ToleratesPairsAndASecondInit) {
  SftpWorld world;
  const auto first = world.send(request(0, InitRequest{3, {as_bytes("\0\0\0\1xjunk")}}));
  const auto second = world.send(request(0, InitRequest{2, {}}));
  ASSERT_EQ(first.size(), 1U);
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(first[0].body, second[0].body);
}

TEST(SftpInit, AnythingElseFirstFails) {
  for (const Bytes& bytes : {request(1, RealpathRequest{{"."}}),
                             request(1, WriteRequest{as_bytes("h"), 0, as_bytes("x")}),
                             raw_packet(1, 0, {}), request(0, InitRequest{0, {}})}) {
    SftpWorld world;
    EXPECT_TRUE(world.send(bytes).empty());
    EXPECT_TRUE(world.server.failed());
    EXPECT_EQ(world.observer.problems.size(), 1U);
    EXPECT_TRUE(world.send(request(0, InitRequest{3, {}})).empty());
    world.server.end();
    EXPECT_TRUE(world.server.failed());
  }
}

class SftpRequests : public SftpSession {};

TEST_F(SftpRequests, AFileIsWrittenReadAndReported) {
  const Bytes out = open("/a", kOpenWrite | kOpenCreate | kOpenTruncate);
  EXPECT_EQ(out.size(), 16U);
  EXPECT_EQ(ask(WriteRequest{out, 0, as_bytes("hello ")}).status(), kOk);
  EXPECT_EQ(ask(WriteRequest{out, 6, as_bytes("world")}).status(), kOk);
  EXPECT_EQ(ask(CloseRequest{out}).status(), kOk);
  EXPECT_EQ(files.content("/a"), "hello world");
  const Bytes in = open("/a", kOpenRead);
  EXPECT_EQ(as_text(ask(ReadRequest{in, 0, 5}).as<DataReply>().data), "hello");
  EXPECT_EQ(as_text(ask(ReadRequest{in, 6, 100}).as<DataReply>().data), "world");
  EXPECT_EQ(ask(ReadRequest{in, 11, 1}).status(), kEof);
  EXPECT_EQ(ask(ReadRequest{in, ~std::uint64_t{0}, ~std::uint32_t{0}}).status(), kEof);
  EXPECT_EQ(ask(ReadRequest{in, 0x7ffffffffffffff0, 100}).status(), kEof);
  EXPECT_EQ(ask(CloseRequest{in}).status(), kOk);
  ASSERT_EQ(observer.events.size(), 2U);
  EXPECT_EQ(observer.events[0].op, FileOp::Write);
  EXPECT_EQ(observer.events[0].bytes, 11U);
  EXPECT_EQ(observer.events[0].path, "/a");
  EXPECT_EQ(observer.events[1].op, FileOp::Read);
  EXPECT_EQ(observer.events[1].bytes, 10U);
}

TEST_F(SftpRequests, AZeroLengthReadGetsEmptyData) {
  files.put_file("/a", "");
  const Reply reply = ask(ReadRequest{open("/a", kOpenRead), 0, 0});
  EXPECT_EQ(reply.type, PacketType::Data);
  EXPECT_EQ(reply.body, (Bytes{0, 0, 0, 0}));
}

TEST_F(SftpRequests, AReadIsClampedToTheLimit) {
  files.put_file("/a", std::string(kMaxData + 10, 'x'));
  const Bytes handle = open("/a", kOpenRead);
  EXPECT_EQ(ask(ReadRequest{handle, 0, ~std::uint32_t{0}}).as<DataReply>().data.size(), kMaxData);
}

TEST_F(SftpRequests, ErrorsOfTheFileSystemAreStatuses) {
  files.put_file("/a", "x");
  const Bytes handle = open("/a", kOpenRead | kOpenWrite);
  files.read_fault = [](std::uint64_t) { return EIO; };
  files.write_fault = [](std::uint64_t, std::size_t) { return ENOSPC; };
  EXPECT_EQ(ask(ReadRequest{handle, 0, 1}).status(), kFailure);
  const Reply full = ask(WriteRequest{handle, 0, as_bytes("y")});
  EXPECT_EQ(full.status(), kFailure);
  EXPECT_EQ(full.as<StatusReply>().message, "No space left");
  EXPECT_EQ(full.as<StatusReply>().language, "en");
  files.close_fault = EDQUOT;
  EXPECT_EQ(ask(CloseRequest{handle}).status(), kFailure);
  EXPECT_EQ(ask(CloseRequest{handle}).status(), kFailure);  // dead all the same
  ASSERT_EQ(observer.events.size(), 1U);
  EXPECT_EQ(observer.events[0].error, EDQUOT);
  EXPECT_EQ(observer.events[0].status, kFailure);
}

TEST_F(SftpRequests, OpenFlagsMeanWhatTheySay) {
  files.put_file("/a", "old");
  OpenRequest exclusive{{"/a"}, kOpenWrite | kOpenCreate | kOpenExclusive, 0, 0, {}};
  EXPECT_EQ(ask(exclusive).status(), kFailure);
  EXPECT_EQ(ask(OpenRequest{{"/none"}, kOpenRead, 0, 0, {}}).status(), kNoSuchFile);
  ASSERT_EQ(observer.events.size(), 2U);
  EXPECT_EQ(observer.events[0].op, FileOp::Open);
  EXPECT_EQ(observer.events[0].error, EEXIST);
  open("/a", kOpenWrite | kOpenTruncate);  // without CREAT
  EXPECT_EQ(files.content("/a"), "");
  const Bytes neither = open("/a", 0);  // is read only
  EXPECT_EQ(ask(WriteRequest{neither, 0, as_bytes("x")}).status(), kFailure);
  EXPECT_EQ(ask(ReadRequest{neither, 0, 1}).status(), kEof);
  const Bytes out = open("/a", kOpenWrite);
  EXPECT_EQ(ask(ReadRequest{out, 0, 1}).status(), kFailure);
  OpenRequest create{{"/b"}, kOpenWrite | kOpenCreate, 0, 0, {}};
  create.attributes.mode = 0046755;
  ask(create);
  EXPECT_EQ(files.stat("/b")->mode, 0106755U);  // type bits of the client are dropped
}

TEST_F(SftpRequests, AppendingIgnoresOffsets) {
  files.put_file("/a", "one");
  const Bytes handle = open("/a", kOpenWrite | kOpenAppend);
  ask(WriteRequest{handle, 0, as_bytes("two")});
  EXPECT_EQ(ask(WriteRequest{handle, ~std::uint64_t{0}, as_bytes("three")}).status(), kOk);
  EXPECT_EQ(files.content("/a"), "onetwothree");
}

TEST_F(SftpRequests, AWriteBeyondAnyFileIsRefused) {
  constexpr std::uint64_t kHighest = 0x7fffffffffffffff;
  const Bytes handle = open("/a", kOpenWrite | kOpenCreate);
  for (const std::uint64_t offset : {kHighest, ~std::uint64_t{0}, kHighest * 2 - 3})
    EXPECT_EQ(ask(WriteRequest{handle, offset, as_bytes("xx")}).status(), kFailure);
  EXPECT_EQ(files.writes, 0U);
}

TEST_F(SftpRequests, AttributesAreAskedAndSet) {
  files.put_file("/a", "12345");
  files.make_symlink("a", "/l").ok();
  EXPECT_EQ(ask(StatRequest{{"/l"}, 0}).as<AttrsReply>().attributes.size, 5U);
  EXPECT_EQ(ask(LstatRequest{{"/l"}, 0}).as<AttrsReply>().attributes.mode, 0120777U);
  EXPECT_EQ(ask(StatRequest{{"/none"}, 0}).status(), kNoSuchFile);
  EXPECT_EQ(ask(StatRequest{{"/a/b"}, 0}).status(), kNoSuchFile);
  Attributes wanted;
  wanted.size = 3;
  wanted.mode = 0040600;  // type bits are dropped
  wanted.atime = FileTime{5, 0};
  wanted.mtime = FileTime{6, 0};
  EXPECT_EQ(ask(SetstatRequest{{"/l"}, wanted}).status(), kOk);
  const Bytes handle = open("/a", kOpenRead | kOpenWrite);
  const auto got = ask(FstatRequest{handle, 0}).as<AttrsReply>().attributes;
  EXPECT_EQ(got.size, 3U);
  EXPECT_EQ(got.mode, 0100600U);
  EXPECT_EQ(got.mtime->seconds, 6);
  Attributes longer;
  longer.size = 4;
  longer.mode = 0040644;
  EXPECT_EQ(ask(FsetstatRequest{handle, longer}).status(), kOk);
  EXPECT_EQ(files.stat("/a")->mode, 0100644U);
  EXPECT_EQ(files.content("/a"), std::string("123\0", 4));
  longer.size = ~std::uint64_t{0};
  EXPECT_EQ(ask(FsetstatRequest{handle, longer}).status(), kFailure);
  EXPECT_EQ(ask(SetstatRequest{{"/a"}, longer}).status(), kFailure);
  EXPECT_EQ(observer.events.back().op, FileOp::SetAttributes);
  EXPECT_EQ(observer.events.back().error, EFBIG);
}

TEST_F(SftpRequests, ADirectoryIsListedToTheEnd) {
  files.put_file("/d-file", "x");
  for (int i = 0; i < 450; ++i)
    files.put_file("/home/user/file-with-a-somewhat-longer-name-" + std::to_string(i), "x");
  const Bytes handle = open_directory("/home/user");
  std::vector<std::string> names;
  while (true) {
    const Reply reply = ask(ReaddirRequest{handle});
    if (reply.type == PacketType::Status) {
      EXPECT_EQ(reply.status(), kEof);
      break;
    }
    const auto list = reply.as<NameReply>();
    ASSERT_FALSE(list.entries.empty());
    EXPECT_LE(list.entries.size(), 200U);
    EXPECT_LE(reply.body.size(), 32768U);
    for (const NameEntry& entry : list.entries) names.emplace_back(entry.filename);
    const NameEntry& last = list.entries.back();
    EXPECT_TRUE(last.longname.starts_with(
        "-rw-rw-rw-   1 user     staff           1 Nov 14 22:13 file-with"))
        << last.longname;
    EXPECT_EQ(last.attributes.size, 1U);
  }
  EXPECT_EQ(names.size(), 452U);
  EXPECT_EQ(names[0], ".");
  EXPECT_EQ(names[1], "..");
  EXPECT_EQ(ask(ReaddirRequest{handle}).status(), kEof);
  EXPECT_EQ(ask(CloseRequest{handle}).status(), kOk);
  ASSERT_EQ(observer.events.size(), 1U);
  EXPECT_EQ(observer.events[0].op, FileOp::List);
  EXPECT_EQ(observer.events[0].path, "/home/user");
}

TEST_F(SftpRequests, LongNamesKeepTheReplyShort) {
  for (int i = 0; i < 150; ++i)
    files.put_file("/home/user/" + std::string(250, 'n') + std::to_string(i), "x");
  const Bytes handle = open_directory("/home/user");
  std::size_t count = 0;
  for (int i = 0; i < 20; ++i) {
    const Reply reply = ask(ReaddirRequest{handle});
    if (reply.type == PacketType::Status) break;
    EXPECT_LE(reply.body.size(), 32768U);
    count += reply.as<NameReply>().entries.size();
  }
  EXPECT_EQ(count, 152U);
}

TEST_F(SftpRequests, HandlesAreOfTheirKindOnly) {
  files.put_file("/a", "x");
  const Bytes file = open("/a", kOpenRead | kOpenWrite);
  const Bytes directory = open_directory("/");
  EXPECT_EQ(ask(ReaddirRequest{file}).status(), kFailure);
  EXPECT_EQ(ask(ReadRequest{directory, 0, 1}).status(), kFailure);
  EXPECT_EQ(ask(WriteRequest{directory, 0, as_bytes("x")}).status(), kFailure);
  EXPECT_EQ(ask(FstatRequest{directory, 0}).type, PacketType::Attrs);
  EXPECT_EQ(ask(FsetstatRequest{directory, {}}).status(), kOk);
  EXPECT_EQ(ask(OpendirRequest{{"/a"}}).status(), kNoSuchFile);
  EXPECT_EQ(observer.events.back().op, FileOp::OpenDirectory);
}

TEST_F(SftpRequests, FoldersAndNamesAreChanged) {
  EXPECT_EQ(ask(MkdirRequest{{"/d"}, {}}).status(), kOk);
  EXPECT_EQ(files.stat("/d")->mode, 0040777U);
  EXPECT_EQ(ask(MkdirRequest{{"/d"}, {}}).status(), kFailure);
  Attributes attributes;
  attributes.mode = 0100700;
  EXPECT_EQ(ask(MkdirRequest{{"/private"}, attributes}).status(), kOk);
  EXPECT_EQ(files.stat("/private")->mode, 0040700U);
  files.put_file("/d/a", "x");
  EXPECT_EQ(ask(RmdirRequest{{"/d"}}).status(), kFailure);
  files.put_file("/b", "y");
  EXPECT_EQ(ask(RenameRequest{{"/d/a"}, {"/b"}, 0}).status(), kFailure);  // never overwrites
  EXPECT_EQ(files.content("/b"), "y");
  EXPECT_EQ(ask(RenameRequest{{"/d/a"}, {"/c"}, 0}).status(), kOk);
  EXPECT_EQ(ask(RemoveRequest{{"/c"}}).status(), kOk);
  EXPECT_EQ(ask(RemoveRequest{{"/c"}}).status(), kNoSuchFile);
  EXPECT_EQ(ask(RmdirRequest{{"/d"}}).status(), kOk);
  const auto& renamed = observer.events[5];
  EXPECT_EQ(renamed.op, FileOp::Rename);
  EXPECT_EQ(renamed.path, "/d/a");
  EXPECT_EQ(renamed.path2, "/c");
  EXPECT_EQ(observer.events.size(), 9U);
}

TEST_F(SftpRequests, RealpathGivesOneNameWithoutAttributes) {
  files.make_symlink("/home/user", "/l").ok();
  const std::pair<std::string_view, std::string_view> rows[] = {{".", "/home/user"},
                                                                {"", "/home/user"},
                                                                {"/l/../..", "/"},
                                                                {"/l/", "/home/user"},
                                                                {"/l/none", "/home/user/none"},
                                                                {"x", "/home/user/x"}};
  for (const auto& [path, real] : rows) {
    const Reply reply = ask(RealpathRequest{{path}});
    const auto list = reply.as<NameReply>();
    ASSERT_EQ(list.entries.size(), 1U) << path;
    EXPECT_EQ(list.entries[0].filename, real);
    EXPECT_EQ(list.entries[0].longname, real);
    EXPECT_EQ(reply.body.size(), 4 + 2 * (4 + real.size()) + 4);  // attributes: no flags
  }
  EXPECT_EQ(ask(RealpathRequest{{"/none/x"}}).status(), kNoSuchFile);
}

TEST_F(SftpRequests, SymlinkTakesTheTargetFirst) {
  EXPECT_EQ(ask(SymlinkRequest{{"../some where"}, {"/l"}}).status(), kOk);
  EXPECT_EQ(*files.read_link("/l"), "../some where");
  const auto list = ask(ReadlinkRequest{{"/l"}});
  EXPECT_EQ(list.as<NameReply>().entries.at(0).filename, "../some where");
  EXPECT_EQ(ask(ReadlinkRequest{{"/"}}).status(), kFailure);
  EXPECT_EQ(observer.events[0].path, "../some where");
  EXPECT_EQ(observer.events[0].path2, "/l");
}

TEST(SftpQuirks, SymlinkTakesTheLinkFirstOnRequest) {
  ServerOptions options;
  options.symlink_link_first = true;
  SftpWorld world(options);
  world.init();
  EXPECT_EQ(world.ask(SymlinkRequest{{"/l"}, {"target"}}).status(), kOk);
  EXPECT_EQ(*world.files.read_link("/l"), "target");
}

TEST(SftpReadOnly, EveryChangeIsDenied) {
  ServerOptions options;
  options.read_only = true;
  SftpWorld world(options);
  world.files.put_file("/a", "x");
  world.init();
  const auto denied = [&](const auto& message) {
    EXPECT_EQ(world.ask(message).status(), kDenied);
    EXPECT_EQ(world.observer.events.back().status, kDenied);
    EXPECT_EQ(world.observer.events.back().error, EROFS);
  };
  for (const std::uint32_t pflags : {std::uint32_t{kOpenWrite}, kOpenRead | kOpenCreate,
                                     kOpenRead | kOpenTruncate, kOpenRead | kOpenWrite})
    denied(OpenRequest{{"/a"}, pflags, 0, 0, {}});
  const Bytes handle = world.open("/a", kOpenRead);
  denied(SetstatRequest{{"/a"}, {}});
  denied(FsetstatRequest{handle, {}});
  denied(RemoveRequest{{"/a"}});
  denied(MkdirRequest{{"/d"}, {}});
  denied(RmdirRequest{{"/home/user"}});
  denied(RenameRequest{{"/a"}, {"/b"}, 0});
  denied(SymlinkRequest{{"/a"}, {"/b"}});
  denied(PosixRenameRequest{{"/a"}, {"/b"}});
  denied(HardlinkRequest{{"/a"}, {"/b"}});
  denied(LsetstatRequest{{"/a"}, {}});
  denied(CopyDataRequest{handle, 0, 0, handle, 5});
  EXPECT_EQ(as_text(world.ask(ReadRequest{handle, 0, 5}).as<DataReply>().data), "x");
  EXPECT_EQ(world.files.nodes, 3U);
}

TEST(SftpRefusedRequests, AreDeniedByNameAndTheRestIsServed) {
  ServerOptions options;
  options.refused_requests = {"remove", "write", "posix-rename"};
  SftpWorld world(options);
  world.files.put_file("/a", "x");
  world.init();
  const Bytes handle = world.open("/a", kOpenRead | kOpenWrite);
  EXPECT_EQ(world.ask(RemoveRequest{{"/a"}}).status(), kDenied);
  EXPECT_EQ(world.ask(WriteRequest{handle, 0, as_bytes("y")}).status(), kDenied);
  EXPECT_EQ(world.ask(PosixRenameRequest{{"/a"}, {"/b"}}).status(), kDenied);
  EXPECT_EQ(world.files.content("/a"), "x");
  EXPECT_EQ(world.ask(HardlinkRequest{{"/a"}, {"/b"}}).status(), kOk);
  EXPECT_EQ(world.ask(RenameRequest{{"/a"}, {"/c"}, 0}).status(), kOk);
}

TEST_F(SftpRequests, UnknownTypesAreUnsupportedAndLeaveTheSessionAlive) {
  for (const std::uint8_t type : Bytes{0, 2, 21, 22, 23, 24, 100, 101, 105, 199, 201, 210, 255}) {
    const auto answers = send(raw_packet(type, 5, as_bytes("whatever")));
    ASSERT_EQ(answers.size(), 1U) << int{type};
    EXPECT_EQ(answers[0].status(), kUnsupported) << int{type};
    EXPECT_EQ(answers[0].id, type == 2 ? 0U : 5U);  // VERSION has no id
  }
  EXPECT_EQ(ask(RealpathRequest{{"."}}).type, PacketType::Name);
}

TEST_F(SftpRequests, ANulInANameIsRefused) {
  const std::string_view name("/a\0b", 4);
  EXPECT_EQ(ask(RemoveRequest{{name}}).status(), kBadMessage);
  EXPECT_EQ(ask(SymlinkRequest{{name}, {"/l"}}).status(), kBadMessage);
  EXPECT_EQ(ask(SymlinkRequest{{"t"}, {name}}).status(), kBadMessage);
  EXPECT_EQ(ask(OpenRequest{{name}, kOpenWrite | kOpenCreate, 0, 0, {}}).status(), kBadMessage);
  EXPECT_EQ(observer.problems.size(), 4U);
  EXPECT_EQ(files.nodes, 2U);
}

TEST_F(SftpRequests, IdsMayBeTheSame) {
  files.put_file("/a", "x");
  Bytes both = request(1, StatRequest{{"/a"}, 0});
  const Bytes second = request(1, StatRequest{{"/none"}, 0});
  both.insert(both.end(), second.begin(), second.end());
  const auto replies_to = send(both);
  ASSERT_EQ(replies_to.size(), 2U);
  EXPECT_EQ(replies_to[0].id, 1U);
  EXPECT_EQ(replies_to[0].type, PacketType::Attrs);
  EXPECT_EQ(replies_to[1].id, 1U);
  EXPECT_EQ(replies_to[1].status(), kNoSuchFile);
}

TEST_F(SftpRequests, AnImpossibleLengthEndsTheSession) {
  for (const std::uint32_t length : {std::uint32_t{0}, kMaxPacket + 1025, ~std::uint32_t{0}}) {
    SftpWorld world;
    world.init();
    Bytes bytes(4);
    store_u32(bytes.data(), length);
    EXPECT_TRUE(world.send(bytes).empty());
    EXPECT_TRUE(world.server.failed()) << length;
    EXPECT_EQ(world.server.backlog(), 0U);
  }
}

TEST_F(SftpRequests, WhatIsOpenAtTheEndIsReportedAsAborted) {
  const Bytes handle = open("/a", kOpenWrite | kOpenCreate);
  open_directory("/");
  const Bytes whole = request(1, WriteRequest{handle, 0, as_bytes("12345678")});
  server.feed(ByteView(whole).first(whole.size() - 3));
  server.input_done();
  server.end();
  server.end();
  EXPECT_EQ(files.content("/a"), "12345");  // what came is kept
  ASSERT_EQ(observer.events.size(), 2U);
  EXPECT_EQ(observer.events[0].op, FileOp::Write);
  EXPECT_EQ(observer.events[0].bytes, 5U);
  EXPECT_TRUE(observer.events[0].aborted);
  EXPECT_TRUE(observer.events[1].aborted);
  EXPECT_TRUE(send(request(1, StatRequest{{"/"}, 0})).empty());
}

TEST(SftpRequestTable, ServesWhatTheDraftHasAndHasEachRowOnce) {
  SftpWorld world;
  world.init();
  for (std::uint8_t type = 3; type <= 20; ++type) {
    const auto replies = world.send(raw_packet(type, 1, {}));
    ASSERT_EQ(replies.size(), 1U) << int{type};
    EXPECT_EQ(replies[0].status(), kBadMessage) << int{type};
  }
}

}  // namespace
}  // namespace ssh2core::sftp
