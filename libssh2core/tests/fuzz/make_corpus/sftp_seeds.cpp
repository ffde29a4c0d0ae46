// Seeds of the target sftp_server: short sessions in each version, every request among them.
#include "libssh2core/sftp/extension_messages.h"
#include "libssh2core/sftp/xattr_messages.h"
#include "libssh2core/tests/fuzz/make_corpus/seed.h"

namespace ssh2core::fuzz {

namespace {

using namespace sftp;

/// ZeroRandom makes handles easy to guess: the first is 16 zeros.
constexpr std::array<std::uint8_t, 16> kHandle{}, kSecondHandle{0, 0, 0, 1};

template <class... Message>
Bytes session(ProtocolVersion version, const Message&... message) {
  Buffer out;
  encode_packet(out, version, 0, InitRequest{version, {}});
  std::uint32_t id = 0;
  (encode_packet(out, version, ++id, message), ...);
  return out.to_bytes();
}

OpenRequest open_for_all(std::string_view path) {
  OpenRequest open;
  open.path = {path};
  open.pflags = kOpenRead | kOpenWrite | kOpenCreate;
  open.desired_access = kAceReadData | kAceWriteData | kAceReadAttributes | kAceWriteAttributes;
  open.flags = kOpenOrCreate;
  return open;
}

/// All that the version carries.
Attributes many_attributes() {
  Attributes a;
  a.size = 5;
  a.uid = a.gid = 1000;
  a.owner = "user";
  a.group = "staff";
  a.mode = 0640;
  a.atime = a.mtime = a.ctime = a.createtime = FileTime{1700000000, 5};
  a.subseconds = true;
  return a;
}

Attributes rare_attributes() {
  Attributes a;
  a.allocation = 8192;
  a.acl = Acl{0,
              {{kAceAllow, 0, kAceReadData, "OWNER@"},
               {kAceDeny, kAceIdentifierGroup, kAceWriteData, "staff"}}};
  a.bits = a.bits_valid = kBitHidden;
  a.text_hint = 1;
  a.mime_type = "text/plain";
  a.links = 2;
  a.untranslated_name = "n";
  a.extended = {{"a@b", "c"}};
  return a;
}

Attributes acl_alone() {
  Attributes a;
  a.acl = rare_attributes().acl;
  return a;
}

template <class Request>
Request with(Request request, const Attributes& attributes) {
  request.attributes = attributes;
  return request;
}

OpenRequest text_file() {
  OpenRequest open = open_for_all("note");
  open.pflags |= kOpenText;
  open.flags = kOpenExisting | kAccessText;
  return open;
}

OpenRequest locked_file() {
  OpenRequest open = open_for_all("note");
  open.flags |= kBlockWrite | kBlockAdvisory | kAccessNoFollow | kAccessDeleteOnClose;
  return open;
}

RealpathRequest composed() {
  RealpathRequest request{{"folder"}};
  request.control = kRealpathStatIf;
  request.compose.list = {{"inner"}, {".."}};
  return request;
}

class SftpSeeds {
 public:
  explicit SftpSeeds(const Corpus& corpus) : corpus_(corpus) {}

  void add(std::string_view name, ProtocolVersion version, const Bytes& stream) {
    // Cut or whole, watched by nobody or a log, in turn.
    const unsigned turn = count_++;
    Seed seed;
    seed.u8(0).u8(turn % 3).u8(turn % 4).steps({0, 7, 30}).u8(turn % 5 * 20).u8(turn % 2 * 5);
    corpus_.add("sftp_server", std::string(name) + "-v" + std::to_string(version),
                seed.raw(stream).view());
  }

