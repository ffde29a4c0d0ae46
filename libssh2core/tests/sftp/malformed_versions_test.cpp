// Every request in every version: each of its bytes cut off, each of its lengths and numbers wrong,
// each handle stale. Each packet gets one answer, and the session goes on.
#include <algorithm>
#include <random>

#include "libssh2core/tests/sftp/session_fixture.h"

namespace ssh2core::sftp {
namespace {

Attributes all_attributes() {
  Attributes a;
  a.size = a.allocation = 5;
  a.uid = a.gid = 1;
  a.owner = a.group = "root";
  a.mode = 0644;
  a.subseconds = true;
  a.atime = a.mtime = a.ctime = a.createtime = FileTime{1, 2};
  a.bits = a.bits_valid = 1;
  a.text_hint = 1;
  a.mime_type = "text/plain";
  a.links = 1;
  a.untranslated_name = "x";
  a.acl.emplace();
  a.acl->entries = {{kAceAllow, 0, 1, "OWNER@"}, {kAceDeny, 0x40, 2, "staff"}};
  a.extended = {{"name", "value"}};
  return a;
}

/// A request, and how many bytes from its end it may be cut without being wrong.
struct Sample {
  Bytes bytes;
  std::vector<std::size_t> optional = {};
};

/// One of each request that `version` has; `handle` is what stands where they need one.
std::vector<Sample> one_of_each(ByteView handle, ProtocolVersion version) {
  const Path path{"/a"};
  const Attributes attributes = all_attributes();
  const auto make = [&](const auto& message) { return request(1, message, version); };
  const std::vector<std::size_t> flags =
      version >= 4 ? std::vector<std::size_t>{4} : std::vector<std::size_t>{};
  std::vector<Sample> list = {
      {make(OpenRequest{path, kOpenRead, kAceReadData, kOpenExisting, attributes})},
      {make(CloseRequest{handle})},
      {make(ReadRequest{handle, 0, 10})},
      {make(WriteRequest{handle, 0, as_bytes("data")})},
      {make(LstatRequest{path, 1}), flags},
      {make(FstatRequest{handle, 1}), flags},
      {make(SetstatRequest{path, attributes})},
      {make(FsetstatRequest{handle, attributes})},
      {make(OpendirRequest{path})},
      {make(ReaddirRequest{handle})},
      {make(RemoveRequest{path})},
      {make(MkdirRequest{path, attributes})},
      {make(RmdirRequest{path})},
      {make(StatRequest{path, 1}), flags}};
  if (version < 6) list.push_back({make(RealpathRequest{path})});
  if (version >= 6)
    list.push_back(
        {make(RealpathRequest{path, kRealpathNoCheck, {{{"x"}, {"yz"}}}}), {6, 6 + 5, 6 + 5 + 1}});
  if (version >= 2)
    list.push_back({make(RenameRequest{path, {"/b"}, 1}),
                    version >= 5 ? std::vector<std::size_t>{4} : std::vector<std::size_t>{}});
  if (version >= 3) {
    list.push_back({make(ReadlinkRequest{path})});
    list.push_back({make(PosixRenameRequest{path, {"/b"}})});
    list.push_back({make(FsyncRequest{handle})});
    list.push_back({make(LsetstatRequest{path, attributes})});
    list.push_back({make(UsersGroupsRequest{Bytes(4, 0), Bytes(4, 0)})});
    list.push_back({make(CopyDataRequest{handle, 0, 1, handle, 2})});
    list.push_back({make(CheckFileNameRequest{path, "sha256,crc32", 1, 5, 256})});
    list.push_back({make(CheckFileHandleRequest{handle, "md5", 1, 5, 0})});
    list.push_back({make(CheckFileRequest{handle, "sha1", 1, 5, 0})});
    list.push_back({make(Md5HashRequest{path, 1, 5, "x"})});
    list.push_back({make(Md5HashHandleRequest{handle, 1, 5, "x"})});
    list.push_back({make(CopyFileRequest{{"/none"}, {"/b"}, true})});
    list.push_back({make(SpaceAvailableRequest{path})});
    list.push_back({make(VendorIdRequest{"a", "b", "c", 1})});
    list.push_back({make(GetXattrRequest{path, {"user.x"}, 100})});
    list.push_back({make(FgetXattrRequest{handle, {"user.x"}, 100})});
    list.push_back({make(ListXattrRequest{path})});
    list.push_back({make(FlistXattrRequest{handle})});
    list.push_back({make(SetXattrRequest{path, {"user.x"}, "y", 0})});
    list.push_back({make(FsetXattrRequest{handle, {"user.x"}, "y", 0})});
    list.push_back({make(RemoveXattrRequest{path, {"user.x"}})});
    list.push_back({make(FremoveXattrRequest{handle, {"user.x"}})});
  }
  if (version >= 3 && version <= 5) list.push_back({make(SymlinkRequest{path, {"/b"}})});
  if (version >= 4) list.push_back({make(TextSeekRequest{handle, 1})});
  if (version >= 6) {
    list.push_back({make(LinkRequest{{"/l"}, path, true})});
    list.push_back({make(BlockRequest{handle, 0, 5, kBlockAdvisory | kBlockWrite})});
    list.push_back({make(UnblockRequest{handle, 0, 5})});
  }
  return list;
}

ServerOptions with_all_extensions() {
  ServerOptions options;
  for (const ExtensionSwitchRow& row : kExtensionSwitches) options.extensions.set(row.which, true);
  return options;
}

class SftpMalformedIn : public testing::TestWithParam<ProtocolVersion> {
 protected:
  /// A session with a file that is open for both.
  struct Open : SftpWorld {
    explicit Open(ProtocolVersion wanted) : SftpWorld(with_all_extensions()) {
      files.put_file("/a", "0123456789");
      init(wanted);
      handle = open("/a", kOpenRead | kOpenWrite);
    }
    Bytes handle;
    void expect_alive() {
      ASSERT_FALSE(server.failed());
      EXPECT_EQ(ask(RealpathRequest{{"/"}}, 4711).type, PacketType::Name);
    }
  };
  ProtocolVersion version() const { return GetParam(); }
};
INSTANTIATE_TEST_SUITE_P(Each, SftpMalformedIn, testing::Values(1, 2, 3, 4, 5, 6),
                         [](const auto& one) {
                           return std::string("v").append(std::to_string(one.param));
                         });

TEST_P(SftpMalformedIn, EveryTruncationIsRefused) {
  Open first(version());
  const std::size_t kinds = one_of_each(first.handle, version()).size();
  for (std::size_t kind = 0; kind < kinds; ++kind) {
    Open world(version());
    const Sample sample = one_of_each(world.handle, version())[kind];
    const Bytes& whole = sample.bytes;
    for (std::size_t size = 9; size < whole.size(); ++size) {
      Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      store_u32(cut.data(), static_cast<std::uint32_t>(size - 4));
      const auto replies = world.send(cut);
      ASSERT_EQ(replies.size(), 1U) << int{whole[4]} << " cut to " << size;
      const bool legal =
          std::ranges::find(sample.optional, whole.size() - size) != sample.optional.end();
      if (!legal) {
        EXPECT_EQ(replies[0].status(), number(Status::BadMessage))
            << int{whole[4]} << " cut to " << size << " of " << whole.size();
      }
    }
    if (sample.optional.empty()) {
      EXPECT_EQ(world.files.content("/a"), "0123456789");
    }
    EXPECT_EQ(world.files.nodes, 1U + 2U);
    world.expect_alive();
  }
}

TEST_P(SftpMalformedIn, EveryWrongNumberIsAnsweredOnce) {
  Open first(version());
  const std::size_t kinds = one_of_each(first.handle, version()).size();
  for (std::size_t kind = 0; kind < kinds; ++kind) {
    Open world(version());
    const Bytes whole = one_of_each(world.handle, version())[kind].bytes;
    for (std::size_t at = 9; at + 4 <= whole.size(); ++at)
      for (const std::uint32_t value : {0U, 1U, 0x100U, 0x7fffffffU, 0x80000000U, 0xffffffffU}) {
        Bytes wrong = whole;
        store_u32(wrong.data() + at, value);
        ASSERT_EQ(world.send(wrong).size(), 1U) << int{whole[4]} << " at " << at;
      }
    world.expect_alive();
  }
}

TEST_P(SftpMalformedIn, StaleHandlesAreRefused) {
  Open world(version());
  const Bytes stale = world.open("/a", kOpenRead | kOpenWrite);
  ASSERT_EQ(world.ask(CloseRequest{stale}).status(), 0U);
  Bytes other = world.handle;
  other.back() ^= 1;
  const Bytes longer(257, 7);
  const auto invalid = number(status_in(Status::InvalidHandle, version()));
  for (const ByteView handle : {ByteView(stale), ByteView(other), ByteView(), ByteView(longer)}) {
    std::vector<Bytes> requests;
    const auto add = [&](const auto& message) {
      requests.push_back(request(1, message, version()));
    };
    add(CloseRequest{handle});
    add(ReadRequest{handle, 0, 1});
    add(WriteRequest{handle, 0, as_bytes("x")});
    add(FstatRequest{handle, 0});
    add(FsetstatRequest{handle, {}});
    add(ReaddirRequest{handle});
    if (version() >= 3) add(FsyncRequest{handle});
    if (version() >= 3) add(FstatvfsRequest{handle});
    if (version() >= 3) add(CopyDataRequest{handle, 0, 1, world.handle, 0});
    if (version() >= 3) add(CopyDataRequest{world.handle, 0, 1, handle, 0});
    if (version() >= 3) add(CheckFileHandleRequest{handle, "md5", 0, 0, 0});
    if (version() >= 3) add(CheckFileRequest{handle, "md5", 0, 0, 0});
    if (version() >= 3) add(Md5HashHandleRequest{handle, 0, 0, ""});
    if (version() >= 3) add(FgetXattrRequest{handle, {"user.x"}, 100});
    if (version() >= 3) add(FlistXattrRequest{handle});
    if (version() >= 3) add(FsetXattrRequest{handle, {"user.x"}, "y", 0});
    if (version() >= 3) add(FremoveXattrRequest{handle, {"user.x"}});
    if (version() >= 4) add(TextSeekRequest{handle, 0});
    if (version() >= 6) add(BlockRequest{handle, 0, 1, kBlockAdvisory | kBlockWrite});
    if (version() >= 6) add(UnblockRequest{handle, 0, 1});
    for (const Bytes& bytes : requests) {
      const auto replies = world.send(bytes);
      ASSERT_EQ(replies.size(), 1U);
      EXPECT_EQ(replies[0].status(), invalid) << int{bytes[4]};
    }
  }
  EXPECT_EQ(world.files.content("/a"), "0123456789");
}

TEST_P(SftpMalformedIn, RandomStreamsNeverGoWrong) {
  std::mt19937 random(17);
  for (int round = 0; round < 100; ++round) {
    Open world(version());
    Bytes stream;
    for (const Sample& sample : one_of_each(world.handle, version()))
      if (random() % 3 != 0) stream.insert(stream.end(), sample.bytes.begin(), sample.bytes.end());
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

/// From version 4 on: what the codec writes, it reads.
TEST(SftpAttributes, GoThereAndBack) {
  for (const ProtocolVersion version : {4U, 5U, 6U}) {
    Attributes a = all_attributes();
    Buffer out;
    Writer w(out);
    put(w, a, version);
    Reader r(out.view());
    Attributes b;
    get(r, b, version);
    r.expect_end();
    EXPECT_EQ(b.size, a.size);
    EXPECT_EQ(b.allocation, version == 6 ? a.allocation : std::nullopt);
    EXPECT_EQ(b.owner, a.owner);
    EXPECT_EQ(b.mode, a.mode);
    EXPECT_EQ(b.atime, a.atime);
    EXPECT_EQ(b.createtime, a.createtime);
    EXPECT_EQ(b.mtime, a.mtime);
    EXPECT_EQ(b.ctime, version == 6 ? a.ctime : std::nullopt);
    EXPECT_EQ(b.acl->entries, a.acl->entries);
    EXPECT_EQ(b.bits, version >= 5 ? a.bits : std::nullopt);
    EXPECT_EQ(b.mime_type, version == 6 ? a.mime_type : std::nullopt);
    EXPECT_EQ(b.links, version == 6 ? a.links : std::nullopt);
    EXPECT_EQ(b.untranslated_name, version == 6 ? a.untranslated_name : std::nullopt);
    EXPECT_EQ(b.extended.size(), 1U);
    for (std::size_t size = 0; size < out.size(); ++size) {
      Reader cut(out.view().first(size));
      Attributes c;
      EXPECT_THROW(get(cut, c, version), ProtocolError) << size;
    }
  }
}

TEST(SftpAttributes, AreLaidOutAsInTheDraft) {
  Attributes a;
  a.size = 0x0102030405060708;
  a.allocation = 9;
  a.owner = "o";
  a.group = "g";
  a.mode = 0100644;
  a.atime = FileTime{-1, 500'000'000};
  a.subseconds = true;
  a.ctime = FileTime{2, 3};
  a.bits = 5;
  a.bits_valid = 7;
  a.links = 2;
  const auto encoded = [&](ProtocolVersion version) {
    Buffer out;
    Writer w(out);
    put(w, a, version);
    return out.to_bytes();
  };
  const Bytes six{0,    0,    0xa7, 0x8d,                                        // flags
                  1,                                                             // a regular file
                  1,    2,    3,    4,    5,    6,    7,    8,                   // size
                  0,    0,    0,    0,    0,    0,    0,    9,                   // allocation-size
                  0,    0,    0,    1,    'o',  0,    0,    0,    1, 'g',        // owner, group
                  0,    0,    0x01, 0xa4,                                        // permissions
                  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,                // atime
                  0x1d, 0xcd, 0x65, 0x00,                                        // its nanoseconds
                  0,    0,    0,    0,    0,    0,    0,    2,    0, 0,   0, 3,  // ctime
                  0,    0,    0,    5,    0,    0,    0,    7,                   // bits
                  0,    0,    0,    2};                                          // link-count
  EXPECT_EQ(encoded(6), six);
  const Bytes four{0,    0,    0x01, 0x8d, 1,    1,    2,    3,    4,    5,    6,    7,    8,
                   0,    0,    0,    1,    'o',  0,    0,    0,    1,    'g',  0,    0,    0x01,
                   0xa4, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1d, 0xcd, 0x65, 0x00};
  EXPECT_EQ(encoded(4), four);
  a.mode = 0140000;
  EXPECT_EQ(encoded(4)[4], 4);  // a socket is special
  EXPECT_EQ(encoded(5)[4], 6);
}

TEST(SftpAttributes, FlagsThatAVersionDoesNotHaveAreRefused) {
  const std::pair<ProtocolVersion, std::uint32_t> rows[] = {
      {4, 0x2}, {4, kAttrBits}, {5, kAttrLinkCount}, {5, kAttrChangeTime}, {6, 0x2}, {6, 0x10000}};
  for (const auto& [version, flag] : rows) {
    Buffer out;
    Writer w(out);
    w.u32(flag);
    w.raw(Bytes(40, 0));
    Reader r(out.view());
    Attributes a;
    EXPECT_THROW(get(r, a, version), ProtocolError) << version << " " << flag;
  }
}

}  // namespace
}  // namespace ssh2core::sftp
