#pragma once
#include "libssh2core/transport/taps.h"
#include "tools/sftpd-lite/options.h"
namespace ssh2core::tools {
class Captures {
 public:
  Captures(const Options&, const std::string&, int) {}
  KeyLog* key_log() { return nullptr; }
  PacketTap* packet_tap() { return nullptr; }
};
}  // namespace ssh2core::tools
