// All hosts that one program serves, and how they are replaced while it runs.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
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
  /// The host that a connection came to, by the socket that was opened for it, or, when another
  /// program has accepted it, by the addresses of the configuration. nullopt: none is there for it.
  std::optional<std::size_t> host_of(int fd) const;
  Scoreboard& board() { return *board_; }
  /// In a process that serves somebody who is in: wipes what others are checked against.
  void forget_credentials();

  /// Opens the sockets of all hosts. Throws io::ListenError.
  std::vector<io::ListeningSocket> open_sockets();
  /// Reads everything again and, when nothing is wrong with it, serves new connections by it.
  /// `sockets` keeps those that stay. What happened, a sentence each; fatal ones: nothing changed.
  std::vector<Finding> reload(std::vector<io::ListeningSocket>& sockets);

 private:
  std::optional<std::size_t> host_with(const std::string& address) const;
  /// The host that listened at the same addresses before; nullptr: none.
  Service* predecessor_of(const Service& fresh) const;
  std::vector<std::string> addresses() const;

  std::vector<std::unique_ptr<Service>> services_;
  std::map<std::string, std::string> bound_;  // "address:port" of a socket: as the settings say it
  Reread reread_;
  std::shared_ptr<Scoreboard> board_;
  Mode mode_ = Mode::Listen;
};

}  // namespace ssh2core::tools
