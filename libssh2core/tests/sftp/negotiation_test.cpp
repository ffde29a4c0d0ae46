// Which version is spoken, what is announced in it, and how another is selected.
#include "libssh2core/tests/sftp/session_fixture.h"

namespace ssh2core::sftp {
namespace {

std::vector<std::pair<std::string, std::string>> announced(SftpWorld& world,
                                                           ProtocolVersion version) {
  const auto replies = world.send(request(0, InitRequest{version, {}}));
  EXPECT_EQ(replies.size(), 1U);
  const auto reply = replies.at(0).as<VersionReply>();
  world.version = reply.version;
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const ExtensionPair& pair : reply.extensions.list) pairs.emplace_back(pair.name, pair.data);
  return pairs;
}

std::vector<std::string> names(const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::vector<std::string> list;
  for (const auto& [name, data] : pairs) list.push_back(name);
  return list;
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

const Pairs kExtensions = {{"check-file", "1"},
                           {"copy-data", "1"},
                           {"copy-file", "1"},
                           {"home-directory", "1"},
                           {"space-available", "1"},
                           {"fsync@openssh.com", "1"},
                           {"posix-rename@openssh.com", "1"},
                           {"statvfs@openssh.com", "2"},
                           {"fstatvfs@openssh.com", "2"},
                           {"hardlink@openssh.com", "1"},
                           {"limits@openssh.com", "1"},
                           {"users-groups-by-id@openssh.com", "1"},
                           {"lsetstat@openssh.com", "1"},
                           {"expand-path@openssh.com", "1"}};

/// The requests that the lists of version 5 and 6 have, in their order.
std::vector<std::string> listed(ProtocolVersion version) {
  std::vector<std::string> list = {"check-file",
                                   "check-file-handle",
                                   "check-file-name",
                                   "copy-data",
                                   "copy-file",
                                   "home-directory",
                                   "space-available",
                                   "fsync@openssh.com",
                                   "posix-rename@openssh.com",
                                   "statvfs@openssh.com",
                                   "fstatvfs@openssh.com",
                                   "hardlink@openssh.com",
                                   "limits@openssh.com",
                                   "users-groups-by-id@openssh.com",
                                   "lsetstat@openssh.com",
                                   "expand-path@openssh.com",
                                   "md5-hash",
                                   "md5-hash-handle",
                                   "version-select",
                                   "text-seek"};
  if (version == 6) list.emplace_back("filename-translation-control");
  return list;
}

/// A string of the wire.
std::string text(std::string_view value) {
  Buffer out;
  Writer(out).string(value);
  return std::string(as_text(out.view()));
}

TEST(SftpNegotiation, EachVersionAnnouncesItsOwn) {
  const std::pair<ProtocolVersion, std::vector<std::string>> rows[] = {
      {3, {"versions"}},
      {4, {"versions", "newline"}},
      {5, {"versions", "newline", "supported"}},
      {6, {"versions", "newline", "supported2", "acl-supported"}}};
  for (const auto& [version, first] : rows) {
    SftpWorld world;
    const auto pairs = announced(world, version);
    EXPECT_EQ(world.version, version);
    EXPECT_EQ(world.observer.version, version);
    ASSERT_EQ(pairs.size(), first.size() + kExtensions.size()) << version;
    const auto rest = pairs.begin() + static_cast<std::ptrdiff_t>(first.size());
    EXPECT_EQ(names(Pairs(pairs.begin(), rest)), first);
    EXPECT_EQ(Pairs(rest, pairs.end()), kExtensions) << version;
    EXPECT_EQ(pairs[0].second, "2,3,4,5,6");
    if (version >= 4) {
      EXPECT_EQ(pairs[1].second, "\n");
    }
  }
  for (const ProtocolVersion version : {1U, 2U}) {
    SftpWorld world;
    EXPECT_TRUE(announced(world, version).empty());
  }
}

TEST(SftpNegotiation, TheRangeIsThatOfTheOptions) {
  ServerOptions options;
  options.min_version = 4;
  options.max_version = 5;
  SftpWorld world(options);
  const auto pairs = announced(world, 99);
  EXPECT_EQ(world.version, 5U);
  EXPECT_EQ(pairs[0].second, "4,5");
  SftpWorld old(options);
  EXPECT_TRUE(old.send(request(0, InitRequest{3, {}})).empty());
  EXPECT_TRUE(old.server.failed());
}

TEST(SftpNegotiation, SupportedSaysWhatIs) {
  SftpWorld five;
  const auto pairs5 = announced(five, 5);
  Reader v5(as_bytes(pairs5[2].second));
  EXPECT_EQ(v5.u32() & ~attribute_flags(5), 0U);
  v5.u32();
  EXPECT_EQ(v5.u32(), 0x3fU);  // dispositions, both ways to append, text
  v5.u32();
  EXPECT_EQ(v5.u32(), kMaxData);
  for (const std::string& name : listed(5)) EXPECT_EQ(v5.text(), name);  // bare strings
  v5.expect_end();

  SftpWorld six;
  const auto pairs6 = announced(six, 6);
  Reader v6(as_bytes(pairs6[2].second));
  EXPECT_EQ(v6.u32() & ~attribute_flags(6), 0U);
  v6.u32();
  EXPECT_EQ(v6.u32(), 0xeffU);
  v6.u32();
  EXPECT_EQ(v6.u32(), kMaxData);
  EXPECT_EQ(v6.u32(), 0x0c010c01U);  // two vectors of 16 bits
  EXPECT_EQ(v6.u32(), 0U);
  EXPECT_EQ(v6.u32(), listed(6).size());
  for (const std::string& name : listed(6)) EXPECT_EQ(v6.text(), name);
  v6.expect_end();
  EXPECT_EQ(as_bytes(pairs6[3].second)[3], 3U);
}

TEST(SftpNegotiation, TheBytesOfVersionThree) {
  SftpWorld world;
  world.server.feed(request(0, InitRequest{3, {}}));
  std::string body("\2\0\0\0\3", 5);  // VERSION 3
  body += text("versions") + text("2,3,4,5,6");
  for (const auto& [name, data] : kExtensions) body += text(name) + text(data);
  EXPECT_EQ(as_text(world.replies.out), text(body));
}

TEST(SftpNegotiation, WhatIsOffWhenNothingIsSaid) {
  ServerOptions options;
  options.extensions.set(ExtensionSwitch::VendorId, true);
  options.extensions.set(ExtensionSwitch::Xattr, true);
  options.vendor = {"vendor", "product", "1.2", 0x0102030405060708};
  SftpWorld world(options);
  const auto pairs = announced(world, 3);
  EXPECT_EQ(pairs.at(6),
            (std::pair<std::string, std::string>{
                "vendor-id", text("vendor") + text("product") + text("1.2") + "\1\2\3\4\5\6\7\b"}));
  EXPECT_EQ(pairs.at(14), (std::pair<std::string, std::string>{"xattr@proftpd.org", "1"}));
}

TEST(SftpNegotiation, EachSwitchHidesAndStopsItsOwn) {
  const std::vector<std::pair<ExtensionSwitch, std::vector<std::string>>> rows = {
      {ExtensionSwitch::CheckFile, {"check-file", "check-file-handle", "check-file-name"}},
      {ExtensionSwitch::CopyData, {"copy-data"}},
      {ExtensionSwitch::CopyFile, {"copy-file"}},
      {ExtensionSwitch::ExpandPath, {"expand-path@openssh.com"}},
      {ExtensionSwitch::Fsync, {"fsync@openssh.com"}},
      {ExtensionSwitch::Hardlink, {"hardlink@openssh.com"}},
      {ExtensionSwitch::HomeDirectory, {"home-directory"}},
      {ExtensionSwitch::Limits, {"limits@openssh.com"}},
      {ExtensionSwitch::Lsetstat, {"lsetstat@openssh.com"}},
      {ExtensionSwitch::Md5Hash, {"md5-hash", "md5-hash-handle"}},
      {ExtensionSwitch::PosixRename, {"posix-rename@openssh.com"}},
      {ExtensionSwitch::SpaceAvailable, {"space-available"}},
      {ExtensionSwitch::Statvfs, {"statvfs@openssh.com", "fstatvfs@openssh.com"}},
      {ExtensionSwitch::TextSeek, {"text-seek"}},
      {ExtensionSwitch::TranslationControl, {"filename-translation-control"}},
      {ExtensionSwitch::UserGroupNames, {"users-groups-by-id@openssh.com"}},
      {ExtensionSwitch::VersionSelect, {"versions", "version-select"}}};
  EXPECT_EQ(rows.size() + 2, kExtensionSwitches.size());  // and the two that are off anyway
  for (const auto& [which, gone] : rows) {
    SftpWorld plain;
    auto expected = names(announced(plain, 6));
    auto expected_list = listed(6);
    for (const std::string& name : gone) {
      std::erase(expected, name);
      std::erase(expected_list, name);
    }
    ServerOptions options;
    options.extensions.set(which, false);
    SftpWorld world(options);
    const auto pairs = announced(world, 6);
    EXPECT_EQ(names(pairs), expected) << gone[0];
    std::string all;
    for (const std::string& name : expected_list) all += text(name);
    EXPECT_TRUE(pairs[gone[0] == "versions" ? 1 : 2].second.ends_with(all)) << gone[0];
    for (const std::string& name : gone)
      EXPECT_EQ(world.ask(ExtendedRequest{name, {}}).status(), number(Status::OpUnsupported))
          << name;
    EXPECT_EQ(world.ask(RealpathRequest{{"/"}}).type, PacketType::Name);
  }
}

TEST(SftpNegotiation, WhatAClientSaysOfItselfIsAlwaysTaken) {
  SftpWorld world;
  world.init(6);
  EXPECT_EQ(world.ask(VendorIdRequest{"WinSCP", "WinSCP", "5.21", 42}).status(), 0U);
  EXPECT_EQ(world.observer.products, std::vector<std::string>{"WinSCP WinSCP 5.21 42"});
}

TEST(SftpVersionSelect, TheNewVersionHoldsAtOnce) {
  SftpWorld world;
  world.files.put_file("/a", "x");
  world.init(3);
  Bytes both = request(1, VersionSelectRequest{"6"}, 3);
  const Bytes next = request(2, RealpathRequest{{"/b/../a"}, kRealpathStatAlways}, 6);
  both.insert(both.end(), next.begin(), next.end());
  world.version = 6;
  const auto replies = world.send(both);
  ASSERT_EQ(replies.size(), 2U);
  EXPECT_EQ(replies[0].status(), 0U);
  EXPECT_EQ(replies[1].status(), 2U);  // /b is missing
  EXPECT_EQ(world.observer.version, 6U);
  EXPECT_EQ(world.ask(LinkRequest{{"/l"}, {"a"}, true}).status(), 0U);
  // A second one is too late.
  EXPECT_EQ(world.ask(VersionSelectRequest{"3"}).status(), number(Status::Failure));
  EXPECT_TRUE(world.server.failed());
}

TEST(SftpVersionSelect, OnlyWhatIsOfferedAndOnlyFirst) {
  for (const std::string_view text : {"7", "1", "0", "", "3x", "-3", "4294967299", "6 "}) {
    SftpWorld world;
    world.init(3);
    EXPECT_EQ(world.ask(VersionSelectRequest{text}).status(), number(Status::Failure)) << text;
    EXPECT_TRUE(world.server.failed());
    EXPECT_EQ(world.observer.problems.size(), 1U);
  }
  for (const Bytes& before :
       {request(1, RealpathRequest{{"."}}), request(1, LimitsRequest{}),
        request(1, ExtendedRequest{"unknown", {}}),
        request(1, WriteRequest{as_bytes("x"), 0, as_bytes("y")}), raw_packet(199, 1, {})}) {
    SftpWorld world;
    world.init(3);
    world.send(before);
    EXPECT_EQ(world.ask(VersionSelectRequest{"4"}).status(), number(Status::Failure));
    EXPECT_TRUE(world.server.failed());
  }
  // A second INIT is no request.
  SftpWorld world;
  world.init(3);
  world.init(3);
  EXPECT_EQ(world.ask(VersionSelectRequest{"2"}).status(), 0U);
  EXPECT_EQ(world.observer.version, 2U);
}

/// An encoding in which `é` is one byte and nothing else beyond ASCII exists.
std::shared_ptr<const Charset> small_charset() {
  Charset charset;
  charset.name = "SMALL";
  charset.to_utf8 = [](std::string_view text) -> std::optional<std::string> {
    std::string out;
    for (const char c : text) {
      if (c == '\xe9')
        out += "\xc3\xa9";
      else if ((c & 0x80) == 0)
        out += c;
      else
        return std::nullopt;
    }
    return out;
  };
  charset.from_utf8 = [](std::string_view text) -> std::optional<std::string> {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text.substr(i, 2) == "\xc3\xa9") {
        out += '\xe9';
        ++i;
      } else if ((text[i] & 0x80) == 0) {
        out += text[i];
      } else {
        return std::nullopt;
      }
    }
    return out;
  };
  return std::make_shared<const Charset>(std::move(charset));
}

