// The secrets of key exchanges as lines of a key log, which Wireshark reads (ssh.keylog_file).
#pragma once

#include <functional>
#include <string>

#include "libssh2core/transport/taps.h"

namespace ssh2core {

class KeyLogWriter final : public KeyLog {
 public:
  /// `sink` takes each line, without its end.
  explicit KeyLogWriter(std::function<void(std::string_view line)> sink) : sink_(std::move(sink)) {}
  /// Two lines an exchange: `COOKIE PRIVATE`, the one form that Wireshark 4.0 knows, and `COOKIE
  /// SHARED_SECRET K`, which serves every method (later Wiresharks, our own tools); all in hex.
  void on_key_exchange(const std::array<std::uint8_t, 16>& cookie, const Secret& private_key,
                       const Secret& shared) override;

 private:
  std::function<void(std::string_view)> sink_;
};

}  // namespace ssh2core
