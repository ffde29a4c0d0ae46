// Traces as text for people.
#pragma once

#include <optional>

#include "libssh2core/capture/trace.h"

namespace ssh2core::tools {

class TraceText {
 public:
  /// One line; a KEXINIT takes several.
  std::string message(const TraceMessage& message);
  /// What was found in a session, after its messages.
  std::string session(const TraceSession& session) const;

 private:
  std::optional<Clock::Wall> first_;  // times are shown from here
};

}  // namespace ssh2core::tools
