// Which extensions a session has: the names are those of mod_sftp's SFTPExtensions, and some of our
// own for what mod_sftp has not.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace ssh2core::sftp {

enum class ExtensionSwitch : std::uint8_t {
  CheckFile,
  CopyData,
  CopyFile,
  ExpandPath,
  Fsync,
  Hardlink,
  HomeDirectory,
  Limits,
  Lsetstat,
  Md5Hash,
  PosixRename,
  SpaceAvailable,
  Statvfs,
  TextSeek,
  TranslationControl,
  UserGroupNames,
  VendorId,
  VersionSelect,
  Xattr,
};

struct ExtensionSwitchRow {
  ExtensionSwitch which;
  std::string_view name;
  bool on = true;  // unless somebody says otherwise
};
inline constexpr auto kExtensionSwitches = std::to_array<ExtensionSwitchRow>({
    {ExtensionSwitch::CheckFile, "checkFile"},
    {ExtensionSwitch::CopyData, "copyData"},
    {ExtensionSwitch::CopyFile, "copyFile"},
    {ExtensionSwitch::ExpandPath, "expandPath"},
    {ExtensionSwitch::Fsync, "fsync"},
    {ExtensionSwitch::Hardlink, "hardlink"},
    {ExtensionSwitch::HomeDirectory, "homeDirectory"},
    {ExtensionSwitch::Limits, "limits"},
    {ExtensionSwitch::Lsetstat, "lsetstat"},
    {ExtensionSwitch::Md5Hash, "md5Hash"},
    {ExtensionSwitch::PosixRename, "posixRename"},
    {ExtensionSwitch::SpaceAvailable, "spaceAvailable"},
    {ExtensionSwitch::Statvfs, "statvfs"},
    {ExtensionSwitch::TextSeek, "textSeek"},
    {ExtensionSwitch::TranslationControl, "translationControl"},
    {ExtensionSwitch::UserGroupNames, "userGroupNames"},
    {ExtensionSwitch::VendorId, "vendorID", false},
    {ExtensionSwitch::VersionSelect, "versionSelect"},
    {ExtensionSwitch::Xattr, "xattr", false},
});

/// A switch for each extension; at first as the table has them.
class ExtensionSwitches {
 public:
  constexpr ExtensionSwitches() {
    for (const ExtensionSwitchRow& row : kExtensionSwitches) set(row.which, row.on);
  }
  constexpr bool on(ExtensionSwitch which) const { return (bits_ & bit(which)) != 0; }
  constexpr void set(ExtensionSwitch which, bool on) {
    bits_ = on ? bits_ | bit(which) : bits_ & ~bit(which);
  }
  bool operator==(const ExtensionSwitches&) const = default;

 private:
  static constexpr std::uint32_t bit(ExtensionSwitch which) {
    return std::uint32_t{1} << static_cast<unsigned>(which);
  }
  std::uint32_t bits_ = 0;
};

}  // namespace ssh2core::sftp
