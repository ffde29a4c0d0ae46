// The extended requests and their replies, one struct each: those of OpenSSH (its PROTOCOL file,
// section 4), and copy-data and home-directory (draft-ietf-secsh-filexfer-extensions-00). A request
// has its name as kExtension; its fields are what follows the name.
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

}  // namespace ssh2core::sftp