TEST(SftpCharset, NamesOnDiskAreTranslated) {
  ServerOptions options;
  options.names.local = small_charset();
  SftpWorld world(options);
  world.files.put_file("/caf\xe9", "x");
  const auto pairs = announced(world, 6);
  EXPECT_EQ(pairs[4], (std::pair<std::string, std::string>{"filename-charset", "SMALL"}));
  EXPECT_EQ(world.ask(StatRequest{{"/caf\xc3\xa9"}, 0}).type, PacketType::Attrs);
  EXPECT_EQ(world.ask(StatRequest{{"/\xe2\x82\xac"}, 0}).status(), number(Status::InvalidFilename));
  EXPECT_EQ(world.ask(SymlinkRequest{}).status(), number(Status::OpUnsupported));
  EXPECT_EQ(world.ask(LinkRequest{{"/l\xc3\xa9"}, {"t\xc3\xa9"}, true}).status(), 0U);
  EXPECT_EQ(*world.files.read_link("/l\xe9"), "t\xe9");
  const Reply link = world.ask(ReadlinkRequest{{"/l\xc3\xa9"}});
  EXPECT_EQ(link.as<NameReply>().entries[0].filename, "t\xc3\xa9");
  EXPECT_EQ(world.ask(TranslationControlRequest{false}).status(), 0U);
  EXPECT_EQ(world.ask(StatRequest{{"/caf\xe9"}, 0}).type, PacketType::Attrs);
  EXPECT_EQ(world.ask(TranslationControlRequest{true}).status(), 0U);
  EXPECT_EQ(world.ask(StatRequest{{"/caf\xc3\xa9"}, 0}).type, PacketType::Attrs);
}

