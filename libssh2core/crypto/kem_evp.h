// ML-KEM as OpenSSL 3.5 and later have it. Every call used is in OpenSSL 3.0, so that a program
// built there takes what a newer library on the machine offers.
#pragma once

#include "libssh2core/crypto/kem.h"

namespace ssh2core {

/// nullptr when the library that we run on has no mechanism of that name.
const Kem* find_evp_kem(std::string_view name);

}  // namespace ssh2core
