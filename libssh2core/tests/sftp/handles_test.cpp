#include "libssh2core/sftp/handles.h"

#include <set>

#include "libssh2core/tests/sftp/session_fixture.h"

namespace ssh2core::sftp {
namespace {

Bytes kept(ByteView name) { return {name.begin(), name.end()}; }

TEST(HandleTable, FindsOnlyWhatIsOpen) {
  TestRandom random;
  HandleTable table(random, 3);
  OpenHandle handle;
  handle.path = "/a";
  const Bytes a = kept(table.add(std::move(handle)));
  const Bytes b = kept(table.add({}));
  ASSERT_NE(table.find(a), nullptr);
  EXPECT_EQ(table.find(a)->path, "/a");
  EXPECT_EQ(table.take(a).path, "/a");
  EXPECT_EQ(table.find(a), nullptr);
  const Bytes c = kept(table.add({}));  // in the same place
  EXPECT_EQ(table.find(a), nullptr);
  EXPECT_NE(table.find(b), nullptr);
  EXPECT_NE(table.find(c), nullptr);
  EXPECT_EQ(table.count(), 2U);
}

TEST(HandleTable, RefusesWhatOnlyLooksLikeAHandle) {
  TestRandom random;
  HandleTable table(random, 2);
  EXPECT_EQ(table.find(Bytes(16, 0)), nullptr);
  Bytes name = kept(table.add({}));
  for (std::size_t bit = 0; bit < 128; ++bit) {
    name[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    EXPECT_EQ(table.find(name), nullptr) << bit;
    name[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
  }
  for (std::size_t size = 0; size < 16; ++size)
    EXPECT_EQ(table.find(ByteView(name).first(size)), nullptr);
  name.push_back(0);
  EXPECT_EQ(table.find(name), nullptr);
}

TEST(HandleTable, IsBounded) {
  TestRandom random;
  HandleTable table(random, 2);
  table.add({});
  EXPECT_FALSE(table.full());
  table.add({});
  EXPECT_TRUE(table.full());
  table.take_any();
  table.take_any();
  EXPECT_EQ(table.count(), 0U);
}

TEST(SftpHandles, ExhaustionIsAFailureThatPasses) {
  ServerOptions options;
  options.max_handles = 3;
  SftpWorld world(options);
  world.files.put_file("/a", "x");
  world.init();
  const Bytes first = world.open("/a", kOpenRead);
  world.open("/a", kOpenRead);
  world.open_directory("/");
  const Reply file = world.ask(OpenRequest{{"/a"}, kOpenRead, 0, 0, {}});
  EXPECT_EQ(file.status(), number(Status::Failure));
  EXPECT_EQ(file.as<StatusReply>().message, "Too many open handles");
  EXPECT_EQ(world.ask(OpendirRequest{{"/"}}).status(), number(Status::Failure));
  EXPECT_EQ(world.ask(CloseRequest{first}).status(), number(Status::Ok));
  const Bytes again = world.open("/a", kOpenRead);
  EXPECT_EQ(world.ask(ReadRequest{first, 0, 1}).status(), number(Status::Failure));  // stale
  EXPECT_EQ(world.ask(ReadRequest{again, 0, 1}).type, PacketType::Data);
}

}  // namespace
}  // namespace ssh2core::sftp
