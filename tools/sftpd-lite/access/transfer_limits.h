// MaxTransfersPerHost and MaxTransfersPerUser: how many files may be open at once, in all sessions.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libssh2core/sftp/transfers.h"
#include "tools/sftpd-lite/access/scoreboard.h"

namespace ssh2core::tools {

/// One line of a configuration.
struct TransferLimit {
  std::vector<TransferKind> kinds;  // that count together
  std::size_t most = 0;             // 0: no limit
  std::string message;              // with %m for the limit; empty: ProFTPD's
};

struct TransferLimits {
  std::vector<TransferLimit> per_host, per_user;
  bool any() const { return !per_host.empty() || !per_user.empty(); }
};

/// The transfers of one session. The board and the limits must outlive it.
class TransferCount final : public sftp::TransferGate {
 public:
  /// `host` and `address` are those of the session's entry in the board.
  TransferCount(Scoreboard& board, const TransferLimits& limits, std::size_t host,
                std::string_view user, std::string_view address);
  std::variant<std::unique_ptr<sftp::Transfer>, sftp::TransferRefusal> begin(
      bool writing, bool appending) override;

 private:
  /// How many of these run, in sessions of the user or of the address.
  std::size_t running(const TransferLimit& limit, bool of_user) const;
  std::optional<sftp::TransferRefusal> refusal(TransferKind kind) const;

  Scoreboard& board_;
  const TransferLimits& limits_;
  std::size_t host_;
  std::string user_, address_;
  std::optional<std::size_t> row_;
};

}  // namespace ssh2core::tools
