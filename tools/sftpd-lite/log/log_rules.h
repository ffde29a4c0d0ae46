// Which events a log takes: the bits of --log-mask, and the channels of Trace.
#pragma once

#include <optional>
#include <string_view>

namespace ssh2core::tools {

/// Kinds of lines. The first eight are SafeTP's, files in the place of an unused one.
enum LogBit : unsigned {
  kLogErrors = 0x01,
  kLogWarnings = 0x02,
  kLogConnections = 0x04,  // and what the program itself has to say
  kLogHandOvers = 0x08,    // channels and their SFTP
  kLogDebugging = 0x10,
  kLogLogins = 0x20,  // lines with names of users
  kLogFiles = 0x40,
  kLogStamps = 0x80,  // not a kind: the date in front of each line
  kLogRequests = 0x100,
};
inline constexpr unsigned kAllLogBits = 0x1ff;

/// A mask as a decimal number, or hexadecimal with 0x; nullopt for anything else.
std::optional<unsigned> parse_log_mask(std::string_view text);

/// What Trace names; scp has none of its own yet.
enum class TraceChannel { Ssh2, Sftp, Scp };
/// The channel of a name; nullopt: none of ours.
std::optional<TraceChannel> find_trace_channel(std::string_view name);

/// Levels of one channel that are written: both 0 is nothing.
struct TraceLevels {
  unsigned least = 0, most = 0;
  bool take(unsigned level) const { return level <= most && level >= least; }
};
/// From this level on, single requests are told.
inline constexpr unsigned kTraceRequests = 10;

struct TraceRules {
  TraceLevels ssh2, sftp, scp;
  TraceLevels& of(TraceChannel channel);
  bool take(TraceChannel channel, unsigned level) const {
    return TraceRules(*this).of(channel).take(level);
  }
  bool any() const { return ssh2.most != 0 || sftp.most != 0 || scp.most != 0; }
  bool requests() const { return ssh2.most >= kTraceRequests || sftp.most >= kTraceRequests; }
};

}  // namespace ssh2core::tools
