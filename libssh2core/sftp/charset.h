// Names of files in another encoding than UTF-8.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace ssh2core::sftp {

/// An encoding that has all of ASCII as it is. The functions give nothing for what it cannot say.
struct Charset {
  std::string name;  // as IANA has it
  std::function<std::optional<std::string>(std::string_view)> to_utf8, from_utf8;
};

/// True when all of `text` is UTF-8 (RFC 3629): shortest forms, no surrogates.
bool is_utf8(std::string_view text);
/// `text` with U+FFFD for each byte that is no part of UTF-8.
std::string repaired_utf8(std::string_view text);

}  // namespace ssh2core::sftp