TEST(SftpCharset, OlderVersionsHaveTheirOwn) {
  ServerOptions options;
  options.names.clients = small_charset();
  SftpWorld world(options);
  world.files.put_file("/home/user/caf\xc3\xa9", "x");
  world.init(3);
  EXPECT_EQ(world.ask(StatRequest{{"caf\xe9"}, 0}).type, PacketType::Attrs);
  const Reply list = world.ask(ReaddirRequest{world.open_directory(".")});
  EXPECT_EQ(list.as<NameReply>().entries.at(2).filename, "caf\xe9");
  // From version 4 on it is UTF-8, whatever older clients have.
  SftpWorld later(options);
  later.files.put_file("/caf\xc3\xa9", "x");
  later.init(4);
  EXPECT_EQ(later.ask(StatRequest{{"/caf\xc3\xa9"}, 0}).type, PacketType::Attrs);
}

TEST(SftpCharset, OrNamesAreBytes) {
  ServerOptions options;
  options.names.bytes = true;
  SftpWorld world(options);
  world.files.put_file("/caf\xe9", "x");
  world.init(6);
  EXPECT_EQ(world.ask(StatRequest{{"/caf\xe9"}, 0}).type, PacketType::Attrs);
}

TEST(SftpCharset, Utf8IsKnown) {
  for (const std::string_view good : {"", "a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x97\x82",
                                      "\xed\x9f\xbf", "\xef\xbf\xbf", "\xf4\x8f\xbf\xbf"})
    EXPECT_TRUE(is_utf8(good)) << good;
  for (const std::string_view bad :
       {"\x80", "\xc3", "\xc1\xbf", "\xe0\x9f\xbf", "\xe2\x82", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xff", "a\xc3(", "\xe2(\xa1"})
    EXPECT_FALSE(is_utf8(bad)) << bad;
  EXPECT_EQ(repaired_utf8("a\xe9z\xc3\xa9"), "a\xef\xbf\xbdz\xc3\xa9");
}

}  // namespace
}  // namespace ssh2core::sftp
