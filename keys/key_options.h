// The options in front of a key in an OpenSSH list (sshd(8), AUTHORIZED_KEYS FILE FORMAT).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ssh2core::keys {

/// Where the options that a line begins with end: at the first blank outside double quotes. npos
/// when a quote is not closed.
std::size_t end_of_options(std::string_view line);

/// Why a key with these options must not be used: one sentence. nullopt when they are understood
/// and take nothing away from a server that only transfers files.
std::optional<std::string> option_problem(std::string_view options);

}  // namespace ssh2core::keys
