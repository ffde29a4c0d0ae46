// A bound on the password hashes that run at once, over all processes of a listener: each takes 64
// MiB and a processor for a while, and anybody may ask for one.
#pragma once

#include <chrono>
#include <optional>

#include "libssh2core/io/descriptor.h"

namespace ssh2core::tools {

/// Made before the listener forks; its children inherit it. A pass is a record lock on one byte of
/// a file without a name, so that it ends with the process that holds it, however that ends.
class HashGate {
 public:
  /// Throws std::system_error when there is no such file. `passes` is at least 1.
  explicit HashGate(unsigned passes);

  /// The right to hash; given back when it goes.
  class Pass {
   public:
    Pass(Pass&& other) noexcept : fd_(std::exchange(other.fd_, -1)), byte_(other.byte_) {}
    Pass& operator=(Pass&&) = delete;
    ~Pass();

   private:
    friend class HashGate;
    Pass(int fd, unsigned byte) : fd_(fd), byte_(byte) {}
    int fd_;
    unsigned byte_;
  };
  /// Waits for a pass until one is free or `patience` is over (nullopt). A process has one at a
  /// time: the locks do not tell its own passes apart.
  std::optional<Pass> enter(std::chrono::milliseconds patience) const;
  /// For this process only, whoever else in it holds the gate: a session must not lock it.
  void close() { file_ = io::Descriptor(); }

 private:
  std::optional<Pass> try_enter() const;
  io::Descriptor file_;
  unsigned passes_;
};

}  // namespace ssh2core::tools
