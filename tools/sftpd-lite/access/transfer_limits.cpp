#include "tools/sftpd-lite/access/transfer_limits.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

namespace ssh2core::tools {

namespace {

class Counted final : public sftp::Transfer {
 public:
  Counted(Scoreboard& board, std::size_t row, TransferKind kind)
      : board_(board), row_(row), kind_(kind) {
    board_.count_transfer(row_, kind_, 1);
  }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() override { board_.count_transfer(row_, kind_, -1); }

 private:
  Scoreboard& board_;
  std::size_t row_;
  TransferKind kind_;
};

std::string with_number(std::string text, std::size_t number) {
  for (std::size_t at = text.find("%m"); at != std::string::npos; at = text.find("%m", at))
    text.replace(at, 2, std::to_string(number));
  return text;
}

}  // namespace

TransferCount::TransferCount(Scoreboard& board, const TransferLimits& limits, std::size_t host,
                             std::string_view user, std::string_view address)
    : board_(board),
      limits_(limits),
      host_(host),
      user_(user.substr(0, Scoreboard::kMostText)),
      address_(address.substr(0, Scoreboard::kMostText)),
      row_(board.row_of(getpid())) {}

std::size_t TransferCount::running(const TransferLimit& limit, bool of_user) const {
  std::size_t count = 0;
  for (const BoardEntry& one : board_.entries()) {
    if (one.host != host_ || (of_user ? one.user != user_ : one.address != address_)) continue;
    for (const TransferKind kind : limit.kinds)
      count += one.transfers[static_cast<std::size_t>(kind)];
  }
  return count;
}

/// The transfer that is asked for is counted already.
std::optional<sftp::TransferRefusal> TransferCount::refusal(TransferKind kind) const {
  for (const bool of_user : {false, true})
    for (const TransferLimit& limit : of_user ? limits_.per_user : limits_.per_host) {
      if (limit.most == 0 || std::ranges::find(limit.kinds, kind) == limit.kinds.end()) continue;
      if (running(limit, of_user) <= limit.most) continue;
      const std::string_view name = of_user ? "MaxTransfersPerUser" : "MaxTransfersPerHost";
      const std::string_view whose = of_user ? "user" : "host";
      const std::string message =
          !limit.message.empty()
              ? limit.message
              : fmt::format(
                    "Sorry, the maximum number of data transfers (%m) from this {} are "
                    "currently being used.",
                    whose);
      return sftp::TransferRefusal{with_number(message, limit.most),
                                   fmt::format("{} {} is reached", name, limit.most)};
    }
  return std::nullopt;
}

/// Counted first and judged then: of two processes that come at once none can overlook the other.
std::variant<std::unique_ptr<sftp::Transfer>, sftp::TransferRefusal> TransferCount::begin(
    bool writing, bool appending) {
  const TransferKind kind = appending ? TransferKind::Append
                            : writing ? TransferKind::Store
                                      : TransferKind::Retrieve;
  // Who is not on the board has not been let in.
  if (!row_) return sftp::TransferRefusal{"", "the session is not on the list"};
  auto counted = std::make_unique<Counted>(board_, *row_, kind);
  if (auto why = refusal(kind)) return std::move(*why);
  return counted;
}

}  // namespace ssh2core::tools
