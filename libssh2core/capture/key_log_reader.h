// A key log: the secrets of key exchanges, by the cookies of their KEXINITs. Ours and Wireshark's
// (ssh.keylog_file) forms of lines:
//   COOKIE PRIVATE               an ephemeral private key, of the side whose cookie it is
//   COOKIE PRIVATE_KEY PRIVATE   the same
//   COOKIE SHARED_SECRET K       the shared secret, under either side's cookie
// all in hex, numbers big-endian. Empty lines and lines that begin with # mean nothing.
#pragma once

#include <array>
#include <map>
#include <vector>

#include "libssh2core/crypto/secret.h"

namespace ssh2core {

class KeyLogReader {
 public:
  using Cookie = std::array<std::uint8_t, 16>;
  enum class Kind { PrivateKey, SharedSecret };
  struct Entry {
    Kind kind;
    Secret secret;
  };
  /// Lines that are none of the forms; their text is not kept, as it may be a secret.
  struct Problem {
    std::size_t line = 0;  // 1 for the first
    std::string what;
  };

  /// Takes the next line, without its end. A log may grow while it is read: take lines as they
  /// come.
  void read_line(std::string_view line);
  /// Takes all lines of a text.
  void read(std::string_view text);
  /// What is known under a cookie, in the order of the log; nullptr: nothing.
  const std::vector<Entry>* find(const Cookie& cookie) const;
  const std::vector<Problem>& problems() const { return problems_; }
  /// Secrets read.
  std::size_t size() const { return size_; }

 private:
  std::map<Cookie, std::vector<Entry>> entries_;
  std::vector<Problem> problems_;
  std::size_t lines_ = 0, size_ = 0;
};

}  // namespace ssh2core
