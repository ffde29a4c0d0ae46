// Who is logged in, in all processes of a listener: for limits and for the status.
#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ssh2core::tools {

/// What is transferred, by ProFTPD's commands: RETR, STOR, APPE.
enum class TransferKind { Retrieve, Store, Append };
inline constexpr std::size_t kTransferKinds = 3;

/// One session that has logged in.
struct BoardEntry {
  pid_t pid;
  std::size_t host;  // the number of its host
  std::string user, address, class_name;
  std::array<std::uint32_t, kTransferKinds> transfers = {};  // that run now, by kind
};

/// Memory that the listener and its children share. Each child writes its own row only, and nothing
/// waits: a child that dies leaves a row that the listener clears. Texts are cut to their rows.
class Scoreboard {
 public:
  static constexpr std::size_t kRows = 4096;
  static constexpr std::size_t kMostText = 63;  // that is kept of a name
  /// Throws std::system_error.
  Scoreboard();
  Scoreboard(const Scoreboard&) = delete;
  Scoreboard& operator=(const Scoreboard&) = delete;
  ~Scoreboard();
  /// Adds this process; false when all rows are taken.
  bool enter(const BoardEntry& entry);
  /// Takes a process out.
  void leave(pid_t pid);
  std::vector<BoardEntry> entries() const;
  /// The processes of all entries.
  std::vector<pid_t> processes() const;
  /// The place of a process, valid until leave().
  std::optional<std::size_t> row_of(pid_t pid) const;
  /// A transfer of the process at this place begins or ends (`change` 1 or -1).
  void count_transfer(std::size_t row, TransferKind kind, int change);

 private:
  struct Row {
    std::atomic<pid_t> pid;  // 0: free
    std::atomic<bool> filled;
    std::uint32_t host;
    std::array<char, kMostText + 1> user, address, class_name;
    std::array<std::atomic<std::uint32_t>, kTransferKinds> transfers;
  };
  Row* rows_;
};

}  // namespace ssh2core::tools
