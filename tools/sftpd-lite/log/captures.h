// The debugging taps of a session: --keylog and --pcap.
#pragma once

#include <memory>
#include <string>

#include "libssh2core/capture/key_log_writer.h"
#include "libssh2core/capture/pcap_writer.h"
#include "libssh2core/io/descriptor.h"
#include "tools/sftpd-lite/options.h"

namespace ssh2core::tools {

class Captures {
 public:
  /// Opens what the options name: the key log is appended to, each session has a capture of its
  /// own, FILE.SESSION.pcap. Both with mode 0600. `socket` gives the addresses; on pipes made-up
  /// ones of the documentation range stand in. Throws ExitError when a file cannot be opened.
  Captures(const Options& options, const std::string& session, int socket, const Clock& clock);
  KeyLog* key_log() { return key_log_.get(); }
  PacketTap* packet_tap() { return pcap_.get(); }

 private:
  io::Descriptor key_log_file_, pcap_file_;
  std::unique_ptr<KeyLogWriter> key_log_;
  std::unique_ptr<PcapWriter> pcap_;
};

}  // namespace ssh2core::tools
