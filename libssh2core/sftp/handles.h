// The files and directories that a session has open, and the names (handles) the client knows them
// by.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libssh2core/sftp/file_system.h"
#include "libssh2core/sftp/transfers.h"
#include "libssh2core/wire/clock.h"
#include "libssh2core/wire/random.h"

namespace ssh2core::sftp {

/// An open file or directory; exactly one of `file` and `directory` is there.
struct OpenHandle {
  std::unique_ptr<OpenFile> file;
  std::unique_ptr<OpenDirectory> directory;
  std::string path;  // as the client wrote it
  bool readable = false, writable = false, append = false;
  bool text = false;           // offsets of READ and WRITE are ignored: they go on at `position`
  std::uint64_t position = 0;  // of a file in text mode
  std::vector<LockRange> locks = {};  // held by BLOCK
  std::uint64_t bytes_read = 0, bytes_written = 0;
  Throttle *read_throttle = nullptr, *write_throttle = nullptr;  // of the file
  Clock::Steady opened{};
  std::unique_ptr<Transfer> transfer;  // counts while the file is open
  std::optional<bool> existed =
      {};  // before it was opened for writing, when somebody wants to know
};

/// A bounded table. A handle is 16 random bytes of which the first four also hide the place in the
/// table: a stale, foreign or guessed one is not found.
class HandleTable {
 public:
  static constexpr std::size_t kNameBytes = 16;

  HandleTable(Random& random, std::size_t limit) : random_(random), limit_(limit) {}

  bool full() const { return count_ >= limit_; }
  /// Keeps `handle` and returns its name, valid until the table changes. Not when full().
  ByteView add(OpenHandle handle);
  /// The handle of that name, or nullptr. Valid until the table changes.
  OpenHandle* find(ByteView name);
  /// Forgets the handle and returns it; its place gets another name when it is used again.
  OpenHandle take(ByteView name);
  /// Takes any handle; only when count() is not 0.
  OpenHandle take_any();
  std::size_t count() const { return count_; }

 private:
  struct Slot {
    std::array<std::uint8_t, kNameBytes> name{};
    bool used = false;
    OpenHandle handle;
  };
  Slot* find_slot(ByteView name);
  OpenHandle take(Slot& slot);

  Random& random_;
  std::size_t limit_, count_ = 0;
  std::uint32_t mask_ = 0;  // random; hides the places
  std::vector<Slot> slots_;
};

}  // namespace ssh2core::sftp
