// What a file is that is no private key we can use, and what to do about it.
#pragma once

#include <string>
#include <string_view>

namespace ssh2core::keys {

/// "a certificate, which ...; put ...": why a type of key that SSH knows is not usable in a list of
/// keys; empty for supported and for unknown types.
std::string unsupported_type(std::string_view type);
/// The same for a private key: those of tokens cannot sign without it.
std::string unusable_private_type(std::string_view type);

/// One sentence that names the kind of file and the cure, for a text without a private key.
std::string describe_other_file(std::string_view text);

}  // namespace ssh2core::keys
