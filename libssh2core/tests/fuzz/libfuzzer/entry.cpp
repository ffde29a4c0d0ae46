// One libFuzzer program: SSH2CORE_FUZZ_TARGET names its target.
#include "libssh2core/tests/fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ssh2core::fuzz::SSH2CORE_FUZZ_TARGET({data, size});
  return 0;
}
