// The options in front of a key in an OpenSSH list (sshd(8), AUTHORIZED_KEYS FILE FORMAT).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "libssh2core/wire/bytes.h"

namespace ssh2core::keys {

/// Where the options that a line begins with end: at the first blank outside double quotes. npos
/// when a quote is not closed.
std::size_t end_of_options(std::string_view line);

/// What the options of a usable key say to a server that only transfers files.
struct KeyOptions {
  bool authority = false;              // the key is a CA's: it signs certificates
  std::optional<NameList> principals;  // of its certificates; without the option: the user
  bool no_touch_required = false;      // a FIDO token need not be touched
  bool verify_required = false;        // it must have verified its user
  std::optional<std::string> from;     // pattern list of addresses that the key may come from
  std::optional<std::chrono::system_clock::time_point> expiry;  // from then on it opens nothing
  bool sets_environment = false;                                // which is ignored
};

/// The options, or why a key with them must not be used: one sentence.
std::variant<KeyOptions, std::string> parse_key_options(std::string_view options);

/// Why a key with these options must not be used: one sentence. nullopt when they are understood
/// and take nothing away from a server that only transfers files.
std::optional<std::string> option_problem(std::string_view options);

/// The instant of an expiry-time: YYYYMMDD or YYYYMMDDHHMM[SS], of this machine's time zone unless
/// a Z follows. nullopt when it is none.
std::optional<std::chrono::system_clock::time_point> parse_expiry(std::string_view text);

}  // namespace ssh2core::keys
