// All hosts that one program serves, and how they are replaced while it runs.
#pragma once

#include <functional>
#include <memory>
#include <variant>
#include <vector>

#include "libssh2core/io/listener.h"
#include "tools/sftpd-lite/access/scoreboard.h"
#include "tools/sftpd-lite/service.h"

namespace ssh2core::tools {

class Hosts {
 public:
  /// Reads the settings again, as the program's start did.
  using Reread = std::function<std::variant<Options, int>()>;
  explicit Hosts(const Options& options, Reread reread = nullptr);

  /// prepare() for each host.
  std::vector<Finding> prepare_all(bool create);
  void open_all_logs(Mode mode);
  Service& first() { return *services_.front(); }
  std::size_t size() const { return services_.size(); }
  Service& at(std::size_t number) { return *services_[number]; }
  /// The host that a connection came to, by its local address; the first when none says so.
  std::size_t host_of(int fd) const;
  Scoreboard& board() { return *board_; }

  /// The sockets of all hosts. Throws io::ListenError.
  std::vector<io::ListeningSocket> open_sockets() const;
  /// Reads everything again and, when nothing is wrong with it, serves new connections by it.
  /// `sockets` keeps those that stay. What happened, a sentence each; fatal ones: nothing changed.
  std::vector<Finding> reload(std::vector<io::ListeningSocket>& sockets);

 private:
  std::vector<std::string> addresses() const;

  std::vector<std::unique_ptr<Service>> services_;
  Reread reread_;
  std::shared_ptr<Scoreboard> board_;
  Mode mode_ = Mode::Listen;
};

}  // namespace ssh2core::tools
