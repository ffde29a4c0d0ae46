// Who is let in by the listener, beyond the limits of the accept loop: penalties, connections that
// have not logged in, and both for clients behind a proxy.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libssh2core/wire/clock.h"
#include "tools/sftpd-lite/access/doorbell.h"
#include "tools/sftpd-lite/access/penalties.h"
#include "tools/sftpd-lite/access/scoreboard.h"
#include "tools/sftpd-lite/access/startups.h"

namespace ssh2core::tools {

class FrontDoor {
 public:
  /// Hears what is worth a line in the log.
  using Tell = std::function<void(const std::string& text)>;

  /// `board` must outlive it. Throws std::system_error.
  explicit FrontDoor(const Scoreboard& board) : startups_([&board] { return board.processes(); }) {}
  /// `proxies` are those of all hosts. The settings may change.
  void set(PenaltySettings penalties, StartupSettings startups, std::vector<Network> proxies);

  // In the listener:
  /// As AcceptReport::judge.
  std::optional<std::string> judge(const std::string& host, Clock::Steady now, const Tell& tell);
  /// As AcceptReport::make_room.
  pid_t make_room(const std::string& host, const Tell& tell);
  void started(pid_t pid, const std::string& host);
  /// `status` is that of waitpid(2). False when we have ended it ourselves.
  bool ended(pid_t pid, int status, const std::string& host, Clock::Steady now, const Tell& tell);
  int descriptor() const { return doorbell_.descriptor(); }
  /// Answers what children ask; `refused` hears of each no.
  void answer(Clock::Steady now, const Tell& tell,
              const std::function<void(const std::string& peer, const std::string& why)>& refused);
  std::size_t penalties(Clock::Steady now) const { return penalties_.blocked(now); }

  // In a connection's process:
  /// Whether the client, "address:port", may come in that a peer has brought. Asked of a proxy's
  /// clients only; any other was judged before.
  bool admits(const std::string& peer, const std::string& client);
  /// No question follows.
  void close() { doorbell_.close(); }

 private:
  bool is_proxy(const std::string& host) const;
  Startups::Over startups_over(const Tell& tell) const;
  Penalties::Over penalty_over(const Tell& tell) const;
  std::optional<std::string> judge_client(pid_t pid, const std::string& address, Clock::Steady now,
                                          const Tell& tell);

  Penalties penalties_;
  Startups startups_;
  Doorbell doorbell_;
  std::vector<Network> proxies_;
  std::map<pid_t, std::string> behind_proxy_;  // addresses of clients
  pid_t gave_way_ = 0;
};

}  // namespace ssh2core::tools
