// What has been shown of one-time passwords: none opens anything twice, and nobody guesses fast.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace ssh2core::tools {

/// A record for each user, in a file beside the secrets, under a lock: it holds for all processes
/// and starts of the server. Whatever goes wrong with the file, no code counts.
class UsedCodes {
 public:
  using Seconds = std::chrono::seconds;  // since 1970

  explicit UsedCodes(std::string path) : path_(std::move(path)) {}

  /// Judges a code that a user showed `now`. `begin`: the first second of the time step whose code
  /// it is; nullopt: of none. Empty when it counts, else why it does not: it is wrong; it or a
  /// later one was shown before; too many wrong ones came before it; the file will not do. Unknown
  /// users share one record, so that they make the same work.
  std::string judge(const std::string& user, bool known, std::optional<Seconds> begin,
                    Seconds now) const;
  /// Whether the file can be made, read and written at all; empty, or a sentence.
  std::string problem() const;

  /// How many wrong codes in a row are free.
  static constexpr unsigned kFree = 5;
  /// How long no code counts behind the last of so many wrong ones in a row (RFC 4226 section 7.3):
  /// 30 seconds, doubled for each further one, at most an hour.
  static Seconds pause_after(unsigned failures);

 private:
  std::string path_;
};

}  // namespace ssh2core::tools
