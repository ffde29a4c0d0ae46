// The extended requests of xattr@proftpd.org: extended attributes, by path and by handle.
#pragma once

#include "libssh2core/sftp/messages.h"

namespace ssh2core::sftp {

/// The longest value, in bytes: as mod_sftp has it, and Linux.
inline constexpr std::uint32_t kLongestXattr = 65536;
/// Of set requests: the attribute must be new, must be there.
inline constexpr std::uint32_t kXattrCreate = 1, kXattrReplace = 2;

/// A value longer than `most` is an error.
struct GetXattrRequest {
  static constexpr PacketType kId = PacketType::Extended;
  static constexpr std::string_view kExtension = "getxattr@proftpd.org";
  Path path{};
  Path name{};
  std::uint32_t most = 0;
  static constexpr std::tuple kFields{VersionedField{"path", &GetXattrRequest::path},
                                      VersionedField{"attr-name", &GetXattrRequest::name},
                                      VersionedField{"max-size", &GetXattrRequest::most}};
};
struct FgetXattrRequest {
  static constexpr PacketType kId = PacketType::Extended;
  static constexpr std::string_view kExtension = "fgetxattr@proftpd.org";
  ByteView handle{};
  Path name{};
  std::uint32_t most = 0;
  static constexpr std::tuple kFields{VersionedField{"handle", &FgetXattrRequest::handle},
                                      VersionedField{"attr-name", &FgetXattrRequest::name},
                                      VersionedField{"max-size", &FgetXattrRequest::most}};
};
struct XattrReply {
  static constexpr PacketType kId = PacketType::ExtendedReply;
  std::string_view value{};
  static constexpr std::tuple kFields{VersionedField{"attr-value", &XattrReply::value}};
};

struct ListXattrRequest {
  static constexpr PacketType kId = PacketType::Extended;
  static constexpr std::string_view kExtension = "listxattr@proftpd.org";
  Path path{};
  static constexpr std::tuple kFields{VersionedField{"path", &ListXattrRequest::path}};
};
struct FlistXattrRequest {
  static constexpr PacketType kId = PacketType::Extended;
  static constexpr std::string_view kExtension = "flistxattr@proftpd.org";
  ByteView handle{};
  static constexpr std::tuple kFields{VersionedField{"handle", &FlistXattrRequest::handle}};
};
struct XattrNamesReply {
  static constexpr PacketType kId = PacketType::ExtendedReply;
  std::uint32_t count = 0;
  Tail names{};  // a string each
  static constexpr std::tuple kFields{VersionedField{"count", &XattrNamesReply::count},
                                      VersionedField{"attr-names", &XattrNamesReply::names}};
};

struct SetXattrRequest {
  static constexpr PacketType kId = PacketType::Extended;
  static constexpr std::string_view kExtension = "setxattr@proftpd.org";
  Path path{};
  Path name{};
  std::string_view value{};
  std::uint32_t flags = 0;
  static constexpr std::tuple kFields{VersionedField{"path", &SetXattrRequest::path},
                                      VersionedField{"attr-name", &SetXattrRequest::name},
                                      VersionedField{"attr-value", &SetXattrRequest::value},
                                      VersionedField{"flags", &SetXattrRequest::flags}};
};
struct FsetXattrRequest {
  static constexpr PacketType kId = PacketType::Extended;
  static constexpr std::string_view kExtension = "fsetxattr@proftpd.org";
  ByteView handle{};
  Path name{};
  std::string_view value{};
  std::uint32_t flags = 0;
  static constexpr std::tuple kFields{VersionedField{"handle", &FsetXattrRequest::handle},
                                      VersionedField{"attr-name", &FsetXattrRequest::name},
                                      VersionedField{"attr-value", &FsetXattrRequest::value},
                                      VersionedField{"flags", &FsetXattrRequest::flags}};
};

struct RemoveXattrRequest {
  static constexpr PacketType kId = PacketType::Extended;
  static constexpr std::string_view kExtension = "removexattr@proftpd.org";
  Path path{};
  Path name{};
  static constexpr std::tuple kFields{VersionedField{"path", &RemoveXattrRequest::path},
                                      VersionedField{"attr-name", &RemoveXattrRequest::name}};
};
struct FremoveXattrRequest {
  static constexpr PacketType kId = PacketType::Extended;
  static constexpr std::string_view kExtension = "fremovexattr@proftpd.org";
  ByteView handle{};
  Path name{};
  static constexpr std::tuple kFields{VersionedField{"handle", &FremoveXattrRequest::handle},
                                      VersionedField{"attr-name", &FremoveXattrRequest::name}};
};

}  // namespace ssh2core::sftp
