// What real peers do otherwise than their documents say: one table, for servers and clients alike.
#pragma once

#include <cstddef>
#include <string_view>

namespace ssh2core {

struct PeerQuirks {
  /// SYMLINK of SFTP 3 to 5 with the link first, as the draft has it; most peers have OpenSSH's
  /// order, the target first.
  bool symlink_link_first = false;
  /// Reads the booleans at the end of DATA and NAME of SFTP 6. They may be left out, and phpseclib
  /// takes the one of DATA for data, Erlang waits for ever.
  bool takes_end_flags = false;
  /// Ends when it is told of all host keys after the login.
  bool no_host_key_rotation = false;
  /// Cannot take a banner before the login.
  bool no_auth_banner = false;
  /// Cannot exchange keys a second time; our limits do not ask for it.
  bool no_rekey = false;
  /// Cannot take IGNORE: no traffic policy for it.
  bool no_ignore = false;
  /// No client at all; nobody answers it.
  bool scanner = false;
};

/// The quirks of the peer with this identification line ("SSH-2.0-..." or "SSH-1.99-..."). Comments
/// behind the first blank do not count. The first row that fits is taken.
PeerQuirks quirks_of(std::string_view identification);

/// For the tests: how many rows there are, and the quirks of row `index` with what it fits.
struct QuirkRow {
  std::string_view pattern, source;
  PeerQuirks quirks;
};
std::size_t quirk_rows();
QuirkRow quirk_row(std::size_t index);

}  // namespace ssh2core
