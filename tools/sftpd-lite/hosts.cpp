#include "tools/sftpd-lite/hosts.h"

#include <fmt/format.h>

#include <algorithm>

#include "libssh2core/io/socket_name.h"
#include "tools/common/exit_code.h"

namespace ssh2core::tools {

Hosts::Hosts(const Options& options, Reread reread)
    : reread_(std::move(reread)), board_(std::make_shared<Scoreboard>()) {
  services_.push_back(std::make_unique<Service>(options));
  for (const Options& other : options.other_hosts)
    services_.push_back(std::make_unique<Service>(other));
}

std::vector<Finding> Hosts::prepare_all(bool create) {
  std::vector<Finding> all;
  for (auto& service : services_) {
    if (service != services_.front()) service->gate = services_.front()->gate;
    for (Finding& one : prepare(*service, create))
      if (std::ranges::find(all, one.text, &Finding::text) == all.end())
        all.push_back(std::move(one));
  }
  return all;
}

void Hosts::open_all_logs(Mode mode) {
  mode_ = mode;
  for (auto& service : services_) {
    open_logs(*service, mode);
    if (service != services_.front()) service->first_json_line = false;
  }
}

std::size_t Hosts::host_of(int fd) const {
  const io::SocketName local = io::local_name(fd);
  std::size_t by_port = 0;
  for (std::size_t i = 0; i < services_.size(); ++i) {
    const Options& o = services_[i]->options;
    for (const std::string& address : o.listen) {
      if (address == local.text()) return i;
      if (address == fmt::format("*:{}", local.port)) by_port = i;
    }
  }
  return by_port;
}

std::vector<std::string> Hosts::addresses() const {
  std::vector<std::string> all;
  for (const auto& service : services_)
    all.insert(all.end(), service->options.listen.begin(), service->options.listen.end());
  return all;
}

std::vector<io::ListeningSocket> Hosts::open_sockets() const {
  std::vector<io::ListeningSocket> sockets;
  const std::vector<std::string> all = addresses();
  if (all.empty()) return io::inherited_sockets();
  for (const std::string& address : all)
    for (auto& socket : io::listen_on(address)) sockets.push_back(std::move(socket));
  return sockets;
}

std::vector<Finding> Hosts::reload(std::vector<io::ListeningSocket>& sockets) {
  if (!reread_) return {{true, "the settings cannot be read again"}};
  try {
    const auto parsed = reread_();
    if (!std::holds_alternative<Options>(parsed)) return {{true, "the command line has changed"}};
    Hosts fresh(std::get<Options>(parsed));
    fresh.first().gate = first().gate;
    std::vector<Finding> findings = fresh.prepare_all(false);
    if (std::ranges::any_of(findings, &Finding::fatal)) return findings;
    fresh.open_all_logs(mode_);
    fresh.first().first_json_line = false;
    if (fresh.addresses() != addresses()) {
      // Closed first: an address that stays in another form would be taken.
      std::vector<io::ListeningSocket> before = std::move(sockets);
      before.clear();
      try {
        sockets = fresh.open_sockets();
      } catch (const io::ListenError& e) {
        sockets = open_sockets();
        return {{true, e.what()}};
      }
    }
    take_made_up(fresh.first(), first());
    services_ = std::move(fresh.services_);
    return findings;
  } catch (const ExitError& e) {
    return {{true, e.what()}};
  } catch (const io::ListenError& e) {
    return {{true, e.what()}};
  }
}

}  // namespace ssh2core::tools
