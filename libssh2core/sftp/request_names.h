// The names by which requests are allowed and refused (as with OpenSSH's sftp-server -p and -P):
// lower case, extensions without the part from `@` on.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ssh2core::sftp {

/// The name of a row of the tables of requests and extensions.
std::string request_name(std::string_view row_name);
/// All names, requests first, then extensions, in the order of the tables.
std::vector<std::string> request_names();
bool is_request_name(std::string_view name);
/// The names that are not in `allowed`.
std::vector<std::string> all_requests_but(const std::vector<std::string>& allowed);

}  // namespace ssh2core::sftp
