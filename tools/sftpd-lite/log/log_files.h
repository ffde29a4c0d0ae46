// Where a log may lie.
#pragma once

#include <optional>
#include <string>

#include "libssh2core/io/descriptor.h"

namespace ssh2core::tools {

/// Why nothing may be logged to this path, in one sentence: it is a symlink and those are not
/// allowed, is no file, or others could put something else in its place.
std::optional<std::string> log_path_fault(const std::string& path, bool allow_symlinks);

/// Opens a log for appending, made with mode 0640, when log_path_fault() has nothing against it.
/// Throws ExitError (usage).
io::Descriptor open_log(const std::string& path, bool allow_symlinks);

}  // namespace ssh2core::tools
