// Transfers that are counted: asked for each file that is opened.
#pragma once

#include <memory>
#include <string>
#include <variant>

namespace ssh2core::sftp {

/// A transfer that counts as long as it lives.
class Transfer {
 public:
  virtual ~Transfer() = default;
};

/// Why there can be no further one.
struct TransferRefusal {
  std::string message;  // for the client
  std::string rule;     // for the log
};

class TransferGate {
 public:
  virtual ~TransferGate() = default;
  /// A file is about to be opened, to be read or written.
  virtual std::variant<std::unique_ptr<Transfer>, TransferRefusal> begin(bool writing,
                                                                         bool appending) = 0;
};

}  // namespace ssh2core::sftp
