// Values that the directives about files share. Not for users of the table.
#pragma once

#include "tools/sftpd-lite/directives/directives.h"

namespace ssh2core::tools {

/// user|group|class EXPRESSION, or nothing: everybody.
Complaint read_audience(Words words, Audience& audience);
/// A size in two words, like `40 Mb`: B, Kb, Mb, Gb, Tb by 1024.
std::optional<std::uint64_t> parse_size(const std::string& number, const std::string& unit);
/// A regular expression; with a `!` in front, where that is `invertible`, what it does not fit.
Complaint read_filter(std::string text, bool invertible, bool any_case, NameFilter& filter);
/// One or two words of octal bits: of files, of directories (else the same).
Complaint read_modes(Words words, std::optional<ModePair>& modes);

}  // namespace ssh2core::tools
