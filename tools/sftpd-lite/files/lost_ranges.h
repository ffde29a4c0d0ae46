// Which parts of a file could not be written.
#pragma once

#include <cstdint>
#include <vector>

namespace ssh2core::tools {

class LostRanges {
 public:
  /// The bytes from `begin` to `end` are not in the file.
  void lose(std::uint64_t begin, std::uint64_t end, int error);
  /// Now they are.
  void find(std::uint64_t begin, std::uint64_t end);
  /// The errno of what is missing last; 0: nothing is.
  int error() const { return ranges_.empty() ? 0 : error_; }

 private:
  struct Range {
    std::uint64_t begin, end;
  };
  std::vector<Range> ranges_;
  int error_ = 0;
};

}  // namespace ssh2core::tools
