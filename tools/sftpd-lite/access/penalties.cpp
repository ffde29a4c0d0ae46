#include "tools/sftpd-lite/access/penalties.h"

#include <fmt/format.h>

#include <algorithm>

namespace ssh2core::tools {

namespace {

constexpr std::chrono::seconds kCleaning{1};  // how often idle sources are looked for

std::chrono::seconds time_for(const PenaltySettings& settings, Offence offence) {
  switch (offence) {
    case Offence::NoAttempt:
      return settings.no_attempt;
    case Offence::AuthFailed:
      return settings.auth_failed;
    case Offence::GraceExceeded:
      return settings.grace_exceeded;
    case Offence::Crash:
      return settings.crash;
    case Offence::None:
      break;
  }
  return std::chrono::seconds(0);
}

std::string_view name_of_offence(Offence offence) {
  switch (offence) {
    case Offence::NoAttempt:
      return "connections without an attempt to log in";
    case Offence::AuthFailed:
      return "failed attempts to log in";
    case Offence::GraceExceeded:
      return "logins that took too long";
    case Offence::Crash:
      return "a session that crashed";
    case Offence::None:
      break;
  }
  return "";
}

}  // namespace

/// The network that counts as one source; nullopt for who is exempt or has no address.
std::optional<Address> Penalties::source_of(const std::string& address) const {
  const auto source = parse_address(address);
  if (!source || any_holds(settings_.exempt, *source)) return std::nullopt;
  return source_network(*source, settings_.bits4, settings_.bits6);
}

std::string Penalties::name_of(const Address& address) const {
  return network_text(address, settings_.bits4, settings_.bits6);
}

bool Penalties::is_idle(const Source& source, Clock::Steady now) const {
  return source.until <= now &&
         (source.connections.empty() || now - source.connections.back() >= settings_.window);
}

void Penalties::forget_idle(Clock::Steady now, const Over& over) {
  cleaned_ = now;
  for (auto at = sources_.begin(); at != sources_.end();) {
    Source& source = at->second;
    if (source.until <= now && source.told) {
      if (over) over(name_of(at->first), source.refused);
      source.told = false;
    }
    if (source.until <= now) source.kept_out = false, source.refused = 0;
    at = is_idle(source, now) ? sources_.erase(at) : std::next(at);
  }
}

/// When there is no room, the source that would be forgotten first goes.
Penalties::Source& Penalties::find_or_make(const Address& address, Clock::Steady now) {
  if (const auto at = sources_.find(address); at != sources_.end()) return at->second;
  if (sources_.size() >= settings_.max_sources) forget_idle(now, nullptr);
  if (sources_.size() >= settings_.max_sources)
    sources_.erase(
        std::ranges::min_element(sources_, {}, [](const auto& item) { return item.second.until; }));
  return sources_[address];
}

void Penalties::punish(Source& source, std::chrono::seconds time, std::string why,
                       Clock::Steady now) const {
  source.until = std::min(std::max(source.until, now) + time, now + settings_.most);
  if (source.until - now >= settings_.least) source.kept_out = true;
  source.why = std::move(why);
}

void Penalties::note(const std::string& address, Offence offence, Clock::Steady now) {
  const auto time = time_for(settings_, offence);
  const auto source = source_of(address);
  if (!settings_.on || !source || time.count() == 0) return;
  Source& one = find_or_make(*source, now);
  if (one.until <= now) one.kept_out = false;
  punish(one, time, std::string(name_of_offence(offence)), now);
}

std::optional<std::string> Penalties::refusal(const std::string& address, Clock::Steady now,
                                              const Over& over) {
  if (now - cleaned_ >= kCleaning) forget_idle(now, over);
  const auto source = source_of(address);
  if (!settings_.any() || !source) return std::nullopt;
  const auto known = sources_.find(*source);
  bool out = known != sources_.end() && known->second.kept_out && known->second.until > now;
  if (!out && settings_.connections != 0) {
    Source& one = find_or_make(*source, now);
    while (!one.connections.empty() && now - one.connections.front() >= settings_.window)
      one.connections.pop_front();
    one.connections.push_back(now);
    if (one.connections.size() > settings_.connections) {
      one.connections.clear();
      one.until = now + settings_.block;
      one.kept_out = out = true;
      one.why = fmt::format("more than {} connections in {} s", settings_.connections,
                            settings_.window.count());
    }
  }
  if (!out) return std::nullopt;
  Source& one = sources_[*source];
  ++one.refused;
  if (std::exchange(one.told, true)) return std::string();
  const auto left = std::chrono::ceil<std::chrono::seconds>(one.until - now);
  return fmt::format("penalty of {} s for {}: {}; further connections are only counted",
                     left.count(), name_of(*source), one.why);
}

std::size_t Penalties::blocked(Clock::Steady now) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      sources_, [&](const auto& item) { return item.second.kept_out && item.second.until > now; }));
}

}  // namespace ssh2core::tools
