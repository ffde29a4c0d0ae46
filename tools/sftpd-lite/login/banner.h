// The text that clients show before the login.
#pragma once

#include <string>
#include <string_view>

#include "tools/sftpd-lite/service.h"

namespace ssh2core::tools {

/// The largest file that is shown.
inline constexpr std::size_t kMostBannerFile = 16384;

/// A text as USERAUTH_BANNER carries it (RFC 4252 section 5.4): UTF-8, lines ending in CR LF, and
/// nothing that controls the client's terminal: `?` stands for it.
std::string to_banner(std::string_view text);

/// The text of a file as to_banner() makes it; empty when it cannot be read, or without a path.
std::string banner_of_file(const std::string& path);

/// Reads the banner that the options name. A file that will not do is no reason not to serve: there
/// is no banner then, and a finding.
void load_banner(Service& service, std::vector<Finding>& findings);

}  // namespace ssh2core::tools
