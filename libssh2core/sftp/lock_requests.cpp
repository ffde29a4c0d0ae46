// BLOCK and UNBLOCK, version 6 (draft -13 section 8.10): record locks, which bind those who ask.
#include <algorithm>

#include "libssh2core/sftp/session.h"

namespace ssh2core::sftp {

namespace {

constexpr std::size_t kMostLocks = 256;  // of a handle

bool overlap(const LockRange& a, std::uint64_t offset, std::uint64_t length) {
  const auto last = [](std::uint64_t from, std::uint64_t size) {
    return size == 0 ? ~std::uint64_t{0} : from + size - 1;
  };
  return a.offset <= last(offset, length) && offset <= last(a.offset, a.length);
}

}  // namespace

void Session::block(std::uint32_t id, const BlockRequest& request) {
  OpenHandle* handle = find_file(request.handle);
  if (handle == nullptr) {
    replies_.outcome(id, EBADF);
    return;
  }
  constexpr std::uint32_t kKnown = kBlockRead | kBlockWrite | kBlockAdvisory;
  const bool advisory = (request.mask & kBlockAdvisory) != 0;
  const bool some = (request.mask & (kBlockRead | kBlockWrite)) != 0;
  if ((request.mask & ~kKnown) != 0 || !advisory || !some) {
    replies_.status(id, Status::OpUnsupported, "Only advisory locks against reading or writing");
    return;
  }
  if (request.offset > kLargestFile || request.length > kLargestFile - request.offset) {
    replies_.outcome(id, EINVAL);
    return;
  }
  const bool taken = std::ranges::any_of(handle->locks, [&](const LockRange& lock) {
    return overlap(lock, request.offset, request.length);
  });
  if (taken || handle->locks.size() >= kMostLocks) {
    replies_.status(id, Status::ByteRangeLockRefused,
                    taken ? "This handle has locked some of that" : "Too many locks");
    return;
  }
  const LockRange range{request.offset, request.length, (request.mask & kBlockRead) != 0};
  const int error = handle->file->lock(range).error;
  if (error == EAGAIN) {
    replies_.status(id, Status::ByteRangeLockRefused, "Locked by another");
    return;
  }
  if (error == 0) handle->locks.push_back(range);
  replies_.outcome(id, error);
}

void Session::unblock(std::uint32_t id, const UnblockRequest& request) {
  OpenHandle* handle = find_file(request.handle);
  if (handle == nullptr) {
    replies_.outcome(id, EBADF);
    return;
  }
  const auto lock = std::ranges::find_if(handle->locks, [&](const LockRange& range) {
    return range.offset == request.offset && range.length == request.length;
  });
  if (lock == handle->locks.end()) {
    replies_.status(id, Status::NoMatchingByteRangeLock);
    return;
  }
  handle->locks.erase(lock);
  replies_.outcome(id, handle->file->unlock(request.offset, request.length).error);
}

}  // namespace ssh2core::sftp
