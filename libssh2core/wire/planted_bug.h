// Bugs put back in, to see that the fuzzers find them: each leaves out one check of a length. There
// are none in what is run or shipped: only the fuzz preset can be built with them
// (SSH2CORE_PLANTED_BUGS=ON), and then the variable SSH2CORE_PLANTED_BUG names the one that is in.
#pragma once

#include <string_view>

#ifdef SSH2CORE_PLANTED_BUGS
#include <cstdlib>
#if !defined(SSH2CORE_FUZZ_BUILD) || defined(NDEBUG)
#error "SSH2CORE_PLANTED_BUGS is for builds of the fuzz preset alone"
#endif
#endif

namespace ssh2core {

#ifdef SSH2CORE_PLANTED_BUGS
/// True: the check is made, as it must be. False: this is the bug that was asked for.
inline bool has_check(std::string_view bug) {
  static const char* const planted = std::getenv("SSH2CORE_PLANTED_BUG");
  return planted == nullptr || bug != planted;
}
#else
consteval bool has_check(std::string_view) { return true; }
#endif

}  // namespace ssh2core
