// Attributes of a file, neutral to the protocol version. The layouts of the versions are in
// attributes_codec.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ssh2core::sftp {

/// A point in time: seconds since 1970 (negative before) and 0..999,999,999 nanoseconds after it.
struct FileTime {
  std::int64_t seconds = 0;
  std::uint32_t nanoseconds = 0;
  bool operator==(const FileTime&) const = default;
};

/// An extended attribute pair of ATTRS; carried, never interpreted here.
struct ExtendedAttribute {
  std::string name, value;
};

/// What is known of a file, or what is to be set: an absent field is unknown or stays as it is.
struct Attributes {
  std::optional<std::uint64_t> size;        // bytes
  std::optional<std::uint64_t> allocation;  // bytes on disk
  std::optional<std::uint32_t> uid, gid;    // always both or none
  std::optional<std::string> owner, group;  // names, v4 and later; always both or none
  std::optional<std::uint32_t> mode;        // st_mode: file type bits included when known
  std::optional<FileTime> atime, mtime, ctime, createtime;
  std::optional<std::uint32_t> links;
  std::vector<ExtendedAttribute> extended;
};

}  // namespace ssh2core::sftp
