// The drivers of keyboard-interactive: dialogues that end in a decision.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "keys/totp.h"
#include "libssh2core/auth/authenticator.h"

namespace ssh2core::tools {

/// The names of all drivers that a chain may ask for.
inline constexpr std::string_view kPasswordDriver = "password", kTotpDriver = "totp",
                                  kPamDriver = "pam";

/// One question, whose answer `check` decides about.
std::unique_ptr<Conversation> ask_once(std::string prompt,
                                       std::function<AuthDecision(const Secret&)> check);

}  // namespace ssh2core::tools
