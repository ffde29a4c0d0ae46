#include "tools/common/instant.h"

#include <fmt/format.h>

#include <ctime>

namespace ssh2core::tools {

std::string instant_text(Clock::Wall time) {
  const auto micros =
      std::chrono::floor<std::chrono::microseconds>(time.time_since_epoch()).count();
  const std::int64_t fraction = (micros % 1000000 + 1000000) % 1000000;
  const std::time_t seconds = (micros - fraction) / 1000000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     fraction);
}

}  // namespace ssh2core::tools
