// INIT and VERSION, version-select, and what VERSION announces (draft -13 section 5).
#include <array>
#include <charconv>

#include "libssh2core/sftp/request_names.h"
#include "libssh2core/sftp/session.h"

namespace ssh2core::sftp {

namespace {

constexpr ProtocolVersion kLatestVersion = 6;
constexpr ProtocolVersion kFirstSelectable = 2;  // mod_sftp never lists 1 either

/// What OPEN of versions 5 and 6 knows, what ACLs are made of, which attributes there are.
constexpr std::uint32_t kAttributesV5 = kAttrSize | kAttrPermissions | kAttrAccessTime |
                                        kAttrCreateTime | kAttrModifyTime | kAttrAcl |
                                        kAttrOwnerGroup | kAttrSubsecondTimes | kAttrBits;
constexpr std::uint32_t kAttributesV6 =
    kAttributesV5 | kAttrAllocationSize | kAttrLinkCount | kAttrUntranslatedName | kAttrChangeTime;
constexpr std::uint32_t kBitsV5 = kBitEncrypted | kBitCompressed | kBitAppendOnly | kBitImmutable;
constexpr std::uint32_t kBitsV6 = kBitsV5 | kBitTranslationError;
constexpr std::uint32_t kOpenFlagsV5 =
    kDispositionMask | kAccessAppend | kAccessAppendAtomic | kAccessText;
constexpr std::uint32_t kOpenFlagsV6 = kOpenFlagsV5 | kBlockRead | kBlockWrite | kBlockAdvisory |
                                       kAccessNoFollow | kAccessDeleteOnClose;
constexpr std::uint32_t kAccessMask =
    kAceReadData | kAceWriteData | kAceAppendData | kAceReadNamedAttributes |
    kAceWriteNamedAttributes | kAceExecute | kAceDeleteChild | kAceReadAttributes |
    kAceWriteAttributes | kAceReadAcl | kAceWriteAcl | kAceSynchronize;
/// Bit i stands for a combination of READ 1, WRITE 2, DELETE 4 and ADVISORY 8: none, advisory
/// against writing, advisory against both.
constexpr std::uint16_t kBlockVector = 0x0c01;
constexpr std::uint32_t kAclSupported = 1 | 2;  // allow, deny

/// The pairs that stand for extended requests, in the order of mod_sftp; what that has not comes
/// last.
struct AnnouncedRow {
  std::string_view name, data;
  ExtensionSwitch group;
};
constexpr auto kAnnounced = std::to_array<AnnouncedRow>({
    {"check-file", "1", ExtensionSwitch::CheckFile},
    {"copy-data", "1", ExtensionSwitch::CopyData},
    {"copy-file", "1", ExtensionSwitch::CopyFile},
    {"home-directory", "1", ExtensionSwitch::HomeDirectory},
    {"space-available", "1", ExtensionSwitch::SpaceAvailable},
    {"vendor-id", "", ExtensionSwitch::VendorId},  // the data is that of the options
    {"fsync@openssh.com", "1", ExtensionSwitch::Fsync},
    {"posix-rename@openssh.com", "1", ExtensionSwitch::PosixRename},
    {"statvfs@openssh.com", "2", ExtensionSwitch::Statvfs},
    {"fstatvfs@openssh.com", "2", ExtensionSwitch::Statvfs},
    {"hardlink@openssh.com", "1", ExtensionSwitch::Hardlink},
    {"limits@openssh.com", "1", ExtensionSwitch::Limits},
    {"users-groups-by-id@openssh.com", "1", ExtensionSwitch::UserGroupNames},
    {"xattr@proftpd.org", "1", ExtensionSwitch::Xattr},
    {"lsetstat@openssh.com", "1", ExtensionSwitch::Lsetstat},
    {"expand-path@openssh.com", "1", ExtensionSwitch::ExpandPath},
});

void put_u16(Writer& w, std::uint16_t v) {
  w.u8(static_cast<std::uint8_t>(v >> 8));
  w.u8(static_cast<std::uint8_t>(v));
}

}  // namespace

/// The versions a client may select, the lowest first.
std::vector<ProtocolVersion> Session::selectable() const {
  std::vector<ProtocolVersion> versions;
  const ProtocolVersion last = std::min(options_.max_version, kLatestVersion);
  for (ProtocolVersion v = std::max(options_.min_version, kFirstSelectable); v <= last; ++v)
    versions.push_back(v);
  return versions;
}

void Session::agree(ProtocolVersion version) {
  replies_.set_version(version);
  files_.names.set_version(version);
  observer_.on_version(version);
}

/// A further INIT gets the same answer again: no client we know sends one, none is harmed.
void Session::take_init(ByteView body) {
  const auto request = decode_body<InitRequest>(body, replies_.version());
  if (state_ == State::Start) {
    const ProtocolVersion version =
        std::min({request.version, options_.max_version, kLatestVersion});
    if (version == 0 || version < options_.min_version) return fail("no SFTP version in common");
    state_ = State::Ready;
    agree(version);
  }
  announce();
  if (reports_) report_init(request.version);
}

/// VERSION, its pairs in the order of mod_sftp.
void Session::announce() {
  const ProtocolVersion version = replies_.version();
  VersionReply reply{version};
  auto& pairs = reply.extensions.list;
  std::string versions;
  Buffer supported, acl, vendor;
  if (version >= ExtendedRequest::kVersions.since) {
    for (const ProtocolVersion v : selectable())
      versions.append(versions.empty() ? "" : ",").append(std::to_string(v));
    if (options_.extensions.on(ExtensionSwitch::VersionSelect))
      pairs.push_back({"versions", versions});
    if (version >= 4) pairs.push_back({"newline", "\n"});
    if (version == 5) pairs.push_back({"supported", describe_support(supported)});
    if (version == 6) {
      pairs.push_back({"supported2", describe_support(supported)});
      Writer(acl).u32(kAclSupported);
      pairs.push_back({"acl-supported", as_text(acl.view())});
      if (options_.names.local) pairs.push_back({"filename-charset", options_.names.local->name});
    }
    for (const AnnouncedRow& row : kAnnounced)
      if (options_.extensions.on(row.group))
        pairs.push_back({row.name, row.group == ExtensionSwitch::VendorId ? describe_vendor(vendor)
                                                                          : row.data});
  }
  replies_.send(0, reply);
}

std::string_view Session::describe_vendor(Buffer& room) const {
  const VendorId& own = options_.vendor;
  Writer w(room);
  encode_fields(w, VendorIdRequest{own.vendor, own.product, own.version, own.build},
                replies_.version());
  return as_text(room.view());
}

/// `supported` of -05 section 4.4, `supported2` of -13 section 5.4.
std::string_view Session::describe_support(Buffer& room) const {
  const ProtocolVersion version = replies_.version();
  const bool six = version >= 6;
  Writer w(room);
  w.u32(six ? kAttributesV6 : kAttributesV5);
  w.u32(six ? kBitsV6 : kBitsV5);
  w.u32(six ? kOpenFlagsV6 : kOpenFlagsV5);
  w.u32(kAccessMask);
  w.u32(kMaxData);
  std::vector<std::string_view> names;
  for (const ExtensionRow& row : extensions())
    if (has(row)) names.push_back(row.name);
  if (six) {
    put_u16(w, kBlockVector);
    put_u16(w, kBlockVector);
    w.u32(0);  // extensions of attributes
    w.u32(static_cast<std::uint32_t>(names.size()));
  }
  for (const std::string_view name : names) w.string(name);
  return as_text(room.view());
}

/// -13 section 5.5: only right behind VERSION, and only for what was offered; anything else ends
/// the session.
void Session::version_select(std::uint32_t id, const VersionSelectRequest& request) {
  ProtocolVersion version = 0;
  const char* end = request.version.data() + request.version.size();
  const auto parsed = std::from_chars(request.version.data(), end, version);
  const bool number = parsed.ec == std::errc() && parsed.ptr == end;
  const auto offered = selectable();
  if (!first_request_) {
    replies_.status(id, Status::Failure, "version-select must be the first request");
    return fail("version-select comes too late");
  }
  if (!number || std::ranges::find(offered, version) == offered.end()) {
    replies_.status(id, Status::Failure, "No such version is offered");
    return fail("version-select of a version that is not offered");
  }
  replies_.status(id, Status::Ok);
  agree(version);
}

}  // namespace ssh2core::sftp
