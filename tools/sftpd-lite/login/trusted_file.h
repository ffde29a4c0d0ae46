// Files that decide who gets in: read only when nobody else can have written them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "tools/common/files.h"

namespace ssh2core::tools {

/// Whether an account, beside root and our own, may own a file or a folder on the way to it.
using MayOwn = std::function<bool(uid_t)>;

/// Reads a regular file of at most `max_bytes`. The way is walked from the root; each step, and
/// each folder that a symlink on it lies in or leads through, is looked at as it was opened, so
/// that nothing can be put in between. The error names the first component that others can write or
/// that somebody else owns. Folders with the sticky bit that root owns (/tmp) will do. Never waits:
/// a FIFO is refused.
std::variant<FileContent, FileError> read_trusted_file(const std::string& path,
                                                       std::size_t max_bytes, const MayOwn& may_own,
                                                       std::string_view what);

/// Why a program must not be run: it must be the absolute path of a file that only root or we can
/// have written, likewise everything on the way to it; empty when it may. `what` names its use.
std::string untrusted_program(const std::string& path, std::string_view what);

}  // namespace ssh2core::tools
