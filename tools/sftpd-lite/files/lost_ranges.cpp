#include "tools/sftpd-lite/files/lost_ranges.h"

#include <algorithm>

namespace ssh2core::tools {

namespace {
// Beyond it one range stands for all: a bound for what a client can make us keep.
constexpr std::size_t kMostRanges = 64;
}  // namespace

void LostRanges::lose(std::uint64_t begin, std::uint64_t end, int error) {
  error_ = error;
  ranges_.push_back({begin, end});
  if (ranges_.size() <= kMostRanges) return;
  Range all = ranges_.front();
  for (const Range& one : ranges_)
    all = {std::min(all.begin, one.begin), std::max(all.end, one.end)};
  ranges_.assign(1, all);
}

void LostRanges::find(std::uint64_t begin, std::uint64_t end) {
  if (ranges_.empty()) return;
  std::vector<Range> left;
  for (const Range& one : ranges_) {
    if (one.begin < std::min(begin, one.end)) left.push_back({one.begin, std::min(begin, one.end)});
    if (std::max(end, one.begin) < one.end) left.push_back({std::max(end, one.begin), one.end});
  }
  ranges_ = std::move(left);
}

}  // namespace ssh2core::tools
