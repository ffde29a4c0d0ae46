// What code that works on secrets is made of: no branch, no index and no division depends on them.
#pragma once

#include <cstdint>
#include <type_traits>

#include "libssh2core/crypto/secret.h"

// Loops marked so are compiled twice, for AVX2 and without, and the loader takes what the machine
// has. Sanitizers instrument the choice itself, which runs before they are ready.
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define SSH2CORE_VECTORISED __attribute__((target_clones("avx2", "default")))
#else
#define SSH2CORE_VECTORISED
#endif

namespace ssh2core {

/// A plain value that is overwritten when it goes out of scope.
template <class T>
  requires std::is_trivially_copyable_v<T>
class Erased {
 public:
  Erased() = default;
  Erased(const Erased&) = delete;
  Erased& operator=(const Erased&) = delete;
  ~Erased() { Secret::cleanse({reinterpret_cast<std::uint8_t*>(&value_), sizeof value_}); }
  T& operator*() { return value_; }
  const T& operator*() const { return value_; }
  T* operator->() { return &value_; }
  const T* operator->() const { return &value_; }

 private:
  T value_{};
};

/// All ones when the number is negative, else zero.
constexpr std::int32_t mask_if_negative(std::int32_t value) { return value >> 31; }
/// All ones when the number is not zero, else zero.
constexpr std::int32_t mask_if_nonzero(std::int32_t value) {
  const auto bits = static_cast<std::uint32_t>(value);
  return -static_cast<std::int32_t>((bits | (0U - bits)) >> 31);
}
/// All ones when the bytes differ, else zero; the views must be equally long.
inline std::int32_t mask_if_different(ByteView a, ByteView b) {
  std::uint32_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<std::uint32_t>(a[i] ^ b[i]);
  return mask_if_nonzero(static_cast<std::int32_t>(difference));
}
/// `target` becomes `other` where the mask is all ones, and stays where it is zero.
inline void replace_if(std::int32_t mask, MutableView target, ByteView other) {
  for (std::size_t i = 0; i < target.size(); ++i)
    target[i] = static_cast<std::uint8_t>(target[i] ^ (mask & (target[i] ^ other[i])));
}

}  // namespace ssh2core
