// copy-file, space-available and xattr@proftpd.org.
#include "libssh2core/sftp/long_work.h"
#include "libssh2core/tests/sftp/session_fixture.h"

namespace ssh2core::sftp {
namespace {

constexpr std::uint32_t kOk = 0, kNoSuchFile = 2, kDenied = 3, kFailure = 4, kUnsupported = 8;

class SftpCopyFile : public SftpSession {
 protected:
  SftpCopyFile() { files.put_file("/a", "content"); }
  std::uint32_t copy(std::string_view from, std::string_view to, bool overwrite = false) {
    return ask(CopyFileRequest{{from}, {to}, overwrite}).status();
  }
  std::size_t names_in_root() {
    const auto directory = files.open_directory("/");
    DirectoryEntry entry;
    std::size_t count = 0;
    while (*(*directory)->next(entry)) ++count;
    return count;
  }
};

TEST_F(SftpCopyFile, ANewFileHasContentAndMode) {
  Attributes mode;
  mode.mode = 06751;
  EXPECT_TRUE(files.set("/a", mode, true).ok());
  EXPECT_EQ(copy("/a", "/b"), kOk);
  EXPECT_EQ(files.content("/b"), "content");
  EXPECT_EQ(*files.stat("/b")->mode & 07777, 0751U);
  EXPECT_EQ(observer.events.back().op, FileOp::Copy);
  EXPECT_EQ(observer.events.back().path, "/a");
  EXPECT_EQ(observer.events.back().path2, "/b");
  EXPECT_EQ(observer.events.back().bytes, 7U);
  files.put_file("/empty", "");
  EXPECT_EQ(copy("/empty", "/c"), kOk);
  EXPECT_EQ(files.content("/c"), "");
}

TEST_F(SftpCopyFile, WhatIsThereIsReplacedOnlyOnRequest) {
  files.put_file("/b", "old");
  Attributes mode;
  mode.mode = 0640;
  EXPECT_TRUE(files.set("/b", mode, true).ok());
  EXPECT_EQ(copy("/a", "/b"), kFailure);
  EXPECT_EQ(observer.events.back().error, EEXIST);
  EXPECT_EQ(files.content("/b"), "old");
  EXPECT_EQ(copy("/a", "/b", true), kOk);
  EXPECT_EQ(files.content("/b"), "content");
  EXPECT_EQ(*files.stat("/b")->mode & 07777, 0640U);
  EXPECT_EQ(names_in_root(), 2U + 3U);  // home, a, b
  files.make_symlink("b", "/l").ok();
  files.put_file("/a", "newer");
  EXPECT_EQ(copy("/a", "/l", true), kOk);  // through the symlink
  EXPECT_EQ(files.content("/b"), "newer");
  EXPECT_EQ(*files.read_link("/l"), "b");
}

TEST_F(SftpCopyFile, NeverOntoItselfOrSomethingElse) {
  EXPECT_EQ(copy("/a", "/a", true), kFailure);
  EXPECT_EQ(observer.events.back().error, EINVAL);
  EXPECT_EQ(copy("/a", "/home/../a", true), kFailure);
  files.make_symlink("a", "/l").ok();
  EXPECT_EQ(copy("/l", "/a", true), kFailure);
  EXPECT_EQ(copy("/a", "/l", true), kFailure);
  EXPECT_EQ(files.content("/a"), "content");
  EXPECT_EQ(copy("/none", "/b"), kNoSuchFile);
  EXPECT_EQ(copy("/a", "/none/b"), kNoSuchFile);
  EXPECT_EQ(copy("/home", "/b"), kFailure);
  EXPECT_EQ(copy("/a", "/home", true), kFailure);
  EXPECT_EQ(files.content("/b"), "<none>");
  // A second name of the same file becomes a file of its own.
  EXPECT_TRUE(files.make_hard_link("/a", "/h").ok());
  EXPECT_EQ(copy("/a", "/h", true), kOk);
  EXPECT_EQ(files.content("/h"), "content");
  EXPECT_EQ(files.content("/a"), "content");
}

TEST_F(SftpCopyFile, AFailureLeavesEverythingAsItWas) {
  files.put_file("/b", "old");
  files.write_fault = [](std::uint64_t, std::size_t) { return ENOSPC; };
  EXPECT_EQ(copy("/a", "/b", true), kFailure);
  EXPECT_EQ(observer.events.back().error, ENOSPC);
  EXPECT_EQ(copy("/a", "/c"), kFailure);
  EXPECT_EQ(files.content("/b"), "old");
  EXPECT_EQ(names_in_root(), 2U + 3U);
  files.write_fault = nullptr;
  files.close_fault = EDQUOT;
  EXPECT_EQ(copy("/a", "/b", true), kFailure);
  EXPECT_EQ(files.content("/b"), "old");
  EXPECT_EQ(names_in_root(), 2U + 3U);
}

TEST_F(SftpCopyFile, ALargeOneIsCopiedInSteps) {
  files.max_file = 64 << 20;
  files.put_file("/a", std::string(2 * kStepBytes + 5, 'x'));
  files.put_file("/b", "old");
  server.feed(request(1, CopyFileRequest{{"/a"}, {"/b"}, true}));
  server.input_done();
  EXPECT_TRUE(is_working());
  EXPECT_EQ(files.content("/b"), "old");
  server.end();  // the client is gone
  EXPECT_EQ(files.content("/b"), "old");
  EXPECT_EQ(names_in_root(), 2U + 3U);
  SftpWorld again;
  again.files.max_file = files.max_file;
  again.files.put_file("/a", files.content("/a"));
  again.init();
  EXPECT_EQ(again.ask(CopyFileRequest{{"/a"}, {"/b"}, false}).status(), kOk);
  EXPECT_EQ(again.files.content("/b"), files.content("/a"));
}

TEST(SftpReadOnly, NeitherCopiesNorChangesAttributes) {
  ServerOptions options;
  options.read_only = true;
  options.extensions.set(ExtensionSwitch::Xattr, true);
  SftpWorld world(options);
  world.files.put_file("/a", "x");
  world.init();
  EXPECT_EQ(world.ask(CopyFileRequest{{"/a"}, {"/b"}, true}).status(), kDenied);
  EXPECT_EQ(world.ask(SetXattrRequest{{"/a"}, {"n"}, "v", 0}).status(), kDenied);
  EXPECT_EQ(world.ask(RemoveXattrRequest{{"/a"}, {"n"}}).status(), kDenied);
  const Bytes handle = world.open("/a", kOpenRead);
  EXPECT_EQ(world.ask(FsetXattrRequest{handle, {"n"}, "v", 0}).status(), kDenied);
  EXPECT_EQ(world.ask(FremoveXattrRequest{handle, {"n"}}).status(), kDenied);
  EXPECT_EQ(world.ask(ListXattrRequest{{"/a"}}).as<XattrNamesReply>().count, 0U);
  EXPECT_EQ(world.ask(CheckFileNameRequest{{"/a"}, "md5", 0, 0, 0}).type,
            PacketType::ExtendedReply);
}

TEST_F(SftpCopyFile, SpaceIsThatOfStatvfs) {
  const Reply reply = ask(SpaceAvailableRequest{{"/"}});
  const auto is = reply.as<SpaceAvailableReply>();
  const auto figures = *files.statvfs("/");
  EXPECT_EQ(reply.body.size(), 36U);
  EXPECT_EQ(is.device, figures.blocks * figures.frsize);
  EXPECT_EQ(is.unused, figures.bfree * figures.frsize);
  EXPECT_EQ(is.unused_for_user, figures.bavail * figures.frsize);
  EXPECT_EQ(is.for_user, (figures.blocks - (figures.bfree - figures.bavail)) * figures.frsize);
  EXPECT_EQ(is.unit, figures.frsize);
  EXPECT_EQ(ask(SpaceAvailableRequest{{"/none"}}).status(), kNoSuchFile);
}

ServerOptions with_xattrs() {
  ServerOptions options;
  options.extensions.set(ExtensionSwitch::Xattr, true);
  return options;
}

struct XattrWorld : SftpWorld {
  XattrWorld() : SftpWorld(with_xattrs()) {
    files.put_file("/a", "x");
    init();
  }
  std::string get(std::string_view name, std::uint32_t most = kLongestXattr) {
    const Reply reply = ask(GetXattrRequest{{"/a"}, {name}, most});
    if (reply.type == PacketType::Status) return "status " + std::to_string(reply.status());
    return std::string(reply.as<XattrReply>().value);
  }
  std::uint32_t set(std::string_view name, std::string_view value, std::uint32_t flags = 0) {
    return ask(SetXattrRequest{{"/a"}, {name}, value, flags}).status();
  }
  static std::vector<std::string> list(const Reply& reply) {
    const auto is = reply.as<XattrNamesReply>();
    Reader r(is.names.bytes);
    std::vector<std::string> names;
    while (r.remaining() != 0) names.emplace_back(r.text());
    EXPECT_EQ(names.size(), is.count);
    return names;
  }
};

TEST(SftpXattr, AttributesAreSetGotListedAndRemoved) {
  XattrWorld w;
  EXPECT_EQ(w.set("user.one", "1"), kOk);
  EXPECT_EQ(w.set("user.two", std::string_view("2\0\xff", 3)), kOk);
  EXPECT_EQ(w.get("user.one"), "1");
  EXPECT_EQ(w.get("user.two"), std::string("2\0\xff", 3));
  const std::vector<std::string> both{"user.one", "user.two"};
  EXPECT_EQ(XattrWorld::list(w.ask(ListXattrRequest{{"/a"}})), both);
  const Bytes handle = w.open("/a", kOpenRead | kOpenWrite);
  EXPECT_EQ(XattrWorld::list(w.ask(FlistXattrRequest{handle})), both);
  const Reply reply = w.ask(FgetXattrRequest{handle, {"user.one"}, 1});
  EXPECT_EQ(reply.as<XattrReply>().value, "1");
  EXPECT_EQ(w.ask(FsetXattrRequest{handle, {"user.one"}, "3", 0}).status(), kOk);
  EXPECT_EQ(w.get("user.one"), "3");
  EXPECT_EQ(w.ask(FremoveXattrRequest{handle, {"user.one"}}).status(), kOk);
  EXPECT_EQ(w.get("user.one"), "status 2");
  EXPECT_EQ(w.ask(RemoveXattrRequest{{"/a"}, {"user.two"}}).status(), kOk);
  EXPECT_EQ(w.ask(RemoveXattrRequest{{"/a"}, {"user.two"}}).status(), kNoSuchFile);
  EXPECT_TRUE(XattrWorld::list(w.ask(ListXattrRequest{{"/a"}})).empty());
}

TEST(SftpXattr, FlagsAndSizes) {
  XattrWorld w;
  EXPECT_EQ(w.set("user.n", "1", kXattrReplace), kNoSuchFile);
  EXPECT_EQ(w.set("user.n", "1", kXattrCreate), kOk);
  EXPECT_EQ(w.set("user.n", "2", kXattrCreate), kFailure);
  EXPECT_EQ(w.set("user.n", "2", kXattrReplace), kOk);
  for (const std::uint32_t flags : {3U, 4U, 0xffffffffU})
    EXPECT_EQ(w.set("user.n", "3", flags), kFailure);
  EXPECT_EQ(w.get("user.n"), "2");
  EXPECT_EQ(w.get("user.n", 1), "2");
  EXPECT_EQ(w.get("user.n", 0), "status 4");
  EXPECT_EQ(w.set("user.n", std::string(kLongestXattr + 1, 'x')), kFailure);
  EXPECT_EQ(w.observer.events.back().error, E2BIG);
  EXPECT_EQ(w.set("user.n", std::string(kLongestXattr, 'x')), kOk);
  EXPECT_EQ(w.get("user.n", 0xffffffff).size(), kLongestXattr);
  EXPECT_EQ(w.get("user.n", kLongestXattr - 1), "status 4");
  EXPECT_EQ(w.get("", 1), "status 8");
  EXPECT_EQ(w.get("user.", 1), "status 4");
  EXPECT_EQ(w.set("", "x"), kUnsupported);
  EXPECT_EQ(w.get(std::string_view("user.n\0m", 8)), "status 5");  // a NUL in a name
}

TEST(SftpXattr, NoOtherNamespaceIsReached) {
  XattrWorld w;
  const std::vector<std::string> names = {"system.posix_acl_access",
                                          "security.capability",
                                          "trusted.overlay.opaque",
                                          "User.x",
                                          "userx.y",
                                          "x"};
  const Bytes handle = w.open("/a", kOpenRead | kOpenWrite);
  for (const std::string& name : names) {
    EXPECT_TRUE(w.files.set_xattr("/a", name, "kept", XattrMode::Any).ok());
    const Path attribute{name};
    EXPECT_EQ(w.get(name), "status 8") << name;
    EXPECT_EQ(w.set(name, "ours"), kUnsupported);
    EXPECT_EQ(w.ask(RemoveXattrRequest{{"/a"}, attribute}).status(), kUnsupported);
    EXPECT_EQ(w.ask(FgetXattrRequest{handle, attribute, 100}).status(), kUnsupported);
    EXPECT_EQ(w.ask(FsetXattrRequest{handle, attribute, "ours", 0}).status(), kUnsupported);
    EXPECT_EQ(w.ask(FremoveXattrRequest{handle, attribute}).status(), kUnsupported);
    EXPECT_EQ(*w.files.xattr("/a", name), "kept");
  }
  EXPECT_TRUE(XattrWorld::list(w.ask(ListXattrRequest{{"/a"}})).empty());
}

}  // namespace
}  // namespace ssh2core::sftp