 private:
  const Corpus& corpus_;
  unsigned count_ = 0;
};

void add_for_version(SftpSeeds& seeds, ProtocolVersion v) {
  const ByteView first = kHandle, second = kSecondHandle;
  constexpr std::uint32_t kAllFlags = 0xfffd;
  seeds.add(
      "paths", v,
      session(v, LstatRequest{{"link"}, kAllFlags}, StatRequest{{"folder"}, kAllFlags},
              RealpathRequest{{"."}}, MkdirRequest{{"sub"}}, RenameRequest{{"note"}, {"sub/note"}},
              RemoveRequest{{"long"}}, RmdirRequest{{"sub"}}));
  seeds.add("file", v,
            session(v, open_for_all("note"), ReadRequest{first, 3, 10},
                    WriteRequest{first, 0, as_bytes("twelve bytes")},
                    WriteRequest{first, 12, as_bytes(" and more")}, FstatRequest{first, kAllFlags},
                    CloseRequest{first}));
  seeds.add("listing", v,
            session(v, OpendirRequest{{"/home/user"}}, ReaddirRequest{first}, ReaddirRequest{first},
                    CloseRequest{first}));
  seeds.add("attributes", v,
            session(v, with(SetstatRequest{{"note"}}, many_attributes()),
                    with(open_for_all("new"), many_attributes()),
                    with(FsetstatRequest{first}, many_attributes()),
                    with(MkdirRequest{{"made"}}, many_attributes())));
  seeds.add("rare", v,
            session(v, with(SetstatRequest{{"note"}}, rare_attributes()),
                    with(SetstatRequest{{"note"}}, acl_alone()), StatRequest{{"note"}, kAllFlags}));
  if (v < 3) return;
  seeds.add("links", v,
            session(v, SymlinkRequest{{"note"}, {"new"}}, ReadlinkRequest{{"new"}},
                    HardlinkRequest{{"note"}, {"hard"}}, PosixRenameRequest{{"hard"}, {"new"}},
                    with(LsetstatRequest{{"link"}}, many_attributes())));
  seeds.add("extensions", v,
            session(v, open_for_all("long"), open_for_all("copy"),
                    CopyDataRequest{first, 10, 100, second, 0}, FstatvfsRequest{first},
                    FsyncRequest{second}));
  seeds.add("names", v,
            session(v, UsersGroupsRequest{Bytes{0, 0, 3, 232}, Bytes{0, 0, 0, 0}},
                    StatvfsRequest{{"/"}}, LimitsRequest{}, ExpandPathRequest{{"~user/x"}},
                    ExpandPathRequest{{"~"}}, HomeDirectoryRequest{"user"}));
  seeds.add(
      "check", v,
      session(v, open_for_all("long"), CheckFileHandleRequest{first, "md5,sha256", 10, 0, 256},
              CheckFileNameRequest{{"note"}, "crc32", 0, 5, 0},
              CheckFileRequest{first, "sha512,sha1", 0, 0, 0}, Md5HashRequest{{"note"}, 0, 0, ""},
              Md5HashHandleRequest{first, 1, 5, ""}));
  seeds.add("copies", v,
            session(v, CopyFileRequest{{"note"}, {"copy"}, false},
                    CopyFileRequest{{"long"}, {"copy"}, true}, SpaceAvailableRequest{{"/"}},
                    VendorIdRequest{"a", "b", "1.0", 7}));
  seeds.add("xattr", v,
            session(v, open_for_all("note"), SetXattrRequest{{"note"}, {"user.y"}, "why", 1},
                    GetXattrRequest{{"note"}, {"user.x"}, 100}, ListXattrRequest{{"note"}},
                    RemoveXattrRequest{{"note"}, {"user.y"}}));
  seeds.add("xattr-handle", v,
            session(v, open_for_all("note"), FsetXattrRequest{first, {"user.y"}, "why", 2},
                    FgetXattrRequest{first, {"user.x"}, 3}, FlistXattrRequest{first},
                    FremoveXattrRequest{first, {"user.x"}}));
  seeds.add("select", v, session(v, VersionSelectRequest{"6"}, StatRequest{{"note"}, kAllFlags}));
  if (v < 4) return;
  seeds.add("text", v,
            session(v, text_file(), ReadRequest{first, 0, 100}, TextSeekRequest{first, 1},
                    WriteRequest{first, 0, as_bytes("a\nb")}, CloseRequest{first}));
  seeds.add("locks", v,
            session(v, locked_file(), open_for_all("note"),
                    BlockRequest{first, 0, 10, kBlockWrite | kBlockAdvisory},
                    BlockRequest{second, 5, 0, kBlockRead | kBlockWrite | kBlockAdvisory},
                    UnblockRequest{first, 0, 10}, CloseRequest{first}));
  if (v < 6) return;
  seeds.add("links-of", v,
            session(v, LinkRequest{{"new"}, {"note"}, true}, LinkRequest{{"hard"}, {"note"}, false},
                    composed(), TranslationControlRequest{false}, StatRequest{{"new"}, kAllFlags}));
}

}  // namespace

void add_sftp_seeds(const Corpus& corpus) {
  SftpSeeds seeds(corpus);
  for (ProtocolVersion version = 1; version <= 6; ++version) add_for_version(seeds, version);
}

}  // namespace ssh2core::fuzz
