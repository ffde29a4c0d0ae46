#include "libssh2core/transport/peer_quirks.h"

#include <array>

namespace ssh2core {

namespace {

struct QuirkEntry {
  std::string_view software;  // the beginning of the software version
  PeerQuirks quirks;
  std::string_view source;
};

constexpr auto kEntries = std::to_array<QuirkEntry>({
    {"AsyncSSH_",
     {.symlink_link_first = true},
     "AsyncSSH 2.10 against this server: OpenSSH's order only when the server's name has OpenSSH"},
    {"libssh_",
     {.symlink_link_first = true},
     "libssh 0.10.6 against this server: OpenSSH's order only when the server is OpenSSH"},
    {"phpseclib_",
     {.symlink_link_first = true},
     "phpseclib 2.0.42 and 3.0.19 against this server: OpenSSH's order only when it is OpenSSH"},
    {"ssh2js",
     {.symlink_link_first = true},
     "ssh2 (npm) 1.17.0 against this server: OpenSSH's order only when the server is OpenSSH"},
    {"WinSCP_release_",
     {.symlink_link_first = true},
     "WinSCP 6 source: OpenSSH's order only for servers named OpenSSH or mod_sftp"},
});

}  // namespace

PeerQuirks quirks_of(std::string_view identification) {
  constexpr std::string_view kPrefix = "SSH-2.0-";
  if (!identification.starts_with(kPrefix)) return {};
  identification.remove_prefix(kPrefix.size());
  for (const QuirkEntry& entry : kEntries)
    if (identification.starts_with(entry.software)) return entry.quirks;
  return {};
}

}  // namespace ssh2core
