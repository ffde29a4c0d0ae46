// Collects the data of WRITEs where it lies, so that one call of the file system writes many
// pieces: those of a WRITE cut by packets of the layer below, and those of WRITEs that continue
// each other.
#pragma once

#include <array>
#include <vector>

#include "libssh2core/sftp/handles.h"

namespace ssh2core::sftp {

class WriteCollector {
 public:
  /// A WRITE that is done.
  struct Finished {
    std::uint32_t id;
    int error;  // errno, 0 when all its data is in the file
  };

  /// A WRITE of `length` bytes to `target` begins. With `error` nothing is written and that is its
  /// result; `target` may then be nullptr. May flush(). finished() must be empty.
  void begin(std::uint32_t id, OpenHandle* target, int error, std::uint64_t offset,
             std::uint32_t length);
  /// A piece of its data, which must stay valid until the next flush().
  void add(ByteView piece);
  /// All its data was added.
  void complete();
  /// Writes what was collected; no view is held afterwards.
  void flush();

  /// Results in the order of the requests.
  bool has_finished() const { return next_ < finished_.size(); }
  Finished take_finished();

 private:
  static constexpr std::size_t kMostPieces = 64, kMostRequests = 64;
  struct Pending {
    std::uint32_t id;
    int error;
    std::size_t pieces = 0, bytes = 0;  // collected, not yet written
    bool complete = false;
  };
  void write_all();
  void write_each();

  OpenHandle* target_ = nullptr;
  std::uint64_t start_ = 0, end_ = 0;  // in the file, of what is collected
  std::array<ByteView, kMostPieces> pieces_;
  std::size_t piece_count_ = 0;
  std::vector<Pending> requests_;  // all to target_; only the last may be incomplete
  std::vector<Finished> finished_;
  std::size_t next_ = 0;  // in finished_
};

}  // namespace ssh2core::sftp
