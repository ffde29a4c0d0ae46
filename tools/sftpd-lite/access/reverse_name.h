// The name of a client by DNS.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace ssh2core::tools {

/// How long a client waits for its name at most.
inline constexpr std::chrono::milliseconds kLongestLookup{3000};

/// The name of a numeric address that leads back to the same address, by the system's resolver;
/// blocks as long as that takes. nullopt: there is none.
std::optional<std::string> confirmed_name(const std::string& address);

/// The same in a process of its own, which is ended when the time is over; `look_up` stands in for
/// confirmed_name() in tests.
std::optional<std::string> reverse_name(
    const std::string& address, std::chrono::milliseconds limit = kLongestLookup,
    const std::function<std::optional<std::string>(const std::string&)>& look_up = confirmed_name);

}  // namespace ssh2core::tools
