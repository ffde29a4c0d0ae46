#include "libssh2core/crypto/constant_time_sort.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <stdexcept>

#include "libssh2core/crypto/constant_time.h"

namespace ssh2core {

namespace {

constexpr std::uint32_t kSignBit = 0x80000000U;   // vectors compare signed numbers only
constexpr std::size_t kMargin = kMostToSort / 2;  // the longest way between two that are compared

// The values between two margins: what would be exchanged with a margin stays where it is.
using Field = std::array<std::int32_t, kMargin + kMostToSort + kMargin>;

// One pass of the network. Each value is compared with one other, `distance` above it when bit
// `run` of its index is `parity`, and else `distance` below it.
SSH2CORE_VECTORISED void compare_all(const std::int32_t* __restrict from,
                                     std::int32_t* __restrict to, std::uint32_t count,
                                     std::uint32_t run, std::uint32_t parity,
                                     std::uint32_t distance) {
  const std::int32_t* const below = from - distance;
  const std::int32_t* const above = from + distance;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::int32_t own = from[i], up = above[i], down = below[i];
    const std::int32_t smaller = own ^ ((own ^ up) & -static_cast<std::int32_t>(up < own));
    const std::int32_t larger = own ^ ((own ^ down) & -static_cast<std::int32_t>(own < down));
    const std::int32_t is_low = -static_cast<std::int32_t>((i & run) == parity);
    to[i] = larger ^ ((larger ^ smaller) & is_low);
  }
}

}  // namespace

// Batcher's odd-even merge sort: which two are compared when is fixed beforehand.
void sort_in_constant_time(std::span<std::uint32_t> values) {
  if (values.size() < 2) return;
  if (values.size() > kMostToSort) throw std::invalid_argument("too many values to sort");
  Erased<std::array<Field, 2>> fields;
  for (Field& field : *fields) {
    std::fill_n(field.begin(), kMargin, std::numeric_limits<std::int32_t>::min());
    std::fill(field.begin() + kMargin + static_cast<std::ptrdiff_t>(values.size()), field.end(),
              std::numeric_limits<std::int32_t>::max());
  }
  std::int32_t *from = &(*fields)[0][kMargin], *to = &(*fields)[1][kMargin];
  std::ranges::transform(values, from, [](std::uint32_t value) {
    return static_cast<std::int32_t>(value ^ kSignBit);
  });
  const auto count = static_cast<std::uint32_t>(values.size());
  const std::uint32_t top = std::bit_ceil(count) / 2;
  for (std::uint32_t run = top; run > 0; run /= 2) {
    std::uint32_t parity = 0, distance = run;
    for (std::uint32_t step = top;; step /= 2) {
      compare_all(from, to, count, run, parity, distance);
      std::swap(from, to);
      if (step == run) break;
      distance = step - run;
      parity = run;
    }
  }
  std::ranges::transform(from, from + count, values.begin(), [](std::int32_t value) {
    return static_cast<std::uint32_t>(value) ^ kSignBit;
  });
}

}  // namespace ssh2core
