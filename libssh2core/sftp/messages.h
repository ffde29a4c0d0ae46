// The messages of SFTP, one struct each: draft-ietf-secsh-filexfer-02 (version 3), with what later
// versions change marked at the field. Texts and bytes are borrowed from the packet decoded.
#pragma once

#include "libssh2core/sftp/attributes_codec.h"
#include "libssh2core/sftp/codec.h"

namespace ssh2core::sftp {

/// Extension pair of INIT and VERSION (section 4).
struct ExtensionPair {
  std::string_view name, data;
  static constexpr std::tuple kFields{VersionedField{"name", &ExtensionPair::name},
                                      VersionedField{"data", &ExtensionPair::data}};
};
/// Pairs up to the end of the packet.
struct ExtensionPairs {
  std::vector<ExtensionPair> list;
};
inline void put(Writer& w, const ExtensionPairs& pairs, ProtocolVersion version) {
  for (const ExtensionPair& pair : pairs.list) encode_fields(w, pair, version);
}
inline void get(Reader& r, ExtensionPairs& pairs, ProtocolVersion version) {
  while (r.remaining() != 0) decode_fields(r, pairs.list.emplace_back(), version);
}

// --- Session set-up, section 4 ---

struct InitRequest {
  static constexpr PacketType kId = PacketType::Init;
  static constexpr std::string_view kName = "INIT";
  static constexpr Versions kVersions{};
  std::uint32_t version = 0;
  Tail extensions{};  // pairs in version 3; nothing here depends on them
  static constexpr std::tuple kFields{VersionedField{"version", &InitRequest::version},
                                      VersionedField{"extensions", &InitRequest::extensions}};
};

struct VersionReply {
  static constexpr PacketType kId = PacketType::Version;
  static constexpr std::string_view kName = "VERSION";
  static constexpr Versions kVersions{};
  std::uint32_t version = 0;
  ExtensionPairs extensions{};
  static constexpr std::tuple kFields{VersionedField{"version", &VersionReply::version},
                                      VersionedField{"extensions", &VersionReply::extensions}};
};

// --- Requests, section 6 ---

/// Bits of OpenRequest::pflags, versions 1 to 4.
enum OpenFlag : std::uint32_t {
  kOpenRead = 0x01,
  kOpenWrite = 0x02,
  kOpenAppend = 0x04,
  kOpenCreate = 0x08,
  kOpenTruncate = 0x10,
  kOpenExclusive = 0x20,
  kOpenText = 0x40,  // version 4
};

/// OpenRequest::flags, versions 5 and 6 (-13 section 8.1.1.3): what is to be done about a file that
/// exists, or does not, in the lowest bits; then single flags.
enum OpenAccess : std::uint32_t {
  kCreateNew = 0,
  kCreateTruncate = 1,
  kOpenExisting = 2,
  kOpenOrCreate = 3,
  kTruncateExisting = 4,
  kDispositionMask = 0x7,
  kAccessAppend = 0x08,
  kAccessAppendAtomic = 0x10,
  kAccessText = 0x20,
  kBlockRead = 0x40,  // also in BLOCK's mask
  kBlockWrite = 0x80,
  kBlockDelete = 0x100,
  kBlockAdvisory = 0x200,  // version 6, as all that follow
  kAccessNoFollow = 0x400,
  kAccessDeleteOnClose = 0x800,
};

/// RenameRequest::flags, versions 5 and 6.
enum RenameFlag : std::uint32_t { kRenameOverwrite = 1, kRenameAtomic = 2, kRenameNative = 4 };

/// RealpathRequest::control, version 6: values, not bits.
enum RealpathControl : std::uint8_t {
  kRealpathNoCheck = 1,
  kRealpathStatIf = 2,
  kRealpathStatAlways = 3,
};

struct OpenRequest {
  static constexpr PacketType kId = PacketType::Open;
  static constexpr std::string_view kName = "OPEN";
  static constexpr Versions kVersions{};
  Path path{};
  std::uint32_t pflags = 0;
  std::uint32_t desired_access = 0, flags = 0;
  Attributes attributes{};
  static constexpr std::tuple kFields{
      VersionedField{"path", &OpenRequest::path},
      VersionedField{"pflags", &OpenRequest::pflags, Versions{1, 4}},
      VersionedField{"desired-access", &OpenRequest::desired_access, Versions{5, 6}},
      VersionedField{"flags", &OpenRequest::flags, Versions{5, 6}},
      VersionedField{"attrs", &OpenRequest::attributes}};
};

struct CloseRequest {
  static constexpr PacketType kId = PacketType::Close;
  static constexpr std::string_view kName = "CLOSE";
  static constexpr Versions kVersions{};
  ByteView handle{};
  static constexpr std::tuple kFields{VersionedField{"handle", &CloseRequest::handle}};
};

struct ReadRequest {
  static constexpr PacketType kId = PacketType::Read;
  static constexpr std::string_view kName = "READ";
  static constexpr Versions kVersions{};
  ByteView handle{};
  std::uint64_t offset = 0;
  std::uint32_t length = 0;
  static constexpr std::tuple kFields{VersionedField{"handle", &ReadRequest::handle},
                                      VersionedField{"offset", &ReadRequest::offset},
                                      VersionedField{"length", &ReadRequest::length}};
};

struct WriteRequest {
  static constexpr PacketType kId = PacketType::Write;
  static constexpr std::string_view kName = "WRITE";
  static constexpr Versions kVersions{};
  ByteView handle{};
  std::uint64_t offset = 0;
  ByteView data{};
  static constexpr std::tuple kFields{VersionedField{"handle", &WriteRequest::handle},
                                      VersionedField{"offset", &WriteRequest::offset},
                                      VersionedField{"data", &WriteRequest::data}};
};
/// WRITE up to its data, which a server takes as it comes.
struct WriteHead {
  static constexpr PacketType kId = PacketType::Write;
  static constexpr std::string_view kName = "WRITE";
  static constexpr Versions kVersions{};
  ByteView handle{};
  std::uint64_t offset = 0;
  std::uint32_t length = 0;  // of the data
  static constexpr std::tuple kFields{VersionedField{"handle", &WriteHead::handle},
                                      VersionedField{"offset", &WriteHead::offset},
                                      VersionedField{"length", &WriteHead::length}};
};

struct LstatRequest {
  static constexpr PacketType kId = PacketType::Lstat;
  static constexpr std::string_view kName = "LSTAT";
  static constexpr Versions kVersions{};
  Path path{};
  std::uint32_t flags = 0;
  static constexpr std::tuple kFields{
      VersionedField{"path", &LstatRequest::path},
      VersionedField{"flags", &LstatRequest::flags, Versions{4, 6}, Presence::IfThere}};
};

struct FstatRequest {
  static constexpr PacketType kId = PacketType::Fstat;
  static constexpr std::string_view kName = "FSTAT";
  static constexpr Versions kVersions{};
  ByteView handle{};
  std::uint32_t flags = 0;
  static constexpr std::tuple kFields{
      VersionedField{"handle", &FstatRequest::handle},
      VersionedField{"flags", &FstatRequest::flags, Versions{4, 6}, Presence::IfThere}};
};

struct SetstatRequest {
  static constexpr PacketType kId = PacketType::Setstat;
  static constexpr std::string_view kName = "SETSTAT";
  static constexpr Versions kVersions{};
  Path path{};
  Attributes attributes{};
  static constexpr std::tuple kFields{VersionedField{"path", &SetstatRequest::path},
                                      VersionedField{"attrs", &SetstatRequest::attributes}};
};

struct FsetstatRequest {
  static constexpr PacketType kId = PacketType::Fsetstat;
  static constexpr std::string_view kName = "FSETSTAT";
  static constexpr Versions kVersions{};
  ByteView handle{};
  Attributes attributes{};
  static constexpr std::tuple kFields{VersionedField{"handle", &FsetstatRequest::handle},
                                      VersionedField{"attrs", &FsetstatRequest::attributes}};
};

struct OpendirRequest {
  static constexpr PacketType kId = PacketType::Opendir;
  static constexpr std::string_view kName = "OPENDIR";
  static constexpr Versions kVersions{};
  Path path{};
  static constexpr std::tuple kFields{VersionedField{"path", &OpendirRequest::path}};
};

struct ReaddirRequest {
  static constexpr PacketType kId = PacketType::Readdir;
  static constexpr std::string_view kName = "READDIR";
  static constexpr Versions kVersions{};
  ByteView handle{};
  static constexpr std::tuple kFields{VersionedField{"handle", &ReaddirRequest::handle}};
};

struct RemoveRequest {
  static constexpr PacketType kId = PacketType::Remove;
  static constexpr std::string_view kName = "REMOVE";
  static constexpr Versions kVersions{};
  Path path{};
  static constexpr std::tuple kFields{VersionedField{"path", &RemoveRequest::path}};
};

struct MkdirRequest {
  static constexpr PacketType kId = PacketType::Mkdir;
  static constexpr std::string_view kName = "MKDIR";
  static constexpr Versions kVersions{};
  Path path{};
  Attributes attributes{};
  static constexpr std::tuple kFields{VersionedField{"path", &MkdirRequest::path},
                                      VersionedField{"attrs", &MkdirRequest::attributes}};
};

struct RmdirRequest {
  static constexpr PacketType kId = PacketType::Rmdir;
  static constexpr std::string_view kName = "RMDIR";
  static constexpr Versions kVersions{};
  Path path{};
  static constexpr std::tuple kFields{VersionedField{"path", &RmdirRequest::path}};
};

/// Paths up to the end of the packet.
struct Paths {
  std::vector<Path> list;
};
inline void put(Writer& w, const Paths& paths) {
  for (const Path path : paths.list) put(w, path);
}
inline void get(Reader& r, Paths& paths) {
  while (r.remaining() != 0) get(r, paths.list.emplace_back());
}

struct RealpathRequest {
  static constexpr PacketType kId = PacketType::Realpath;
  static constexpr std::string_view kName = "REALPATH";
  static constexpr Versions kVersions{};
  Path path{};
  std::uint8_t control = kRealpathNoCheck;
  Paths compose{};
  static constexpr std::tuple kFields{
      VersionedField{"path", &RealpathRequest::path},
      VersionedField{"control-byte", &RealpathRequest::control, Versions{6, 6}, Presence::IfThere},
      VersionedField{"compose-path", &RealpathRequest::compose, Versions{6, 6}, Presence::IfThere}};
};

struct StatRequest {
  static constexpr PacketType kId = PacketType::Stat;
  static constexpr std::string_view kName = "STAT";
  static constexpr Versions kVersions{};
  Path path{};
  std::uint32_t flags = 0;
  static constexpr std::tuple kFields{
      VersionedField{"path", &StatRequest::path},
      VersionedField{"flags", &StatRequest::flags, Versions{4, 6}, Presence::IfThere}};
};

struct RenameRequest {
  static constexpr PacketType kId = PacketType::Rename;
  static constexpr std::string_view kName = "RENAME";
  static constexpr Versions kVersions{2, 6};
  Path old_path{}, new_path{};
  std::uint32_t flags = 0;
  static constexpr std::tuple kFields{
      VersionedField{"oldpath", &RenameRequest::old_path},
      VersionedField{"newpath", &RenameRequest::new_path},
      VersionedField{"flags", &RenameRequest::flags, Versions{5, 6}, Presence::IfThere}};
};

struct ReadlinkRequest {
  static constexpr PacketType kId = PacketType::Readlink;
  static constexpr std::string_view kName = "READLINK";
  static constexpr Versions kVersions{3, 6};
  Path path{};
  static constexpr std::tuple kFields{VersionedField{"path", &ReadlinkRequest::path}};
};

/// Section 6.10. The draft puts the link first, OpenSSH and all who follow it the target; so the
/// fields are named by their place.
struct SymlinkRequest {
  static constexpr PacketType kId = PacketType::Symlink;
  static constexpr std::string_view kName = "SYMLINK";
  static constexpr Versions kVersions{3, 5};
  Path first{}, second{};
  static constexpr std::tuple kFields{VersionedField{"first", &SymlinkRequest::first},
                                      VersionedField{"second", &SymlinkRequest::second}};
};

/// -13 section 8.9.
struct LinkRequest {
  static constexpr PacketType kId = PacketType::Link;
  static constexpr std::string_view kName = "LINK";
  static constexpr Versions kVersions{6, 6};
  Path link{}, existing{};
  bool symlink = false;
  static constexpr std::tuple kFields{VersionedField{"new-link-path", &LinkRequest::link},
                                      VersionedField{"existing-path", &LinkRequest::existing},
                                      VersionedField{"sym-link", &LinkRequest::symlink}};
};

/// -13 section 8.10; the mask has kBlock... bits.
struct BlockRequest {
  static constexpr PacketType kId = PacketType::Block;
  static constexpr std::string_view kName = "BLOCK";
  static constexpr Versions kVersions{6, 6};
  ByteView handle{};
  std::uint64_t offset = 0, length = 0;  // length 0: up to the end of the file
  std::uint32_t mask = 0;
  static constexpr std::tuple kFields{VersionedField{"handle", &BlockRequest::handle},
                                      VersionedField{"offset", &BlockRequest::offset},
                                      VersionedField{"length", &BlockRequest::length},
                                      VersionedField{"mask", &BlockRequest::mask}};
};

struct UnblockRequest {
  static constexpr PacketType kId = PacketType::Unblock;
  static constexpr std::string_view kName = "UNBLOCK";
  static constexpr Versions kVersions{6, 6};
  ByteView handle{};
  std::uint64_t offset = 0, length = 0;
  static constexpr std::tuple kFields{VersionedField{"handle", &UnblockRequest::handle},
                                      VersionedField{"offset", &UnblockRequest::offset},
                                      VersionedField{"length", &UnblockRequest::length}};
};

/// Section 8; the fields of the named request are a struct of extension_messages.h.
struct ExtendedRequest {
  static constexpr PacketType kId = PacketType::Extended;
  static constexpr std::string_view kName = "EXTENDED";
  static constexpr Versions kVersions{3, 6};
  std::string_view request{};
  Tail data{};
  static constexpr std::tuple kFields{VersionedField{"extended-request", &ExtendedRequest::request},
                                      VersionedField{"data", &ExtendedRequest::data}};
};

// --- Replies, section 7 ---

struct StatusReply {
  static constexpr PacketType kId = PacketType::Status;
  static constexpr std::string_view kName = "STATUS";
  static constexpr Versions kVersions{};
  std::uint32_t code = 0;
  std::string_view message{}, language{};  // some servers leave them out
  Tail specific{};                         // of UNKNOWN_PRINCIPAL: the names, a string each
  static constexpr std::tuple kFields{
      VersionedField{"code", &StatusReply::code},
      VersionedField{"message", &StatusReply::message, Versions{3, 6}, Presence::IfThere},
      VersionedField{"language", &StatusReply::language, Versions{3, 6}, Presence::IfThere},
      VersionedField{"error-specific-data", &StatusReply::specific, Versions{5, 6},
                     Presence::IfThere}};
};

struct HandleReply {
  static constexpr PacketType kId = PacketType::Handle;
  static constexpr std::string_view kName = "HANDLE";
  static constexpr Versions kVersions{};
  ByteView handle{};
  static constexpr std::tuple kFields{VersionedField{"handle", &HandleReply::handle}};
};

/// The boolean at the end of DATA and NAME, version 6: whether that was all. It may be missing.
struct EndFlag {
  std::optional<bool> value;
};
inline void put(Writer& w, EndFlag v) {
  if (v.value) w.boolean(*v.value);
}
inline void get(Reader& r, EndFlag& v) { v.value = r.boolean(); }

struct DataReply {
  static constexpr PacketType kId = PacketType::Data;
  static constexpr std::string_view kName = "DATA";
  static constexpr Versions kVersions{};
  ByteView data{};
  EndFlag end_of_file{};
  static constexpr std::tuple kFields{
      VersionedField{"data", &DataReply::data},
      VersionedField{"end-of-file", &DataReply::end_of_file, Versions{6, 6}, Presence::IfThere}};
};
/// DATA up to its data, which a server reads straight into its place.
struct DataHead {
  static constexpr PacketType kId = PacketType::Data;
  static constexpr std::string_view kName = "DATA";
  static constexpr Versions kVersions{};
  std::uint32_t length = 0;
  static constexpr std::tuple kFields{VersionedField{"length", &DataHead::length}};
};

struct NameEntry {
  static constexpr Versions kLongname{1, 3};  // that have a longname
  std::string_view filename{}, longname{};
  Attributes attributes{};
  static constexpr std::tuple kFields{VersionedField{"filename", &NameEntry::filename},
                                      VersionedField{"longname", &NameEntry::longname, kLongname},
                                      VersionedField{"attrs", &NameEntry::attributes}};
};
struct NameReply {
  static constexpr PacketType kId = PacketType::Name;
  static constexpr std::string_view kName = "NAME";
  static constexpr Versions kVersions{};
  std::vector<NameEntry> entries{};
  EndFlag end_of_list{};
  static constexpr std::tuple kFields{
      VersionedField{"names", &NameReply::entries},
      VersionedField{"end-of-list", &NameReply::end_of_list, Versions{6, 6}, Presence::IfThere}};
};

struct AttrsReply {
  static constexpr PacketType kId = PacketType::Attrs;
  static constexpr std::string_view kName = "ATTRS";
  static constexpr Versions kVersions{};
  Attributes attributes{};
  static constexpr std::tuple kFields{VersionedField{"attrs", &AttrsReply::attributes}};
};

}  // namespace ssh2core::sftp
