// One-time passwords by time (RFC 6238, over HOTP of RFC 4226) and files of their secrets.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "libssh2core/crypto/secret.h"

namespace ssh2core::keys {

/// How codes are made of a secret; the defaults are what every authenticator program assumes.
struct TotpParameters {
  const char* digest = "SHA1";  // OpenSSL's name: SHA1, SHA256 or SHA512
  unsigned digits = 6;          // 6 to 8
  std::chrono::seconds period{30};
};

/// The code of one time step (RFC 4226 section 5.3 over RFC 6238 section 4.2).
Secret totp_code(ByteView secret, std::uint64_t step, const TotpParameters& parameters);

/// Bytes of a base32 text (RFC 4648 section 6) without regard to case, blanks, minus and padding;
/// nullopt when it is something else or empty.
std::optional<Secret> base32_decode(std::string_view text);

/// A file of secrets: lines `user:BASE32`, behind which `digits=8`, `period=60` or `digest=SHA256`
/// may stand after blanks. Empty lines and lines starting with `#` are skipped.
class TotpFile {
 public:
  struct Error {
    std::size_t line;
    std::string what;
  };
  static std::variant<TotpFile, Error> parse(std::string_view text);

  struct Entry {
    std::string user;
    Secret secret;
    TotpParameters parameters;
  };
  const std::vector<Entry>& entries() const { return entries_; }

  struct Match {
    bool known = false;                         // the user stands in the file
    std::optional<std::chrono::seconds> begin;  // of the time step whose code it is, since 1970
  };
  /// Looks for a time step with this code, within `window` steps around `now`. The work is the same
  /// for an unknown user, and for a code that is right, wrong or no code.
  Match match(std::string_view user, const Secret& code, std::chrono::system_clock::time_point now,
              unsigned window) const;

 private:
  std::vector<Entry> entries_;
  Entry decoy_;  // of nobody
};

}  // namespace ssh2core::keys
