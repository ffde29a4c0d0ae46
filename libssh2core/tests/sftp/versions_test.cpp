// What versions 4 to 6 have besides version 3, well-formed: what is answered and what it does.
#include <algorithm>

#include "libssh2core/tests/sftp/session_fixture.h"

namespace ssh2core::sftp {
namespace {

class SftpVersion : public SftpWorld, public testing::TestWithParam<ProtocolVersion> {
 protected:
  SftpVersion() {
    files.put_file("/a", "0123456789");
    init(GetParam());
  }
  /// The status as this version has it.
  std::uint32_t in_version(Status status) const { return number(status_in(status, version)); }
  Reply open_with(std::uint32_t access, std::uint32_t flags, std::string_view path = "/a") {
    OpenRequest request{{path}, 0, access, flags, {}};
    return ask(request);
  }
  Bytes handle_of(const Reply& reply) {
    const ByteView handle = reply.as<HandleReply>().handle;
    return {handle.begin(), handle.end()};
  }
};
class SftpFrom4 : public SftpVersion {};
class SftpFrom5 : public SftpVersion {};
class SftpSix : public SftpVersion {};
const auto kNamed = [](const auto& info) {
  return std::string("v").append(std::to_string(info.param));
};
INSTANTIATE_TEST_SUITE_P(Each, SftpVersion, testing::Values(1, 2, 3, 4, 5, 6), kNamed);
INSTANTIATE_TEST_SUITE_P(Each, SftpFrom4, testing::Values(4, 5, 6), kNamed);
INSTANTIATE_TEST_SUITE_P(Each, SftpFrom5, testing::Values(5, 6), kNamed);
INSTANTIATE_TEST_SUITE_P(Each, SftpSix, testing::Values(6), kNamed);

TEST_P(SftpVersion, AFileGoesThereAndBack) {
  const Bytes out = open("/b", kOpenWrite | kOpenCreate);
  EXPECT_EQ(ask(WriteRequest{out, 0, as_bytes("hello")}).status(), 0U);
  EXPECT_EQ(ask(CloseRequest{out}).status(), 0U);
  const Bytes in = open("/b", kOpenRead);
  EXPECT_EQ(as_text(ask(ReadRequest{in, 1, 3}).as<DataReply>().data), "ell");
  EXPECT_EQ(ask(ReadRequest{in, 5, 3}).status(), number(Status::Eof));
  EXPECT_EQ(ask(CloseRequest{in}).status(), 0U);
  EXPECT_EQ(ask(CloseRequest{in}).status(), in_version(Status::InvalidHandle));
  const Reply reply = ask(LstatRequest{{"/b"}, 0});
  const auto attributes = reply.as<AttrsReply>().attributes;
  EXPECT_EQ(*attributes.size, 5U);
  EXPECT_EQ(*attributes.mode & 0777, 0666U);
  EXPECT_EQ((*attributes.mode & ~07777U) != 0, version < 4);  // the type bits
  if (version >= 4) {
    EXPECT_EQ(attributes.type, 1);
  }
}

TEST_P(SftpVersion, RequestsOfOtherVersionsAreUnsupported) {
  const auto known = [&](ProtocolVersion since, ProtocolVersion until) {
    return version >= since && version <= until;
  };
  const auto unsupported = number(Status::OpUnsupported);
  EXPECT_EQ(ask(RenameRequest{{"/a"}, {"/r"}, 0}).status(), known(2, 6) ? 0 : unsupported);
  EXPECT_EQ(ask(SymlinkRequest{{"t"}, {"/s"}}).status(), known(3, 5) ? 0 : unsupported);
  EXPECT_EQ(ask(LinkRequest{{"/l"}, {"t"}, true}).status(), known(6, 6) ? 0 : unsupported);
  EXPECT_EQ(ask(BlockRequest{as_bytes("x"), 0, 0, 0}).status(),
            known(6, 6) ? number(Status::InvalidHandle) : unsupported);
  EXPECT_EQ(ask(UnblockRequest{as_bytes("x"), 0, 0}).status(),
            known(6, 6) ? number(Status::InvalidHandle) : unsupported);
  EXPECT_EQ(ask(TextSeekRequest{as_bytes("x"), 0}).status(),
            known(4, 6) ? number(status_in(Status::InvalidHandle, version)) : unsupported);
  EXPECT_EQ(ask(TranslationControlRequest{false}).status(), unsupported);
}

TEST_P(SftpVersion, ErrorsHaveTheCodesOfTheVersion) {
  ask(MkdirRequest{{"/d"}, {}});
  ask(MkdirRequest{{"/d/e"}, {}});
  EXPECT_EQ(ask(MkdirRequest{{"/d"}, {}}).status(), in_version(Status::FileAlreadyExists));
  EXPECT_EQ(ask(RmdirRequest{{"/d"}}).status(), in_version(Status::DirNotEmpty));
  EXPECT_EQ(ask(RemoveRequest{{"/d"}}).status(), in_version(Status::FileIsADirectory));
  const auto not_directory = version < 4 ? Status::NoSuchFile : Status::NotADirectory;
  EXPECT_EQ(ask(OpendirRequest{{"/a"}}).status(), in_version(not_directory));
  EXPECT_EQ(ask(RemoveRequest{{"/none"}}).status(), in_version(Status::NoSuchFile));
  files.read_fault = [](std::uint64_t) { return EDQUOT; };
  EXPECT_EQ(ask(ReadRequest{open("/a", kOpenRead), 0, 1}).status(),
            in_version(Status::QuotaExceeded));
}

TEST_P(SftpVersion, AListingIsToldInTheLayoutOfTheVersion) {
  const Bytes handle = open_directory("/");
  const Reply reply = ask(ReaddirRequest{handle});
  const auto list = reply.as<NameReply>();
  const auto entry = std::ranges::find(list.entries, "a", &NameEntry::filename);
  ASSERT_NE(entry, list.entries.end());
  EXPECT_EQ(entry->longname.empty(), version > 3);
  EXPECT_EQ(*entry->attributes.size, 10U);
  EXPECT_EQ(list.end_of_list.value, std::nullopt);
  if (version >= 4) {
    EXPECT_EQ(entry->attributes.owner, "user");
    EXPECT_EQ(entry->attributes.group, "staff");
    EXPECT_EQ(entry->attributes.type, 1);
  }
  EXPECT_EQ(ask(ReaddirRequest{handle}).status(), number(Status::Eof));
  EXPECT_EQ(ask(FstatRequest{handle, 0}).type, PacketType::Attrs);
}

TEST_P(SftpFrom4, OnlyTheWantedAttributesAreTold) {
  const auto told = [&](std::uint32_t flags) {
    const Reply reply = ask(StatRequest{{"/a"}, flags});
    return load_u32(reply.body.data());
  };
  EXPECT_EQ(told(kAttrSize), kAttrSize);
  EXPECT_EQ(told(kAttrPermissions), kAttrPermissions);
  EXPECT_EQ(told(kAttrModifyTime), kAttrModifyTime);
  EXPECT_EQ(told(kAttrModifyTime | kAttrSubsecondTimes), kAttrModifyTime | kAttrSubsecondTimes);
  EXPECT_EQ(told(kAttrOwnerGroup | kAttrAcl), kAttrOwnerGroup | kAttrAcl);
  EXPECT_EQ(told(0),
            kAttrSize | kAttrOwnerGroup | kAttrPermissions | kAttrAccessTime | kAttrModifyTime);
  // The memory has no time of creation: without it no nanoseconds.
  EXPECT_EQ(told(kAttrModifyTime | kAttrCreateTime | kAttrSubsecondTimes), kAttrModifyTime);
  EXPECT_EQ(told(~0U) & kAttrAcl, 0U);
  EXPECT_NE(told(~kAttrExtended & ~0U) & kAttrAcl, 0U);
  const std::uint32_t all = told(~0U);
  EXPECT_EQ(all & ~attribute_flags(version), 0U);
  EXPECT_EQ((all & kAttrBits) != 0, version >= 5);
  EXPECT_EQ((all & (kAttrLinkCount | kAttrChangeTime | kAttrAllocationSize)) != 0, version >= 6);
  // A request without the flags is one that wants the usual.
  Buffer body;
  Writer(body).string(std::string_view("/a"));
  const auto answers = send(raw_packet(17, 5, body.view()));
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(load_u32(answers[0].body.data()), told(0));
}

TEST_P(SftpFrom4, TheListOfAccessIsToldByName) {
  Attributes wanted;
  wanted.acl.emplace();
  wanted.acl->entries = {{kAceAllow, 0, kAceReadData, "root"},
                         {kAceDeny, kAceIdentifierGroup, kAceWriteData, "staff"},
                         {kAceAllow, 0, kAceReadData, "EVERYONE@"},
                         {kAceAllow, 0, kAceReadData, "4711"}};
  EXPECT_EQ(ask(SetstatRequest{{"/a"}, wanted}).status(), 0U);
  EXPECT_EQ(files.acl("/a", true)->entries[0].id, 0U);
  EXPECT_EQ(files.acl("/a", true)->entries[1].id, 1000U);
  EXPECT_EQ(files.acl("/a", true)->entries[2].id, std::nullopt);
  EXPECT_EQ(files.acl("/a", true)->entries[3].id, 4711U);
  const Reply reply = ask(StatRequest{{"/a"}, kAttrAcl});
  const auto told = reply.as<AttrsReply>().attributes.acl;
  ASSERT_TRUE(told);
  ASSERT_EQ(told->entries.size(), 4U);
  EXPECT_EQ(told->entries[0].who, "root");
  EXPECT_EQ(told->entries[1].who, "staff");
  EXPECT_EQ(told->entries[3].who, "4711");
  wanted.acl->entries[0].who = "stranger";
  const auto unknown = in_version(Status::UnknownPrincipal);
  EXPECT_EQ(ask(SetstatRequest{{"/a"}, wanted}).status(), unknown);
}

TEST_P(SftpFrom4, OwnersAreSetByName) {
  Attributes wanted;
  wanted.owner = "root";
  wanted.group = "";  // unchanged
  EXPECT_EQ(ask(SetstatRequest{{"/a"}, wanted}).status(), 0U);
  EXPECT_EQ(*files.stat("/a")->uid, 0U);
  EXPECT_EQ(*files.stat("/a")->gid, 1000U);
  wanted.group = "12";
  EXPECT_EQ(ask(SetstatRequest{{"/a"}, wanted}).status(), 0U);
  EXPECT_EQ(*files.stat("/a")->gid, 12U);
  wanted.owner = "nobody here";
  wanted.group = "nor there";
  const Reply refused = ask(SetstatRequest{{"/a"}, wanted});
  EXPECT_EQ(refused.status(), in_version(Status::UnknownPrincipal));
  const auto status = refused.as<StatusReply>();
  Reader names(status.specific.bytes);
  if (version >= 5) {
    EXPECT_EQ(names.text(), "nobody here");
    EXPECT_EQ(names.text(), "nor there");
  }
  EXPECT_EQ(names.remaining(), 0U);
  EXPECT_EQ(*files.stat("/a")->uid, 0U);
}

TEST_P(SftpFrom4, WhatCannotBeSetIsForgottenOrRefused) {
  Attributes wanted;
  wanted.mode = 0600;
  wanted.createtime = FileTime{1, 0};
  const auto expected = version == 6 ? number(Status::OpUnsupported) : 0;
  EXPECT_EQ(ask(SetstatRequest{{"/a"}, wanted}).status(), expected);
  EXPECT_EQ((*files.stat("/a")->mode & 0777) == 0600, version != 6);
  wanted.createtime.reset();
  wanted.extended = {{"x@example.org", "y"}};
  EXPECT_EQ(ask(SetstatRequest{{"/a"}, wanted}).status(), expected);
  wanted.extended.clear();
  wanted.size = ~std::uint64_t{0};
  EXPECT_EQ(ask(SetstatRequest{{"/a"}, wanted}).status(), in_version(Status::NoSpaceOnFilesystem));
}

TEST_P(SftpFrom4, TimesHaveNanoseconds) {
  Attributes wanted;
  wanted.subseconds = true;
  wanted.atime = FileTime{-1, 500'000'000};
  wanted.mtime = FileTime{0x1'0000'0001, 7};
  EXPECT_EQ(ask(SetstatRequest{{"/a"}, wanted}).status(), 0U);
  EXPECT_EQ(files.stat("/a")->atime, wanted.atime);
  EXPECT_EQ(files.stat("/a")->mtime, wanted.mtime);
  wanted.mtime = FileTime{1, 1'000'000'000};
  EXPECT_EQ(ask(SetstatRequest{{"/a"}, wanted}).status(), number(Status::BadMessage));
}

TEST_P(SftpFrom4, TextModeGoesOnWhereItWas) {
  files.put_file("/t", "one\ntwo\nthree");
  const Bytes handle =
      version == 4
          ? open("/t", kOpenRead | kOpenWrite | kOpenText)
          : handle_of(open_with(kAceReadData | kAceWriteData, kOpenExisting | kAccessText, "/t"));
  EXPECT_EQ(as_text(ask(ReadRequest{handle, 99, 5}).as<DataReply>().data), "one\nt");
  EXPECT_EQ(as_text(ask(ReadRequest{handle, 0, 5}).as<DataReply>().data), "wo\nth");
  EXPECT_EQ(ask(TextSeekRequest{handle, 1}).status(), 0U);
  EXPECT_EQ(as_text(ask(ReadRequest{handle, 0, 3}).as<DataReply>().data), "two");
  EXPECT_EQ(ask(TextSeekRequest{handle, 3}).status(), number(Status::Eof));
  EXPECT_EQ(ask(TextSeekRequest{handle, 0}).status(), 0U);
  EXPECT_EQ(ask(WriteRequest{handle, 77, as_bytes("ON")}).status(), 0U);
  EXPECT_EQ(ask(WriteRequest{handle, 77, as_bytes("E")}).status(), 0U);
  EXPECT_EQ(files.content("/t"), "ONE\ntwo\nthree");
  const Bytes plain = open("/t", kOpenRead);
  EXPECT_EQ(ask(TextSeekRequest{plain, 0}).status(), in_version(Status::InvalidParameter));
}

TEST_P(SftpFrom4, NamesAreUtf8) {
  files.put_file("/caf\xc3\xa9", "x");
  EXPECT_EQ(ask(LstatRequest{{"/caf\xc3\xa9"}, 0}).type, PacketType::Attrs);
  for (const std::string_view bad : {"/caf\xe9", "/\xc0\xaf", "/\xed\xa0\x80", "/\xf5\x80\x80\x80"})
    EXPECT_EQ(ask(LstatRequest{{bad}, 0}).status(), in_version(Status::InvalidFilename)) << bad;
  files.put_file("/home/user/bad\xe9name", "x");
  const Reply reply = ask(ReaddirRequest{open_directory("/home/user")});
  const auto list = reply.as<NameReply>();
  const auto entry = std::ranges::find(list.entries, "bad\xef\xbf\xbdname", &NameEntry::filename);
  ASSERT_NE(entry, list.entries.end());
  if (version == 6) {
    EXPECT_EQ(entry->attributes.untranslated_name, "bad\xe9name");
  }
  if (version >= 5) {
    EXPECT_EQ(*entry->attributes.bits & kBitTranslationError, kBitTranslationError);
  }
}

TEST_P(SftpFrom4, AttributesWithoutATypeAreThoseOfErlangAndPhpseclib) {
  Buffer body;
  Writer w(body);
  w.string(std::string_view("/new"));
  if (version == 4) {
    w.u32(kOpenWrite | kOpenCreate);
  } else {
    w.u32(0);  // phpseclib asks for no access
    w.u32(kCreateTruncate);
  }
  w.u32(0);
  const auto answers = send(raw_packet(3, 5, body.view()));
  ASSERT_EQ(answers.size(), 1U);
  // Erlang leaves it out in version 4 also where there are attributes.
  Buffer more;
  Writer m(more);
  m.string(std::string_view("/a"));
  m.u32(kAttrPermissions);
  m.u32(0600);
  EXPECT_EQ(only(send(raw_packet(9, 6, more.view())), 6).status(), 0U);
  EXPECT_EQ(*files.stat("/a")->mode & 07777, 0600U);
  const ByteView handle = answers[0].as<HandleReply>().handle;
  EXPECT_EQ(ask(WriteRequest{Bytes(handle.begin(), handle.end()), 0, as_bytes("x")}).status(), 0U);
}

TEST_P(SftpFrom5, OpenDoesWhatItsFlagsSay) {
  const std::uint32_t both = kAceReadData | kAceWriteData;
  EXPECT_EQ(open_with(both, kCreateNew).status(), number(Status::FileAlreadyExists));
  EXPECT_EQ(open_with(both, kOpenExisting, "/none").status(), number(Status::NoSuchFile));
  EXPECT_EQ(open_with(both, kTruncateExisting, "/none").status(), number(Status::NoSuchFile));
  handle_of(open_with(both, kOpenOrCreate));
  EXPECT_EQ(files.content("/a"), "0123456789");
  handle_of(open_with(both, kCreateTruncate));
  EXPECT_EQ(files.content("/a"), "");
  handle_of(open_with(both, kCreateNew, "/new"));
  handle_of(open_with(both, kOpenOrCreate, "/newer"));
  EXPECT_EQ(files.content("/newer"), "");
  for (const std::uint32_t disposition : {5U, 6U, 7U})
    EXPECT_EQ(open_with(both, disposition).status(), in_version(Status::InvalidParameter));
  const Bytes read_only = handle_of(open_with(0, kOpenExisting));
  EXPECT_EQ(ask(WriteRequest{read_only, 0, as_bytes("x")}).status(), number(Status::InvalidHandle));
  for (const std::uint32_t append : {kAccessAppend, kAccessAppendAtomic}) {
    files.put_file("/a", "01");
    const Bytes handle = handle_of(open_with(kAceWriteData, kOpenExisting | append));
    EXPECT_EQ(ask(WriteRequest{handle, 0, as_bytes("x")}).status(), 0U);
    EXPECT_EQ(files.content("/a"), "01x");
  }
  // What nobody here can promise.
  for (const std::uint32_t flag : {kBlockRead, kBlockWrite, kBlockDelete, OpenAccess{0x1000},
                                   OpenAccess{0x2000}, OpenAccess{0x4000}, OpenAccess{0x8000}})
    EXPECT_EQ(open_with(both, kOpenExisting | flag).status(), number(Status::OpUnsupported))
        << flag;
}

TEST_P(SftpFrom5, RenameOverwritesWhenItIsTold) {
  files.put_file("/b", "b");
  EXPECT_EQ(ask(RenameRequest{{"/a"}, {"/b"}, 0}).status(), number(Status::FileAlreadyExists));
  EXPECT_EQ(ask(RenameRequest{{"/a"}, {"/b"}, kRenameNative}).status(),
            number(Status::FileAlreadyExists));
  EXPECT_EQ(ask(RenameRequest{{"/a"}, {"/b"}, 8}).status(), number(Status::OpUnsupported));
  EXPECT_EQ(ask(RenameRequest{{"/a"}, {"/b"}, kRenameOverwrite}).status(), 0U);
  EXPECT_EQ(files.content("/b"), "0123456789");
  files.put_file("/a", "a");
  EXPECT_EQ(ask(RenameRequest{{"/a"}, {"/b"}, kRenameAtomic}).status(), 0U);
  EXPECT_EQ(files.content("/b"), "a");
}

TEST_P(SftpSix, OpenHasMoreFlags) {
  files.make_symlink("/a", "/l").ok();
  EXPECT_EQ(open_with(kAceReadData, kOpenExisting | kAccessNoFollow, "/l").status(),
            number(Status::LinkLoop));
  EXPECT_EQ(open_with(kAceReadData, kOpenExisting, "/no/file").status(),
            number(Status::NoSuchPath));
  EXPECT_EQ(open_with(kAceReadData, kOpenExisting, "/home").type, PacketType::Handle);
  EXPECT_EQ(open_with(kAceWriteData, kOpenExisting, "/home").status(),
            number(Status::FileIsADirectory));
  const Bytes once =
      handle_of(open_with(kAceWriteData, kCreateNew | kAccessDeleteOnClose, "/temporary"));
  EXPECT_EQ(files.content("/temporary"), "");
  EXPECT_EQ(ask(CloseRequest{once}).status(), 0U);
  EXPECT_EQ(files.content("/temporary"), "<none>");
}

TEST_P(SftpSix, OpenLocksTheFile) {
  const std::uint32_t both = kAceReadData | kAceWriteData;
  const std::uint32_t alone = kBlockAdvisory | kBlockRead | kBlockWrite;
  const Bytes first = handle_of(open_with(both, kOpenExisting | alone));
  const Reply second = open_with(both, kCreateTruncate | alone);
  EXPECT_EQ(second.status(), number(Status::LockConflict));
  EXPECT_EQ(files.content("/a"), "0123456789");                        // not emptied
  EXPECT_EQ(open_with(both, kOpenExisting).type, PacketType::Handle);  // advice, no more
  EXPECT_EQ(ask(CloseRequest{first}).status(), 0U);
  handle_of(open_with(both, kCreateTruncate | alone));
  EXPECT_EQ(files.content("/a"), "");
  const std::uint32_t delete_lock = kBlockAdvisory | kBlockDelete;
  EXPECT_EQ(open_with(both, kOpenExisting | delete_lock).status(), number(Status::OpUnsupported));
}

TEST_P(SftpSix, RangesAreLockedAndUnlocked) {
  const Bytes one = open("/a", kOpenRead | kOpenWrite), two = open("/a", kOpenRead | kOpenWrite);
  const std::uint32_t shared = kBlockAdvisory | kBlockWrite, alone = shared | kBlockRead;
  EXPECT_EQ(ask(BlockRequest{one, 0, 5, shared}).status(), 0U);
  EXPECT_EQ(ask(BlockRequest{two, 0, 5, shared}).status(), 0U);
  EXPECT_EQ(ask(BlockRequest{two, 5, 5, alone}).status(), 0U);
  const auto refused = number(Status::ByteRangeLockRefused);
  EXPECT_EQ(ask(BlockRequest{one, 8, 0, shared}).status(), refused);
  EXPECT_EQ(ask(BlockRequest{one, 4, 1, shared}).status(), refused);  // its own
  EXPECT_EQ(ask(UnblockRequest{one, 0, 4}).status(), number(Status::NoMatchingByteRangeLock));
  EXPECT_EQ(ask(UnblockRequest{one, 0, 5}).status(), 0U);
  EXPECT_EQ(ask(UnblockRequest{one, 0, 5}).status(), number(Status::NoMatchingByteRangeLock));
  EXPECT_EQ(ask(CloseRequest{two}).status(), 0U);
  EXPECT_EQ(ask(BlockRequest{one, 0, 0, alone}).status(), 0U);
  // Not offered, not possible.
  for (const std::uint32_t mask : {0U, 0x200U, 0x40U, 0x80U, 0x300U, 0x100U, 0x240U | 0x400U})
    EXPECT_EQ(ask(BlockRequest{one, 0, 1, mask}).status(), number(Status::OpUnsupported)) << mask;
  EXPECT_EQ(ask(BlockRequest{one, ~std::uint64_t{0}, 1, alone}).status(),
            number(Status::InvalidParameter));
  EXPECT_EQ(ask(BlockRequest{one, 1, ~std::uint64_t{0}, alone}).status(),
            number(Status::InvalidParameter));
  const Bytes reading = open("/home/user/x", kOpenRead | kOpenCreate);
  EXPECT_EQ(ask(BlockRequest{reading, 0, 0, alone}).status(), number(Status::PermissionDenied));
  // A word more, as mod_sftp wants it, is surplus.
  Buffer body;
  Writer w(body);
  w.string(ByteView(one));
  w.u64(0);
  w.u64(0);
  w.u32(alone);
  EXPECT_EQ(only(send(raw_packet(23, 5, body.view())), 5).status(), 0U);
}

TEST_P(SftpSix, LocksOfAHandleAreBounded) {
  const Bytes handle = open("/a", kOpenRead | kOpenWrite);
  for (std::uint64_t i = 0; i < 256; ++i)
    ASSERT_EQ(ask(BlockRequest{handle, i * 2, 1, kBlockAdvisory | kBlockWrite}).status(), 0U);
  EXPECT_EQ(ask(BlockRequest{handle, 1000, 1, kBlockAdvisory | kBlockWrite}).status(),
            number(Status::ByteRangeLockRefused));
}

TEST_P(SftpSix, RealpathComposesAndChecks) {
  files.make_symlink("/home/user", "/link").ok();
  const auto path = [&](RealpathRequest request) {
    const Reply reply = ask(request);
    if (reply.type != PacketType::Name) return std::to_string(reply.status());
    const auto names = reply.as<NameReply>();
    EXPECT_EQ(names.entries.size(), 1U);
    return std::string(names.entries[0].filename) + " " +
           std::to_string(*names.entries[0].attributes.type);
  };
  EXPECT_EQ(path({{"."}}), "/home/user 5");
  EXPECT_EQ(path({{""}}), "/home/user 5");
  EXPECT_EQ(path({{"/link/../x//y/."}}), "/x/y 5");
  EXPECT_EQ(path({{"../../.."}}), "/ 5");
  EXPECT_EQ(path({{"/none/at/all"}, kRealpathNoCheck}), "/none/at/all 5");
  EXPECT_EQ(path({{"/none/at/all"}, kRealpathStatIf}), "/none/at/all 5");
  EXPECT_EQ(path({{"/none/at/all"}, kRealpathStatAlways}), "2");
  EXPECT_EQ(path({{"/none"}, kRealpathStatAlways}), "2");
  EXPECT_EQ(path({{"/link"}, kRealpathStatIf}), "/home/user 2");
  EXPECT_EQ(path({{"/link"}, kRealpathStatAlways}), "/home/user 2");
  EXPECT_EQ(path({{"/a"}, kRealpathStatAlways}), "/a 1");
  EXPECT_EQ(path({{"/a"}, 0}), "23");
  EXPECT_EQ(path({{"/a"}, 4}), "23");
  EXPECT_EQ(path({{"/x"}, kRealpathNoCheck, {{{"y"}, {"../z"}}}}), "/x/z 5");
  EXPECT_EQ(path({{"/x"}, kRealpathNoCheck, {{{"/y"}, {"z"}}}}), "/y/z 5");
  EXPECT_EQ(path({{"/"}, kRealpathStatAlways, {{{"link"}, {".."}}}}), "/home 2");
}

TEST_P(SftpSix, LinkPutsTheNewNameFirst) {
  EXPECT_EQ(ask(LinkRequest{{"/s"}, {"anything"}, true}).status(), 0U);
  EXPECT_EQ(*files.read_link("/s"), "anything");
  EXPECT_EQ(ask(LinkRequest{{"/h"}, {"/a"}, false}).status(), 0U);
  EXPECT_EQ(files.content("/h"), "0123456789");
  EXPECT_EQ(ask(LinkRequest{{"/h"}, {"/a"}, false}).status(), number(Status::FileAlreadyExists));
  EXPECT_EQ(observer.events[0].op, FileOp::Symlink);
  EXPECT_EQ(observer.events[0].path2, "/s");
  EXPECT_EQ(observer.events[1].op, FileOp::HardLink);
}

struct EndFlags : SftpWorld, testing::Test {
  static ServerOptions options() {
    ServerOptions options;
    options.end_flags = true;
    return options;
  }
  EndFlags() : SftpWorld(options()) {
    files.put_file("/a", "0123456789");
    init(6);
  }
};

TEST_F(EndFlags, TheEndOfAListIsTold) {
  const Reply reply = ask(ReaddirRequest{open_directory("/")});
  EXPECT_EQ(reply.as<NameReply>().end_of_list.value, true);
  for (int i = 0; i < 300; ++i) files.put_file("/home/user/" + std::to_string(i), "");
  const Bytes handle = open_directory("/home/user");
  const Reply first = ask(ReaddirRequest{handle}), second = ask(ReaddirRequest{handle});
  EXPECT_EQ(first.as<NameReply>().end_of_list.value, false);
  EXPECT_EQ(second.as<NameReply>().end_of_list.value, true);
  EXPECT_EQ(ask(ReaddirRequest{handle}).status(), number(Status::Eof));
}

TEST_F(EndFlags, TheEndOfAFileIsTold) {
  const Bytes handle = open("/a", kOpenRead);
  for (const std::size_t piece : {std::size_t{0}, std::size_t{14}, std::size_t{20}}) {
    replies.piece = piece;
    EXPECT_EQ(ask(ReadRequest{handle, 0, 10}).as<DataReply>().end_of_file.value, std::nullopt);
    const Reply reply = ask(ReadRequest{handle, 5, 10});
    EXPECT_EQ(as_text(reply.as<DataReply>().data), "56789");
    EXPECT_EQ(reply.as<DataReply>().end_of_file.value, true);
  }
}

}  // namespace
}  // namespace ssh2core::sftp
