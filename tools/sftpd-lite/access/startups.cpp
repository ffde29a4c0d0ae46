#include "tools/sftpd-lite/access/startups.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ssh2core::tools {

std::string Startups::Burst::refuse(std::string why) {
  ++refused;
  return std::exchange(told, true) ? std::string() : std::move(why);
}

void Startups::set(const StartupSettings& settings) {
  const bool same = settings.bits4 == settings_.bits4 && settings.bits6 == settings_.bits6;
  settings_ = settings;
  if (same) return;
  // Sources of another size: those who are there count for the whole, but for no source.
  for (auto& [pid, one] : waiting_) one.source.reset();
  sources_.clear();
}

std::optional<Address> Startups::source_of(const std::string& address) const {
  const auto parsed = parse_address(address);
  if (!parsed) return std::nullopt;
  return source_network(*parsed, settings_.bits4, settings_.bits6);
}

std::size_t Startups::waiting_of(const std::optional<Address>& source) const {
  const auto at = source ? sources_.find(*source) : sources_.end();
  return at == sources_.end() ? 0 : at->second.waiting;
}

void Startups::forget(pid_t pid) {
  const auto at = waiting_.find(pid);
  if (at == waiting_.end()) return;
  const auto& address = at->second.source;
  if (const auto source = address ? sources_.find(*address) : sources_.end();
      source != sources_.end()) {
    --source->second.waiting;
    if (source->second.waiting == 0 && !source->second.burst.told) sources_.erase(source);
  }
  waiting_.erase(at);
}

void Startups::forget_logged_in() {
  for (const pid_t pid : logged_in_()) forget(pid);
}

/// As sshd reckons, but for those who come for the first time.
bool Startups::is_drop(std::size_t own, unsigned roll) const {
  const std::size_t count = waiting_.size();
  if (settings_.start == 0 || count < settings_.start) return false;
  if (count >= settings_.full) return true;
  if (own == 0) return false;
  const std::size_t more = (100 - settings_.rate) * (count - settings_.start);
  return roll < settings_.rate + more / (settings_.full - settings_.start);
}

bool Startups::is_source_full(std::size_t own) const {
  return settings_.per_source != 0 && own >= settings_.per_source;
}

std::optional<std::string> Startups::refusal(const std::string& address, unsigned roll) {
  const auto source = source_of(address);
  const auto fits = [&] {
    const std::size_t own = waiting_of(source);
    return !is_source_full(own) && !is_drop(own, roll);
  };
  if (fits()) return std::nullopt;
  forget_logged_in();
  if (fits()) return std::nullopt;
  if (is_source_full(waiting_of(source))) return refusal_of_source(address);
  return burst_.refuse(
      fmt::format("MaxStartups {}:{}:{}: {} connections have not logged in; further ones are only "
                  "counted",
                  settings_.start, settings_.rate, settings_.full, waiting_.size()));
}

std::optional<std::string> Startups::refusal_of_source(const std::string& address) {
  const auto source = source_of(address);
  if (!is_source_full(waiting_of(source))) return std::nullopt;
  forget_logged_in();
  const std::size_t own = waiting_of(source);
  if (!is_source_full(own)) return std::nullopt;
  return sources_[*source].burst.refuse(fmt::format(
      "PerSourceMaxStartups {}: so many connections of {} have not logged in; further ones are "
      "only counted",
      settings_.per_source, network_text(*source, settings_.bits4, settings_.bits6)));
}

std::optional<pid_t> Startups::who_gives_way(const std::string& address, std::string& said) {
  forget_logged_in();
  const std::size_t own = waiting_of(source_of(address));
  const auto most =
      std::ranges::max_element(sources_, {}, [](const auto& item) { return item.second.waiting; });
  if (most == sources_.end() || most->second.waiting <= own + 1) return std::nullopt;
  std::optional<pid_t> oldest;
  for (const auto& [pid, one] : waiting_)
    if (one.source == most->first && (!oldest || one.number < waiting_[*oldest].number))
      oldest = pid;
  said = most->second.burst.refuse(fmt::format(
      "all {} places are taken: {} connections of {} have not logged in, and give way to others; "
      "further ones are only counted",
      settings_.places, most->second.waiting,
      network_text(most->first, settings_.bits4, settings_.bits6)));
  return oldest;
}

void Startups::opened(pid_t pid, const std::string& address) {
  const auto source = source_of(address);
  forget(pid);
  waiting_[pid] = {source, next_number_++};
  if (source) ++sources_[*source].waiting;
}

/// A burst is over when half of the places are free again: at the limit itself it would begin anew
/// with each connection that goes.
void Startups::closed(pid_t pid, const Over& over) {
  const auto at = waiting_.find(pid);
  const auto source = at == waiting_.end() ? std::nullopt : at->second.source;
  const std::size_t most = settings_.per_source != 0 ? settings_.per_source : settings_.places;
  forget(pid);
  if (const auto known = source ? sources_.find(*source) : sources_.end();
      known != sources_.end() && known->second.burst.told && known->second.waiting <= most / 2) {
    if (over)
      over(network_text(*source, settings_.bits4, settings_.bits6), known->second.burst.refused);
    known->second.burst = {};
    if (known->second.waiting == 0) sources_.erase(known);
  }
  if (burst_.told && waiting_.size() <= settings_.start / 2) {
    if (over) over("", burst_.refused);
    burst_ = {};
  }
}

}  // namespace ssh2core::tools
