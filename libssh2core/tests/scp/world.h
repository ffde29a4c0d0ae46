// What the tests of SCP share: files in memory, a stream that can be full, and one side of SCP on
// both, spoken to as a client would.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "libssh2core/scp/transfer.h"
#include "libssh2core/tests/sftp/memory_file_system.h"

namespace ssh2core::scp {

/// A zero byte, which a literal would end at.
inline const std::string kOk(1, '\0');

class TestStream final : public OutputStream {
 public:
  std::size_t capacity = std::string::npos;  // bytes that wait until it is full
  std::size_t piece = 0;                     // bytes of a piece of reserve(); 0: all in one
  std::string out;                           // that waits

  bool full() const override { return out.size() >= capacity; }
  std::size_t room() const override { return full() ? 0 : capacity - out.size(); }
  void append(ByteView bytes) override { out += as_text(bytes); }
  std::span<const MutableView> reserve(std::size_t head, std::size_t body) override {
    EXPECT_FALSE(full());
    EXPECT_LE(head + body, room());
    room_.assign(head + body, 0xee);
    pieces_.clear();
    for (MutableView rest = room_; !rest.empty(); rest = rest.subspan(pieces_.back().size()))
      pieces_.push_back(rest.first(piece == 0 ? rest.size() : std::min(piece, rest.size())));
    return pieces_;
  }
  void commit(std::size_t bytes) override { out += as_text(ByteView(room_).first(bytes)); }

 private:
  Bytes room_;
  std::vector<MutableView> pieces_;
};

class TestObserver final : public sftp::Observer {
 public:
  struct Event {
    sftp::FileOp op;
    std::string path;
    std::uint64_t bytes;
    int error;
    bool aborted;
    bool operator==(const Event&) const = default;
  };
  std::vector<Event> events;
  std::vector<std::string> problems;

  void on_version(std::uint32_t) override {}
  void on_file(const sftp::FileEvent& e) override {
    events.push_back({e.op, std::string(e.path), e.bytes, e.error, e.aborted});
  }
  void on_problem(std::string_view what) override { problems.emplace_back(what); }
};

class StillClock final : public Clock {
 public:
  std::chrono::milliseconds passed{0};
  Steady now() const override { return Steady{} + passed; }
  Wall date() const override { return {}; }
};

class ScpWorld {
 public:
  explicit ScpWorld(std::string_view command, Options options = {}) {
    auto parsed = read_command(command);
    if (auto* why = std::get_if<std::string>(&parsed)) {
      ADD_FAILURE() << *why;
      return;
    }
    command_ = std::get<Command>(std::move(parsed));
    options_ = options;
  }
  /// Makes the transfer; files are put there before.
  void start() {
    transfer = make_transfer(command_, options_, {files, stream, observer, clock});
    transfer->start();
  }
  /// Gives bytes, all in one view that is gone afterwards, and takes what is answered.
  std::string say(std::string_view bytes) {
    const Bytes copy(as_bytes(bytes).begin(), as_bytes(bytes).end());
    transfer->feed(copy);
    transfer->input_done();
    processed += transfer->take_processed();
    return hear();
  }
  std::string hear() { return std::exchange(stream.out, {}); }
  std::string end() {
    transfer->end_of_input();
    return hear();
  }
  void set_mode(std::string_view path, std::uint32_t mode) {
    sftp::Attributes wanted;
    wanted.mode = mode;
    EXPECT_TRUE(files.set(path, wanted, true).ok());
  }
  void set_size(std::string_view path, std::uint64_t size) {
    sftp::Attributes wanted;
    wanted.size = size;
    EXPECT_TRUE(files.set(path, wanted, true).ok());
  }
  std::uint32_t mode(std::string_view path) {
    const auto found = files.lstat(path);
    return found ? *found->mode & 07777U : 0;
  }

  sftp::MemoryFileSystem files;
  TestStream stream;
  TestObserver observer;
  StillClock clock;
  std::unique_ptr<Transfer> transfer;
  std::size_t processed = 0;

 private:
  Command command_;
  Options options_;
};

}  // namespace ssh2core::scp
