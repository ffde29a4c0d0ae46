// Lists of addresses as the option from= of a key has them (ssh_config(5), PATTERNS).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ssh2core::tools {

/// True when an address is on a comma-separated list of patterns: addresses in which `*` and `?`
/// stand for others, and networks as ADDRESS/BITS; one with `!` in front that fits rules the
/// address out. Host names never fit: they are not looked up.
bool address_matches(std::string_view patterns, std::string_view address);

/// The first of the patterns that only a host's name could fit, with its `!`; nullopt: none.
std::optional<std::string> host_name_in(std::string_view patterns);

}  // namespace ssh2core::tools
