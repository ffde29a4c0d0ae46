// Values that directives share. Not for users of the table.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "tools/sftpd-lite/directives/directives.h"

namespace ssh2core::tools {

/// The longest time that a setting takes: a year.
inline constexpr std::chrono::seconds kLongestTime{31'536'000};

/// A decimal number from `least` to `most`; nullopt for anything else.
std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t least,
                                          std::uint64_t most);
/// A time as ProFTPD takes it: seconds, `hh:mm:ss`, or a number with h, hr, m, min, s or sec.
/// nullopt for anything else and for more than kLongestTime.
std::optional<std::chrono::seconds> parse_time(std::string_view text);
/// Permission bits as up to four octal digits.
std::optional<mode_t> parse_mode(std::string_view text);

/// on or off (also yes, no, true, false, 1, 0, as ProFTPD takes them), alone.
Complaint set_switch(Words words, bool& value);
/// `N|none`, and a message for FTP clients, which SSH has no place for; none is 0.
Complaint set_count(Words words, std::size_t& count);
/// One time.
Complaint set_time(Words words, std::chrono::seconds& time);

}  // namespace ssh2core::tools
