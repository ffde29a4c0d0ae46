// The host keys that are known, from a file of `HOST TYPE BASE64` lines: what WinSCP keeps as its
// cache of host keys.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libssh2core/transport/host_keys.h"

namespace ssh2core::winscp {

class KnownHosts final : public HostKeyVerifier {
 public:
  /// Takes the lines of `path` for the host; an empty path accepts any key. Names that are hashed,
  /// patterns and lines with markers are passed over. Throws Failure when it cannot be read.
  KnownHosts(const std::string& path, const std::string& host, const std::string& port);

  bool accept(std::string_view algorithm, const PublicKey& key) override;
  /// The types of the keys known.
  const NameList& types() const { return types_; }

 private:
  bool any_ = false;
  NameList types_;
  std::vector<Bytes> blobs_;
};

}  // namespace ssh2core::winscp
