// Key material: moves, never copies, never grows, is wiped before it is freed.
#pragma once

#include "libssh2core/wire/bytes.h"

namespace ssh2core {

class Secret {
 public:
  Secret() = default;
  /// `size` zero bytes, to be filled through mutable_view().
  explicit Secret(std::size_t size) : bytes_(size) {}
  explicit Secret(ByteView source) : bytes_(source.begin(), source.end()) {}
  Secret(Secret&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      wipe();
      bytes_ = std::exchange(other.bytes_, {});
    }
    return *this;
  }
  ~Secret() { wipe(); }

  ByteView view() const { return bytes_; }
  MutableView mutable_view() { return bytes_; }
  std::size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }
  /// Overwrites the content; the size stays.
  void wipe() noexcept;
  /// Wipes the bytes behind `size`, which then is the size; no effect when it is not smaller.
  void truncate(std::size_t size) noexcept;
  /// Overwrites bytes that lie elsewhere, in a way the compiler does not drop.
  static void cleanse(MutableView bytes) noexcept;

 private:
  Bytes bytes_;
};

}  // namespace ssh2core
