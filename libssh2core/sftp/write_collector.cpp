#include "libssh2core/sftp/write_collector.h"

#include <limits>

namespace ssh2core::sftp {

void WriteCollector::begin(std::uint32_t id, OpenHandle* target, int error, std::uint64_t offset,
                           std::uint32_t length) {
  constexpr auto kLargestFile =
      static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (error == 0 && target->append) offset = 0;  // each WRITE goes to the end, wherever that is
  if (error == 0 && offset > kLargestFile - length) error = EFBIG;
  // WRITEs in append mode stay apart: when one fails, the others could not be tried again.
  const bool joins = !requests_.empty() && error == 0 && requests_.back().error == 0 &&
                     target == target_ && !target->append && offset == end_ &&
                     requests_.size() < kMostRequests;
  if (!joins) {
    flush();
    target_ = target;
    start_ = end_ = offset;
  }
  requests_.push_back({id, error});
}

void WriteCollector::add(ByteView piece) {
  if (piece_count_ == kMostPieces) flush();
  Pending& request = requests_.back();
  if (request.error != 0) return;
  pieces_[piece_count_++] = piece;
  ++request.pieces;
  request.bytes += piece.size();
  end_ += piece.size();
}

void WriteCollector::complete() { requests_.back().complete = true; }

void WriteCollector::flush() {
  if (piece_count_ != 0) write_all();
  start_ = end_;
  piece_count_ = 0;
  std::size_t done = 0;
  while (done < requests_.size() && requests_[done].complete) {
    finished_.push_back({requests_[done].id, requests_[done].error});
    ++done;
  }
  requests_.erase(requests_.begin(), requests_.begin() + static_cast<std::ptrdiff_t>(done));
  for (Pending& request : requests_) request.pieces = request.bytes = 0;
}

void WriteCollector::write_all() {
  const Outcome outcome = target_->file->write(start_, {pieces_.data(), piece_count_});
  if (outcome.ok()) {
    target_->bytes_written += end_ - start_;
  } else if (requests_.size() == 1) {
    requests_[0].error = outcome.error;
  } else {
    write_each();
  }
}

/// One of several failed, but not all of them need have: each is written again for itself.
void WriteCollector::write_each() {
  std::uint64_t offset = start_;
  std::size_t piece = 0;
  for (Pending& request : requests_) {
    if (request.pieces != 0) {
      const Outcome outcome = target_->file->write(offset, {&pieces_[piece], request.pieces});
      if (outcome.ok())
        target_->bytes_written += request.bytes;
      else
        request.error = outcome.error;
    }
    offset += request.bytes;
    piece += request.pieces;
  }
}

WriteCollector::Finished WriteCollector::take_finished() {
  const Finished finished = finished_[next_++];
  if (next_ == finished_.size()) {
    finished_.clear();
    next_ = 0;
  }
  return finished;
}

}  // namespace ssh2core::sftp
