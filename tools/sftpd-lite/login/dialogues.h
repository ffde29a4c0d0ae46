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

/// Codes of a TOTP file that opened something once, so that none does twice: kept in a file beside
/// the secrets, under a lock, for all processes and starts of the server.
class UsedCodes {
 public:
  explicit UsedCodes(std::string path) : path_(std::move(path)) {}
  /// Notes that the user showed the code of a time step. Returns why that must not count: it, or a
  /// later one, was shown before, or the file cannot be written; empty when it counts.
  std::string use(const std::string& user, std::uint64_t step) const;
  /// Whether the file can be made and written at all; empty, or a sentence.
  std::string problem() const;

 private:
  std::string path_;
};

}  // namespace ssh2core::tools
