// Patterns in the paths that a client wants, as csh and glob(3) have them. The search is bounded:
// in what it looks at, and in what it finds.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libssh2core/scp/command.h"
#include "libssh2core/sftp/file_system.h"

namespace ssh2core::scp {

/// Whether a name fits a pattern without slashes: * any bytes, ? one character (of UTF-8 where the
/// name is that), [a-z] and [!a-z] one of a set; a backslash takes the meaning of the next
/// character. A dot in front of a name is only matched by a dot.
bool matches(std::string_view pattern, std::string_view name);

/// The words that braces make of a pattern, in their order: `a{b,c}` is `ab` and `ac`. `{}` and
/// braces without a partner stand for themselves. Nothing: they would be too many.
std::optional<std::vector<std::string>> expand_braces(std::string_view pattern);

/// Paths that a word names, those of each alternative of its braces sorted. Alternatives without a
/// wildcard are named whether there is such a file or not. Nothing: there is too much to look at or
/// to name.
std::optional<std::vector<std::string>> expand(sftp::FileSystem& files, const Word& word);

}  // namespace ssh2core::scp
