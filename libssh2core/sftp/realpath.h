// Paths as texts, for REALPATH of version 6.
#pragma once

#include <string>
#include <string_view>

namespace ssh2core::sftp {

/// `path` as seen from `base`: itself when it is absolute.
std::string joined(std::string_view base, std::string_view path);
/// An absolute path without `.`, `..`, doubled and trailing slashes; symlinks are not looked at.
std::string normalized(std::string_view absolute);

}  // namespace ssh2core::sftp
