#include "tools/sftpd-lite/access/front_door.h"

#include <fmt/format.h>

#include <random>
#include <utility>

#include "tools/sftpd-lite/access/login_outcome.h"

namespace ssh2core::tools {

void FrontDoor::set(PenaltySettings penalties, StartupSettings startups,
                    std::vector<Network> proxies) {
  startups.bits4 = penalties.bits4;
  startups.bits6 = penalties.bits6;
  penalties_.set(std::move(penalties));
  startups_.set(startups);
  proxies_ = std::move(proxies);
}

bool FrontDoor::is_proxy(const std::string& host) const {
  const auto address = parse_address(host);
  return address && any_holds(proxies_, *address);
}

Penalties::Over FrontDoor::penalty_over(const Tell& tell) const {
  return [&tell](const std::string& source, std::size_t count) {
    tell(fmt::format("penalty over source={} refused={}", source, count));
  };
}

Startups::Over FrontDoor::startups_over(const Tell& tell) const {
  return [&tell](const std::string& source, std::size_t count) {
    tell(source.empty() ? fmt::format("MaxStartups over refused={}", count)
                        : fmt::format("startups over source={} refused={}", source, count));
  };
}

std::optional<std::string> FrontDoor::judge(const std::string& host, Clock::Steady now,
                                            const Tell& tell) {
  const bool proxy = is_proxy(host);
  if (!proxy)
    if (auto why = penalties_.refusal(host, now, penalty_over(tell))) return why;
  return startups_.refusal(proxy ? "" : host, std::random_device()() % 100);
}

pid_t FrontDoor::make_room(const std::string& host, const Tell& tell) {
  std::string said;
  const auto pid = startups_.who_gives_way(is_proxy(host) ? "" : host, said);
  if (!said.empty()) tell(said);
  return gave_way_ = pid.value_or(0);
}

void FrontDoor::started(pid_t pid, const std::string& host) {
  startups_.opened(pid, is_proxy(host) ? "" : host);
}

bool FrontDoor::ended(pid_t pid, int status, const std::string& host, Clock::Steady now,
                      const Tell& tell) {
  doorbell_.clear(pid);
  startups_.closed(pid, startups_over(tell));
  const auto client = behind_proxy_.find(pid);
  if (client != behind_proxy_.end())
    penalties_.note(client->second, offence_of_status(status), now);
  else if (!is_proxy(host))
    penalties_.note(host, offence_of_status(status), now);
  if (client != behind_proxy_.end()) behind_proxy_.erase(client);
  return std::exchange(gave_way_, 0) != pid;
}

std::optional<std::string> FrontDoor::judge_client(pid_t pid, const std::string& address,
                                                   Clock::Steady now, const Tell& tell) {
  if (auto why = penalties_.refusal(address, now, penalty_over(tell))) return why;
  if (auto why = startups_.refusal_of_source(address)) return why;
  startups_.opened(pid, address);
  behind_proxy_[pid] = address;
  return std::nullopt;
}

void FrontDoor::answer(Clock::Steady now, const Tell& tell,
                       const std::function<void(const std::string&, const std::string&)>& refused) {
  doorbell_.answer([&](pid_t pid, const std::string& client) {
    const auto why = judge_client(pid, std::string(address_of_peer(client)), now, tell);
    if (why) refused(client, *why);
    return !why;
  });
}

bool FrontDoor::admits(const std::string& peer, const std::string& client) {
  constexpr std::chrono::seconds kPatience{5};
  return !is_proxy(std::string(address_of_peer(peer))) || doorbell_.ask(client, kPatience);
}

}  // namespace ssh2core::tools
