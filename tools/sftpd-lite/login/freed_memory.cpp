#include "tools/sftpd-lite/login/freed_memory.h"

#include <malloc.h>
#include <openssl/crypto.h>

#include <array>
#include <cstdlib>

namespace ssh2core::tools {

void wipe_what_is_freed([[maybe_unused]] bool on) {
#ifdef M_PERTURB
  mallopt(M_PERTURB, on ? 0xa5 : 0);
#endif
}

void wipe_small_freed_memory() {
  constexpr std::size_t kStep = 16, kLargest = 1032, kKept = 7;  // glibc's tcache
  for (std::size_t size = kStep - sizeof(void*); size <= kLargest; size += kStep) {
    std::array<void*, kKept> pieces{};
    for (void*& piece : pieces) {
      piece = std::malloc(size);
      if (piece != nullptr) OPENSSL_cleanse(piece, size);
    }
    for (void* piece : pieces) std::free(piece);
  }
}

}  // namespace ssh2core::tools
