// Requests that are not as they should be: cut, mutated, random. The session answers each packet
// once and lives, as long as the framing is intact.
#include <random>

#include "libssh2core/tests/sftp/session_fixture.h"

namespace ssh2core::sftp {
namespace {

Attributes all_attributes() {
  Attributes a;
  a.size = 5;
  a.uid = a.gid = 1;
  a.mode = 0644;
  a.atime = a.mtime = FileTime{1, 0};
  a.extended = {{"name", "value"}};
  return a;
}

/// One of each request; `handle` is what stands where they need one.
std::vector<Bytes> one_of_each(ByteView handle) {
  const Path path{"/a"};
  return {request(1, OpenRequest{path, kOpenRead, 0, 0, all_attributes()}),
          request(1, CloseRequest{handle}),
          request(1, ReadRequest{handle, 0, 10}),
          request(1, WriteRequest{handle, 0, as_bytes("data")}),
          request(1, LstatRequest{path, 0}),
          request(1, FstatRequest{handle, 0}),
          request(1, SetstatRequest{path, all_attributes()}),
          request(1, FsetstatRequest{handle, all_attributes()}),
          request(1, OpendirRequest{path}),
          request(1, ReaddirRequest{handle}),
          request(1, RemoveRequest{path}),
          request(1, MkdirRequest{path, all_attributes()}),
          request(1, RmdirRequest{path}),
          request(1, RealpathRequest{path}),
          request(1, StatRequest{path, 0}),
          request(1, RenameRequest{path, {"/b"}, 0}),
          request(1, ReadlinkRequest{path}),
          request(1, SymlinkRequest{path, {"/b"}}),
          request(1, PosixRenameRequest{path, {"/b"}}),
          request(1, StatvfsRequest{path}),
          request(1, FstatvfsRequest{handle}),
          request(1, HardlinkRequest{path, {"/b"}}),
          request(1, FsyncRequest{handle}),
          request(1, LsetstatRequest{path, all_attributes()}),
          request(1, LimitsRequest{}),
          request(1, ExpandPathRequest{path}),
          request(1, HomeDirectoryRequest{{"user"}}),
          request(1, UsersGroupsRequest{Bytes(4, 0), Bytes(4, 0)}),
          request(1, CopyDataRequest{handle, 0, 1, handle, 2}),
          request(1, InitRequest{3, {}})};
}

/// The session still answers, in step.
void expect_alive(SftpWorld& world) {
  ASSERT_FALSE(world.server.failed());
  const Reply reply = world.ask(RealpathRequest{{"/"}}, 4711);
  EXPECT_EQ(reply.type, PacketType::Name);
}

TEST(SftpMalformed, EveryTruncationOfEveryRequestIsRefused) {
  SftpWorld world;
  world.files.put_file("/a", "0123456789");
  world.init();
  const Bytes handle = world.open("/a", kOpenRead | kOpenWrite);
  for (const Bytes& whole : one_of_each(handle)) {
    for (std::size_t size = 5; size < whole.size(); ++size) {
      Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      store_u32(cut.data(), static_cast<std::uint32_t>(size - 4));
      const auto replies = world.send(cut);
      ASSERT_EQ(replies.size(), 1U) << int{whole[4]} << " cut to " << size;
      EXPECT_EQ(replies[0].id, size < 9 || whole[4] == 1 ? 0U : 1U);
      EXPECT_EQ(replies[0].status(), number(Status::BadMessage))
          << int{whole[4]} << " cut to " << size;
    }
  }
  EXPECT_EQ(world.files.content("/a"), "0123456789");
  expect_alive(world);
}

TEST(SftpMalformed, SurplusBytesChangeNothing) {
  SftpWorld plain, longer;
  for (SftpWorld* world : {&plain, &longer}) {
    world->files.put_file("/a", "0123456789");
    world->init();
  }
  const Bytes handle = plain.open("/a", kOpenRead | kOpenWrite);
  ASSERT_EQ(longer.open("/a", kOpenRead | kOpenWrite), handle);
  for (const Bytes& whole : one_of_each(handle)) {
    Bytes more = whole;
    more.insert(more.end(), 5, 0);
    store_u32(more.data(), static_cast<std::uint32_t>(more.size() - 4));
    plain.server.feed(whole);
    longer.server.feed(more);
    plain.server.input_done();
    longer.server.input_done();
    EXPECT_EQ(plain.replies.out, longer.replies.out) << int{whole[4]};
  }
}

TEST(SftpMalformed, RandomMutationsAreAnsweredOnceEach) {
  std::mt19937 random(7);
  for (int round = 0; round < 60; ++round) {
    SftpWorld world;
    world.files.put_file("/a", "0123456789");
    world.init();
    const Bytes handle = world.open("/a", kOpenRead | kOpenWrite);
    for (const Bytes& whole : one_of_each(handle)) {
      Bytes mutated = whole;
      for (std::size_t change = 0; change < 1 + random() % 3; ++change) {
        const std::size_t at = 4 + random() % (mutated.size() - 4);  // the framing stays
        mutated[at] = static_cast<std::uint8_t>(random() % 4 == 0 ? 0xff : random());
      }
      ASSERT_EQ(world.send(mutated).size(), 1U);
      expect_alive(world);
    }
  }
}

TEST(SftpMalformed, RandomStreamsNeverGoWrong) {
  std::mt19937 random(11);
  for (int round = 0; round < 300; ++round) {
    SftpWorld world;
    world.files.put_file("/a", "0123456789");
    world.init();
    Bytes stream;
    for (const Bytes& whole : one_of_each(world.open("/a", kOpenRead | kOpenWrite)))
      if (random() % 3 != 0) stream.insert(stream.end(), whole.begin(), whole.end());
    for (int change = 0; change < 4; ++change)
      stream[random() % stream.size()] = static_cast<std::uint8_t>(random());
    for (std::size_t at = 0; at < stream.size();) {
      const std::size_t size = std::min<std::size_t>(1 + random() % 100, stream.size() - at);
      world.server.feed(ByteView(stream).subspan(at, size));
      world.server.input_done();
      at += size;
    }
    world.server.end();
    split_replies(world.replies.out);
  }
}

TEST(SftpMalformed, ARequestWithoutAnIdIsAnsweredAsZero) {
  SftpWorld world;
  world.init();
  const auto replies = world.send(Bytes{0, 0, 0, 3, 17, 0, 0});
  ASSERT_EQ(replies.size(), 1U);
  EXPECT_EQ(replies[0].id, 0U);
  EXPECT_EQ(replies[0].status(), number(Status::BadMessage));
  EXPECT_EQ(world.observer.problems.size(), 1U);
  expect_alive(world);
}

}  // namespace
}  // namespace ssh2core::sftp
