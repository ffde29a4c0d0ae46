// /etc/ftpusers: who may not log in, a name a line.
#pragma once

#include <string>

namespace ssh2core::tools {

inline constexpr const char* kFtpUsers = "/etc/ftpusers";

/// Why the user may not log in by the file: it has the name, or is there and cannot be read, which
/// keeps everybody out. Empty: the user may, or there is no such file.
std::string ftpusers_refusal(const std::string& path, const std::string& user);
/// What keeps everybody out, and what to do; empty when nothing does.
std::string ftpusers_problem(const std::string& path);

}  // namespace ssh2core::tools
