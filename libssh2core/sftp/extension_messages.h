// The extended requests and their replies, one struct each: those of OpenSSH (its PROTOCOL file,
// section 4), those of draft-ietf-secsh-filexfer-extensions-00, md5-hash of -05. A request has its
// name as kExtension; its fields are what follows the name. Those of ProFTPD: xattr_messages.h.
#pragma once

#include "libssh2core/sftp/file_system.h"
#include "libssh2core/sftp/messages.h"

namespace ssh2core::sftp {

struct PosixRenameRequest {
  static constexpr PacketType kId = PacketType::Extended;
  static constexpr std::string_view kExtension = "posix-rename@openssh.com";
  Path old_path{}, new_path{};
  static constexpr std::tuple kFields{VersionedField{"oldpath", &PosixRenameRequest::old_path},
                                      VersionedField{"newpath", &PosixRenameRequest::new_path}};
};

struct StatvfsRequest {
  static constexpr PacketType kId = PacketType::Extended;
  static constexpr std::string_view kExtension = "statvfs@openssh.com";
  Path path{};
  static constexpr std::tuple kFields{VersionedField{"path", &StatvfsRequest::path}};
};

struct FstatvfsRequest {
  static constexpr PacketType kId = PacketType::Extended;
  static constexpr std::string_view kExtension = "fstatvfs@openssh.com";
  ByteView handle{};
  static constexpr std::tuple kFields{VersionedField{"handle", &FstatvfsRequest::handle}};
};

/// Reply to both.
struct StatvfsReply {
  static constexpr PacketType kId = PacketType::ExtendedReply;
  Statvfs figures{};
  static constexpr std::tuple kFields{VersionedField{"figures", &StatvfsReply::figures}};
};
inline void put(Writer& w, const Statvfs& v) {
  for (const std::uint64_t figure : {v.bsize, v.frsize, v.blocks, v.bfree, v.bavail, v.files,
                                     v.ffree, v.favail, v.fsid, v.flag, v.namemax})
    w.u64(figure);
}
inline void get(Reader& r, Statvfs& v) {
  for (std::uint64_t* figure : {&v.bsize, &v.frsize, &v.blocks, &v.bfree, &v.bavail, &v.files,
                                &v.ffree, &v.favail, &v.fsid, &v.flag, &v.namemax})
    *figure = r.u64();
}

struct HardlinkRequest {
  static constexpr PacketType kId = PacketType::Extended;
  static constexpr std::string_view kExtension = "hardlink@openssh.com";
  Path old_path{}, new_path{};
  static constexpr std::tuple kFields{VersionedField{"oldpath", &HardlinkRequest::old_path},
                                      VersionedField{"newpath", &HardlinkRequest::new_path}};
};

struct FsyncRequest {
  static constexpr PacketType kId = PacketType::Extended;
  static constexpr std::string_view kExtension = "fsync@openssh.com";
  ByteView handle{};
  static constexpr std::tuple kFields{VersionedField{"handle", &FsyncRequest::handle}};
};

struct LsetstatRequest {
  static constexpr PacketType kId = PacketType::Extended;
  static constexpr std::string_view kExtension = "lsetstat@openssh.com";
  Path path{};
  Attributes attributes{};
  static constexpr std::tuple kFields{VersionedField{"path", &LsetstatRequest::path},
                                      VersionedField{"attrs", &LsetstatRequest::attributes}};
};

struct LimitsRequest {
  static constexpr PacketType kId = PacketType::Extended;
  static constexpr std::string_view kExtension = "limits@openssh.com";
  static constexpr std::tuple<> kFields{};
};
/// Each 0 where there is no stated limit.
struct LimitsReply {
  static constexpr PacketType kId = PacketType::ExtendedReply;
  std::uint64_t packet = 0, read = 0, write = 0, handles = 0;
  static constexpr std::tuple kFields{VersionedField{"max-packet-length", &LimitsReply::packet},
                                      VersionedField{"max-read-length", &LimitsReply::read},
                                      VersionedField{"max-write-length", &LimitsReply::write},
                                      VersionedField{"max-open-handles", &LimitsReply::handles}};
};

/// `~`, `~/x` or `~user/x`; the reply is NAME.
struct ExpandPathRequest {
  static constexpr PacketType kId = PacketType::Extended;
  static constexpr std::string_view kExtension = "expand-path@openssh.com";
  Path path{};
  static constexpr std::tuple kFields{VersionedField{"path", &ExpandPathRequest::path}};
};

/// The home directory of a user, empty for the session's own; the reply is NAME.
struct HomeDirectoryRequest {
  static constexpr PacketType kId = PacketType::Extended;
  static constexpr std::string_view kExtension = "home-directory";
  Path user{};
  static constexpr std::tuple kFields{VersionedField{"username", &HomeDirectoryRequest::user}};
};

struct UsersGroupsRequest {
  static constexpr PacketType kId = PacketType::Extended;
  static constexpr std::string_view kExtension = "users-groups-by-id@openssh.com";
  ByteView uids{}, gids{};  // runs of uint32
  static constexpr std::tuple kFields{VersionedField{"uids", &UsersGroupsRequest::uids},
                                      VersionedField{"gids", &UsersGroupsRequest::gids}};
};
struct UsersGroupsReply {
  static constexpr PacketType kId = PacketType::ExtendedReply;
  ByteView users{}, groups{};  // runs of strings, empty where unknown
  static constexpr std::tuple kFields{VersionedField{"usernames", &UsersGroupsReply::users},
                                      VersionedField{"groupnames", &UsersGroupsReply::groups}};
};

/// -13 section 5.5; the number as text.
struct VersionSelectRequest {
  static constexpr PacketType kId = PacketType::Extended;
  static constexpr std::string_view kExtension = "version-select";
  std::string_view version{};
  static constexpr std::tuple kFields{
      VersionedField{"version-from-list", &VersionSelectRequest::version}};
};

/// -13 section 9.2: a handle in text mode goes to the beginning of a line, the first being 0.
struct TextSeekRequest {
  static constexpr PacketType kId = PacketType::Extended;
  static constexpr std::string_view kExtension = "text-seek";
  ByteView handle{};
  std::uint64_t line = 0;
  static constexpr std::tuple kFields{VersionedField{"file-handle", &TextSeekRequest::handle},
                                      VersionedField{"line-number", &TextSeekRequest::line}};
};

/// -13 section 6: whether names are turned into UTF-8.
struct TranslationControlRequest {
  static constexpr PacketType kId = PacketType::Extended;
  static constexpr std::string_view kExtension = "filename-translation-control";
  bool translate = true;
  static constexpr std::tuple kFields{
      VersionedField{"do-translate", &TranslationControlRequest::translate}};
};

struct CopyDataRequest {
  static constexpr PacketType kId = PacketType::Extended;
  static constexpr std::string_view kExtension = "copy-data";
  ByteView source{};
  std::uint64_t from = 0, length = 0;  // length 0: up to the end
  ByteView target{};
  std::uint64_t to = 0;
  static constexpr std::tuple kFields{VersionedField{"read-from-handle", &CopyDataRequest::source},
                                      VersionedField{"read-from-offset", &CopyDataRequest::from},
                                      VersionedField{"read-data-length", &CopyDataRequest::length},
                                      VersionedField{"write-to-handle", &CopyDataRequest::target},
                                      VersionedField{"write-to-offset", &CopyDataRequest::to}};
};

/// draft-ietf-secsh-filexfer-extensions-00 section 3: digests of a file. Length 0: up to its end;
/// block size 0: one digest of all.
struct CheckFileNameRequest {
  static constexpr PacketType kId = PacketType::Extended;
  static constexpr std::string_view kExtension = "check-file-name";
  Path path{};
  std::string_view algorithms{};  // with commas, the preferred one first
  std::uint64_t start = 0, length = 0;
  std::uint32_t block = 0;
  static constexpr std::tuple kFields{
      VersionedField{"name", &CheckFileNameRequest::path},
      VersionedField{"hash-algorithm-list", &CheckFileNameRequest::algorithms},
      VersionedField{"start-offset", &CheckFileNameRequest::start},
      VersionedField{"length", &CheckFileNameRequest::length},
      VersionedField{"block-size", &CheckFileNameRequest::block}};
};
struct CheckFileHandleRequest {
  static constexpr PacketType kId = PacketType::Extended;
  static constexpr std::string_view kExtension = "check-file-handle";
  ByteView handle{};
  std::string_view algorithms{};
  std::uint64_t start = 0, length = 0;
  std::uint32_t block = 0;
  static constexpr std::tuple kFields{
      VersionedField{"handle", &CheckFileHandleRequest::handle},
      VersionedField{"hash-algorithm-list", &CheckFileHandleRequest::algorithms},
      VersionedField{"start-offset", &CheckFileHandleRequest::start},
      VersionedField{"length", &CheckFileHandleRequest::length},
      VersionedField{"block-size", &CheckFileHandleRequest::block}};
};
/// The reply to both: the digests one behind the other.
struct CheckFileReply {
  static constexpr PacketType kId = PacketType::ExtendedReply;
  std::string_view algorithm{};
  Tail digests{};
  static constexpr std::tuple kFields{
      VersionedField{"hash-algorithm-used", &CheckFileReply::algorithm},
      VersionedField{"hashes", &CheckFileReply::digests}};
};
/// check-file-handle as Paramiko asks for it, and the reply that it reads.
struct CheckFileRequest {
  static constexpr PacketType kId = PacketType::Extended;
  static constexpr std::string_view kExtension = "check-file";
  ByteView handle{};
  std::string_view algorithms{};
  std::uint64_t start = 0, length = 0;
  std::uint32_t block = 0;
  static constexpr std::tuple kFields{VersionedField{"handle", &CheckFileRequest::handle},
                                      VersionedField{"algorithms", &CheckFileRequest::algorithms},
                                      VersionedField{"start", &CheckFileRequest::start},
                                      VersionedField{"length", &CheckFileRequest::length},
                                      VersionedField{"block-size", &CheckFileRequest::block}};
};
struct NamedCheckFileReply {
  static constexpr PacketType kId = PacketType::ExtendedReply;
  std::string_view name = CheckFileRequest::kExtension, algorithm{};
  Tail digests{};
  static constexpr std::tuple kFields{VersionedField{"name", &NamedCheckFileReply::name},
                                      VersionedField{"algorithm", &NamedCheckFileReply::algorithm},
                                      VersionedField{"digests", &NamedCheckFileReply::digests}};
};

/// draft-ietf-secsh-filexfer-05 section 9.1: start and length 0 mean the whole file. With a
/// quick-check-hash, the MD5 of the first 2048 bytes, only a file that begins like that is hashed.
struct Md5HashRequest {
  static constexpr PacketType kId = PacketType::Extended;
  static constexpr std::string_view kExtension = "md5-hash";
  Path path{};
  std::uint64_t start = 0, length = 0;
  std::string_view quick_check{};
  static constexpr std::tuple kFields{
      VersionedField{"filename", &Md5HashRequest::path},
      VersionedField{"start-offset", &Md5HashRequest::start},
      VersionedField{"length", &Md5HashRequest::length},
      VersionedField{"quick-check-hash", &Md5HashRequest::quick_check}};
};
struct Md5HashHandleRequest {
  static constexpr PacketType kId = PacketType::Extended;
  static constexpr std::string_view kExtension = "md5-hash-handle";
  ByteView handle{};
  std::uint64_t start = 0, length = 0;
  std::string_view quick_check{};
  static constexpr std::tuple kFields{
      VersionedField{"file-handle", &Md5HashHandleRequest::handle},
      VersionedField{"start-offset", &Md5HashHandleRequest::start},
      VersionedField{"length", &Md5HashHandleRequest::length},
      VersionedField{"quick-check-hash", &Md5HashHandleRequest::quick_check}};
};
/// The reply to both; without a hash when the quick check failed.
struct Md5HashReply {
  static constexpr PacketType kId = PacketType::ExtendedReply;
  std::string_view name = Md5HashRequest::kExtension;
  ByteView hash{};
  static constexpr std::tuple kFields{VersionedField{"name", &Md5HashReply::name},
                                      VersionedField{"hash", &Md5HashReply::hash}};
};

/// draft-ietf-secsh-filexfer-extensions-00 section 6.
struct CopyFileRequest {
  static constexpr PacketType kId = PacketType::Extended;
  static constexpr std::string_view kExtension = "copy-file";
  Path source{}, destination{};
  bool overwrite = false;
  static constexpr std::tuple kFields{
      VersionedField{"source-file", &CopyFileRequest::source},
      VersionedField{"destination-file", &CopyFileRequest::destination},
      VersionedField{"overwrite-destination", &CopyFileRequest::overwrite}};
};

/// draft-ietf-secsh-filexfer-extensions-00 section 4; bytes.
struct SpaceAvailableRequest {
  static constexpr PacketType kId = PacketType::Extended;
  static constexpr std::string_view kExtension = "space-available";
  Path path{};
  static constexpr std::tuple kFields{VersionedField{"path", &SpaceAvailableRequest::path}};
};
struct SpaceAvailableReply {
  static constexpr PacketType kId = PacketType::ExtendedReply;
  std::uint64_t device = 0, unused = 0, for_user = 0, unused_for_user = 0;
  std::uint32_t unit = 0;
  static constexpr std::tuple kFields{
      VersionedField{"bytes-on-device", &SpaceAvailableReply::device},
      VersionedField{"unused-bytes-on-device", &SpaceAvailableReply::unused},
      VersionedField{"bytes-available-to-user", &SpaceAvailableReply::for_user},
      VersionedField{"unused-bytes-available-to-user", &SpaceAvailableReply::unused_for_user},
      VersionedField{"bytes-per-allocation-unit", &SpaceAvailableReply::unit}};
};

/// -13 section 5.4.2: who made a program, as a request and as the data of a pair in VERSION.
struct VendorIdRequest {
  static constexpr PacketType kId = PacketType::Extended;
  static constexpr std::string_view kExtension = "vendor-id";
  std::string_view vendor{}, product{}, version{};
  std::uint64_t build = 0;
  static constexpr std::tuple kFields{
      VersionedField{"vendor-name", &VendorIdRequest::vendor},
      VersionedField{"product-name", &VendorIdRequest::product},
      VersionedField{"product-version", &VendorIdRequest::version},
      VersionedField{"product-build-number", &VendorIdRequest::build}};
};

}  // namespace ssh2core::sftp
