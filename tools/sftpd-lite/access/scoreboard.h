// Who is logged in, in all processes of a listener: for limits and for the status.
#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ssh2core::tools {

/// One session that has logged in.
struct BoardEntry {
  pid_t pid;
  std::size_t host;  // the number of its host
  std::string user, address, class_name;
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

 private:
  struct Row {
    std::atomic<pid_t> pid;  // 0: free
    std::atomic<bool> filled;
    std::uint32_t host;
    std::array<char, kMostText + 1> user, address, class_name;
  };
  Row* rows_;
};

}  // namespace ssh2core::tools
