// Digests for eyes and ears: the forms in which OpenSSH shows fingerprints beside text.
#pragma once

#include <string>
#include <string_view>

#include "libssh2core/wire/bytes.h"

namespace ssh2core::keys {

/// The picture of `ssh-keygen -lv`, eleven lines without a line end behind the last: the walk of a
/// bishop over a field of 17 by 9. `title` is "ED25519 256", `short_title`, taken where that is too
/// wide, "ED25519"; `hash` names the digest below.
std::string randomart(ByteView digest, std::string_view title, std::string_view short_title,
                      std::string_view hash);

/// The digest in syllables ("xesib-...-xax"), an encoding by Antti Huima; ssh-keygen -B shows that
/// of the SHA-1.
std::string bubblebabble(ByteView digest);

}  // namespace ssh2core::keys
