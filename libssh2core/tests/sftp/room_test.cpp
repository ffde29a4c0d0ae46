// What version 6 says ahead about the size of a file, and of owners that no file can have.
#include "libssh2core/tests/sftp/session_fixture.h"

namespace ssh2core::sftp {
namespace {

class Room : public testing::Test, public SftpWorld {
 protected:
  Room() { init(6); }
  Reply open_with(std::string_view path, std::uint32_t disposition, std::uint64_t room) {
    OpenRequest open{};
    open.path = {path};
    open.desired_access = kAceWriteData;
    open.flags = disposition;
    open.attributes.type = 1;
    open.attributes.allocation = room;
    return ask(open);
  }
  std::uint32_t set(const Bytes& handle, std::uint64_t room) {
    FsetstatRequest request{};
    request.handle = handle;
    request.attributes.type = 1;
    request.attributes.allocation = room;
    return ask(request).status();
  }
  std::uint32_t set_owner(std::string owner, std::string group) {
    SetstatRequest request{};
    request.path = {"/f"};
    request.attributes.type = 1;
    request.attributes.owner = std::move(owner);
    request.attributes.group = std::move(group);
    return ask(request).status();
  }
};

TEST_F(Room, ThatThereIsIsTaken) {
  EXPECT_EQ(open_with("/f", kCreateNew, 1000).type, PacketType::Handle);
  EXPECT_EQ(open_with("/f", kCreateTruncate, 1000).type, PacketType::Handle);
  EXPECT_EQ(files.content("/f"), "");
}

TEST_F(Room, ThatThereIsNotIsToldAtOnceAndNothingIsLeft) {
  const std::uint64_t much = files.max_file + 1;
  for (const std::uint32_t disposition : {kCreateNew, kCreateTruncate, kOpenOrCreate}) {
    EXPECT_EQ(open_with("/f", disposition, much).status(), number(Status::NoSpaceOnFilesystem));
    EXPECT_EQ(files.content("/f"), "<none>") << disposition;
  }
  EXPECT_EQ(server.open_files(), 0U);
  files.put_file("/f", "old");
  for (const std::uint32_t disposition : {kOpenOrCreate, kCreateTruncate, kTruncateExisting}) {
    EXPECT_EQ(open_with("/f", disposition, much).status(), number(Status::NoSpaceOnFilesystem));
    EXPECT_EQ(files.content("/f"), "old") << "it was there before: " << disposition;
  }
  EXPECT_EQ(open_with("/f", kCreateNew, much).status(), number(Status::FileAlreadyExists));
  EXPECT_EQ(files.content("/f"), "old");
}

TEST_F(Room, WhereNobodyKnowsItIsNoError) {
  files.reserve_fault = EOPNOTSUPP;
  EXPECT_EQ(open_with("/f", kCreateNew, 1000).type, PacketType::Handle);
  files.reserve_fault = EDQUOT;
  EXPECT_EQ(open_with("/g", kCreateNew, 1000).status(), number(Status::QuotaExceeded));
}

TEST_F(Room, OfAnOpenFile) {
  const Reply opened = open_with("/f", kCreateNew, 0);
  const ByteView name = opened.as<HandleReply>().handle;
  const Bytes handle(name.begin(), name.end());
  EXPECT_EQ(set(handle, 1000), 0U);
  EXPECT_EQ(set(handle, files.max_file + 1), number(Status::NoSpaceOnFilesystem));
  EXPECT_EQ(ask(WriteRequest{handle, 0, as_bytes("hello")}).status(), 0U);
  EXPECT_EQ(set(handle, 5), 0U);
  EXPECT_EQ(set(handle, 4), number(Status::InvalidParameter)) << "that would cut it off";
  EXPECT_EQ(files.content("/f"), "hello");
}

TEST_F(Room, OwnersThatNoFileCanHave) {
  files.put_file("/f", "x");
  files.users[1000] = "ann";
  files.groups[100] = "users";
  EXPECT_EQ(set_owner("ann", "users"), 0U);
  EXPECT_EQ(set_owner("4294967295", "users"), number(Status::OwnerInvalid));
  EXPECT_EQ(set_owner("ann", "4294967295"), number(Status::GroupInvalid));
  EXPECT_EQ(set_owner("nobody-here", "users"), number(Status::UnknownPrincipal));
}

}  // namespace
}  // namespace ssh2core::sftp
