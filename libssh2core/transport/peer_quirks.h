// What real peers do otherwise than their documents say: one table, for servers and clients alike.
#pragma once

#include <string_view>

namespace ssh2core {

struct PeerQuirks {
  /// SYMLINK of SFTP 3 to 5 with the link first, as the draft has it; most peers have OpenSSH's
  /// order, the target first.
  bool symlink_link_first = false;
};

/// The quirks of the peer with this identification line ("SSH-2.0-...").
PeerQuirks quirks_of(std::string_view identification);

}  // namespace ssh2core
