#include "tools/sftpd-lite/log/log_rules.h"

#include <charconv>

#include "tools/sftpd-lite/directives/words.h"

namespace ssh2core::tools {

std::optional<unsigned> parse_log_mask(std::string_view text) {
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  if (hexadecimal) text.remove_prefix(2);
  unsigned mask = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), mask, hexadecimal ? 16 : 10);
  if (error != std::errc() || end != text.data() + text.size() || mask > kAllLogBits)
    return std::nullopt;
  return mask;
}

std::optional<TraceChannel> find_trace_channel(std::string_view name) {
  if (equal_without_case(name, "ssh2")) return TraceChannel::Ssh2;
  if (equal_without_case(name, "sftp")) return TraceChannel::Sftp;
  if (equal_without_case(name, "scp")) return TraceChannel::Scp;
  return std::nullopt;
}

TraceLevels& TraceRules::of(TraceChannel channel) {
  switch (channel) {
    case TraceChannel::Sftp:
      return sftp;
    case TraceChannel::Scp:
      return scp;
    case TraceChannel::Ssh2:
      break;
  }
  return ssh2;
}

}  // namespace ssh2core::tools
