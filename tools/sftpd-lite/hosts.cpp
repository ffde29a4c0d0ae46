#include "tools/sftpd-lite/hosts.h"

#include <fmt/format.h>

#include <algorithm>

#include "libssh2core/io/socket_name.h"
#include "tools/common/exit_code.h"
#include "tools/sftpd-lite/login/credentials.h"
#include "tools/sftpd-lite/login/freed_memory.h"

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

namespace {

/// The names under which a connection's socket may have been opened, the narrowest first. A socket
/// for IPv6 may take IPv4 too, when it was inherited.
std::vector<std::string> names_of(const io::SocketName& local) {
  std::vector<std::string> names{local.text(), fmt::format("[::]:{}", local.port)};
  if (local.host.find(':') == std::string::npos)
    names.insert(names.begin() + 1, fmt::format("0.0.0.0:{}", local.port));
  return names;
}

}  // namespace

std::optional<std::size_t> Hosts::host_with(const std::string& address) const {
  for (std::size_t i = 0; i < services_.size(); ++i) {
    const auto& all = services_[i]->options.listen;
    if (std::ranges::find(all, address) != all.end()) return i;
  }
  return std::nullopt;
}

std::optional<std::size_t> Hosts::host_of(int fd) const {
  const io::SocketName local = io::local_name(fd);
  if (services_.size() == 1 || local.host.empty()) return 0;
  const std::vector<std::string> names = names_of(local);
  for (const std::string& name : names)
    if (const auto at = bound_.find(name); at != bound_.end()) return host_with(at->second);
  if (!bound_.empty()) return std::nullopt;
  for (const std::string& name : names)
    for (const std::string& address : addresses()) {
      const auto resolved = io::resolved_names(address);
      if (std::ranges::find(resolved, name) != resolved.end()) return host_with(address);
    }
  return std::nullopt;
}

Service* Hosts::predecessor_of(const Service& fresh) const {
  const auto at = std::ranges::find_if(
      services_, [&](const auto& one) { return one->options.listen == fresh.options.listen; });
  return at == services_.end() ? nullptr : at->get();
}

std::vector<std::string> Hosts::addresses() const {
  std::vector<std::string> all;
  for (const auto& service : services_)
    all.insert(all.end(), service->options.listen.begin(), service->options.listen.end());
  return all;
}

void Hosts::forget_credentials() {
  for (auto& service : services_) tools::forget_credentials(*service);
  wipe_small_freed_memory();
  wipe_what_is_freed(false);
}

std::vector<io::ListeningSocket> Hosts::open_sockets() {
  std::vector<io::ListeningSocket> sockets;
  bound_.clear();
  if (addresses().empty()) return io::inherited_sockets();
  for (const std::string& address : addresses())
    for (auto& socket : io::listen_on(address)) {
      bound_.emplace(io::local_name(socket.fd.get()).text(), address);
      sockets.push_back(std::move(socket));
    }
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
    for (const auto& service : fresh.services_)
      if (needs_new_login(*service, predecessor_of(*service)))
        findings.push_back({true, "the new settings name neither keys nor passwords"});
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
      bound_ = std::move(fresh.bound_);
    }
    for (const auto& service : fresh.services_)
      if (Service* before = predecessor_of(*service)) take_made_up(*service, *before);
    services_ = std::move(fresh.services_);
    return findings;
  } catch (const ExitError& e) {
    return {{true, e.what()}};
  } catch (const io::ListenError& e) {
    return {{true, e.what()}};
  }
}

}  // namespace ssh2core::tools
