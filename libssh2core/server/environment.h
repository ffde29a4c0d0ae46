// Environment variables that a client asks for (RFC 4254 section 6.4).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ssh2core::server {

/// Longest name and value, and most variables of one session.
inline constexpr std::size_t kLongestVariable = 128, kLongestValue = 4096, kMostVariables = 64;

/// Whether a client may never set it, whatever the patterns say: what steers programs or the
/// loader, and all that we say ourselves (SFTP..., SSH...). Without case.
bool is_denied_variable(std::string_view name);

/// Whether one of the patterns, with * and ?, fits the name, and nothing denies it.
bool accepts_variable(const std::vector<std::string>& patterns, std::string_view name,
                      std::string_view value);

}  // namespace ssh2core::server
