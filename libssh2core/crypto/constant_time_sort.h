// Sorting in which neither the order of accesses nor any branch tells about the values.
#pragma once

#include <cstdint>
#include <span>

namespace ssh2core {

inline constexpr std::size_t kMostToSort = 1024;

/// Ascending, in place, at most kMostToSort of them; the time depends on their number only.
void sort_in_constant_time(std::span<std::uint32_t> values);

}  // namespace ssh2core
