#include "libssh2core/crypto/openssl.h"

#include <openssl/err.h>

namespace ssh2core {

namespace {

// The first error is the cause, later ones are callers giving up; the queue is left empty, so that
// the next failure does not report this one.
std::string first_reason() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? std::string() : ": " + std::string(reason);
}

}  // namespace

CryptoError::CryptoError(const std::string& operation)
    : std::runtime_error(operation + " failed" + first_reason()) {}

}  // namespace ssh2core
