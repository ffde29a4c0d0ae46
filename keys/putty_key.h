// PuTTY's private key files (PPK), versions 2 and 3.
#pragma once

#include "keys/private_key_file.h"

namespace ssh2core::keys {

/// The public half and the comment, which are not encrypted. Whether they belong to the private
/// half is not looked at: that takes the passphrase.
std::variant<PublicHalf, KeyFileError> read_putty_public_half(std::string_view text);

}  // namespace ssh2core::keys
