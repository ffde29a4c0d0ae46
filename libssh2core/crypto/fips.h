// FIPS mode: only approved algorithms, computed by OpenSSL's FIPS provider alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ssh2core {

struct FipsEntry {
  std::string_view name;  // as in KEXINIT, without -cert-v01@openssh.com
  bool approved;
  std::string_view why;  // the standard that approves it, or what is missing
};

/// The verdict on an algorithm's name of any kind; nullptr for a name that is in no table of ours.
/// The form of a key in a certificate is judged like the key.
const FipsEntry* find_fips_entry(std::string_view name);

/// Loads OpenSSL's provider `fips` for the whole process and takes all later algorithms from it.
/// Not to be undone; call before any algorithm is fetched. The answer says why it failed and what
/// to do.
std::optional<std::string> enable_fips();
/// Whether that was done, or OpenSSL's configuration says the same.
bool is_fips_enabled();

}  // namespace ssh2core
