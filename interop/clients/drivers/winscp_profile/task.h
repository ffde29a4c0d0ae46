// What the driver is told on stdin: lines `NAME VALUE`, then `step VERB ARGUMENT...`, every value
// and argument percent-encoded (see interop/clients/driver.py).
#pragma once

#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "libssh2core/crypto/secret.h"

namespace ssh2core::winscp {

struct Step {
  std::string verb;
  std::vector<std::string> words;
};

struct Task {
  std::string host, port = "22", user, base = "/";
  std::string key;          // path of the private key; empty: none
  std::string known_hosts;  // path; empty: any host key is accepted
  std::optional<Secret> password;
  std::optional<std::uint64_t> rekey_bytes;
  std::optional<std::uint32_t> sftp_version;           // SFTPMaxVersion
  std::optional<NameList> kex, host_key, cipher, mac;  // in place of WinSCP's own lists
  std::vector<Step> steps;
};

/// Throws Failure for a line that makes no sense. Names that are not known are passed over.
Task read_task(std::istream& in);

/// The text with each byte outside of [A-Za-z0-9_.~/-] as %XX.
std::string escape(std::string_view text);

}  // namespace ssh2core::winscp
