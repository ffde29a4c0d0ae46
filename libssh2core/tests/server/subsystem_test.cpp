// SFTP alone on a byte stream: what the session takes, gives and tells.
#include "libssh2core/server/subsystem.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "libssh2core/sftp/messages.h"

namespace ssh2core::server {
namespace {

using namespace sftp;

/// One file that holds `size` bytes of its own offset's low byte; nothing else is there.
class OneFile final : public FileSystem {
 public:
  std::uint64_t size = 1000;
  std::size_t written = 0;
  std::shared_ptr<Pace> pace;  // of what is written

  Result<std::unique_ptr<OpenFile>> open(std::string_view, const OpenMode&) override {
    return std::unique_ptr<OpenFile>(std::make_unique<File>(*this));
  }
  Result<std::unique_ptr<OpenDirectory>> open_directory(std::string_view) override { return no(); }
  Result<Attributes> stat(std::string_view) override { return no(); }
  Result<Attributes> lstat(std::string_view) override { return no(); }
  Outcome set(std::string_view, const Attributes&, bool) override { return {ENOSYS}; }
  Outcome remove(std::string_view) override { return {ENOSYS}; }
  Outcome make_directory(std::string_view, std::uint32_t) override { return {ENOSYS}; }
  Outcome remove_directory(std::string_view) override { return {ENOSYS}; }
  Result<std::string> real_path(std::string_view path) override { return std::string(path); }
  Outcome rename(std::string_view, std::string_view, bool) override { return {ENOSYS}; }
  Result<std::string> read_link(std::string_view) override { return no(); }
  Outcome make_symlink(std::string_view, std::string_view) override { return {ENOSYS}; }
  Outcome make_hard_link(std::string_view, std::string_view) override { return {ENOSYS}; }
  Result<Statvfs> statvfs(std::string_view) override { return no(); }
  const std::string& user_name(std::uint32_t) override { return none_; }
  const std::string& group_name(std::uint32_t) override { return none_; }
  Result<std::string> home_directory(std::string_view) override { return no(); }

 private:
  class File final : public OpenFile {
   public:
    explicit File(OneFile& files) : files_(files) {
      if (files.pace) throttle_.emplace(files.pace, 0);
    }
    Throttle* throttle(bool writing) override {
      return writing && throttle_ ? &*throttle_ : nullptr;
    }
    Result<std::size_t> read(std::uint64_t offset, std::span<const MutableView> pieces) override {
      std::size_t count = 0;
      for (const MutableView piece : pieces)
        for (std::uint8_t& byte : piece) {
          if (offset >= files_.size) return count;
          byte = static_cast<std::uint8_t>(offset++);
          ++count;
        }
      return count;
    }
    Outcome write(std::uint64_t, std::span<const ByteView> pieces) override {
      for (const ByteView piece : pieces) files_.written += piece.size();
      return {};
    }
    Result<Attributes> stat() override { return no(); }
    Outcome set(const Attributes&) override { return {ENOSYS}; }
    Outcome sync() override { return {}; }
    Result<Statvfs> statvfs() override { return no(); }
    Outcome copy_to(OpenFile&, std::uint64_t, std::uint64_t, std::uint64_t) override {
      return {ENOSYS};
    }
    Outcome close() override { return {}; }

   private:
    OneFile& files_;
    std::optional<Throttle> throttle_;
  };
  static Errno no() { return {ENOSYS}; }
  std::string none_;
};

struct RecordedEvents final : EventSink {
  std::vector<Event> list;
  void on_event(const Event& event) override { list.push_back(event); }
  template <class Kind>
  const Kind* last() const {
    const Kind* found = nullptr;
    for (const Event& event : list)
      if (const Kind* kind = std::get_if<Kind>(&event)) found = kind;
    return found;
  }
};

struct StillClock final : Clock {
  std::chrono::milliseconds passed{0};
  Steady now() const override { return Steady{} + passed; }
  Wall date() const override { return {}; }
};
struct CountingRandom final : Random {
  std::uint8_t next = 0;
  void fill(MutableView out) override {
    for (std::uint8_t& byte : out) byte = next++;
  }
};

class Subsystem : public testing::Test {
 protected:
  Subsystem()
      : session_(std::make_unique<SubsystemSession>(files_, events_, clock_, random_,
                                                    ServerOptions{})) {}

  /// Gives the session what it has room for; true when all was taken.
  bool give(ByteView bytes) {
    while (!bytes.empty()) {
      const MutableView room = session_->receive_room();
      if (room.empty()) return false;
      const std::size_t count = std::min(room.size(), bytes.size());
      std::copy_n(bytes.begin(), count, room.begin());
      session_->received(count);
      bytes = bytes.subspan(count);
    }
    return true;
  }
  template <class Message>
  bool ask(std::uint32_t id, const Message& message) {
    Buffer out;
    encode_packet(out, 3, id, message);
    return give(out.view());
  }
  /// Takes `most` bytes of what the session has for the client.
  std::size_t take(std::size_t most) {
    const ByteView output = session_->output();
    const std::size_t count = std::min(most, output.size());
    taken_.insert(taken_.end(), output.begin(),
                  output.begin() + static_cast<std::ptrdiff_t>(count));
    session_->sent(count);
    return count;
  }
  std::vector<PacketHead> answers() {
    while (take(1 << 20) != 0) {
    }
    std::vector<PacketHead> heads;
    Reader r(taken_);
    while (r.remaining() != 0) heads.push_back(read_head(r.string()));
    return heads;
  }
  Bytes open() {
    ask(0, InitRequest{3, {}});
    ask(1, OpenRequest{{"f"}, kOpenRead | kOpenWrite, 0, 0, {}});
    const auto heads = answers();
    const ByteView handle = decode_body<HandleReply>(heads.at(1).body, 3).handle;
    Bytes kept(handle.begin(), handle.end());
    taken_.clear();
    return kept;
  }

  OneFile files_;
  RecordedEvents events_;
  StillClock clock_;
  CountingRandom random_;
  std::unique_ptr<SubsystemSession> session_;
  Bytes taken_;
};

TEST_F(Subsystem, AnswersAndEndsWithItsInput) {
  const Bytes handle = open();
  EXPECT_TRUE(ask(2, ReadRequest{handle, 998, 100}));
  const auto heads = answers();
  ASSERT_EQ(heads.size(), 1U);
  EXPECT_EQ(decode_body<DataReply>(heads[0].body, 3).data.size(), 2U);
  EXPECT_FALSE(session_->finished());
  session_->end_of_input();
  EXPECT_TRUE(session_->finished());
  EXPECT_TRUE(session_->receive_room().empty());
  EXPECT_NE(events_.last<SessionOpen>(), nullptr);
  EXPECT_EQ(events_.last<SftpStarted>()->version, 3U);
  EXPECT_TRUE(events_.last<FileDone>()->aborted);
  ASSERT_NE(events_.last<SessionClose>(), nullptr);
  EXPECT_EQ(events_.last<SessionClose>()->reason, "closed by the client");
}

TEST_F(Subsystem, AClientThatDoesNotReadIsHeldUpAndServedInTheEnd) {
  files_.size = 1 << 30;
  const Bytes handle = open();
  Buffer requests;
  for (std::uint32_t id = 0; id < 100; ++id)
    encode_packet(requests, 3, id, ReadRequest{handle, id * 32768U, 32768});
  give(requests.view());
  EXPECT_LE(session_->output().size(), 65536U + 32768U + 1024U);
  EXPECT_TRUE(session_->receive_room().empty());
  session_->end_of_input();
  EXPECT_FALSE(session_->finished());  // much is still to be answered
  std::size_t rounds = 0;
  while (take(10000) != 0) ASSERT_LT(++rounds, 1000U);
  const auto heads = answers();
  ASSERT_EQ(heads.size(), 100U);
  for (std::uint32_t id = 0; id < 100; ++id) {
    EXPECT_EQ(heads[id].id, id);
    EXPECT_EQ(decode_body<DataReply>(heads[id].body, 3).data.size(), 32768U);
  }
  EXPECT_TRUE(session_->finished());
  EXPECT_GT(events_.last<SessionClose>()->bytes_out, 100U * 32768U);
}

TEST_F(Subsystem, WhatIsHeldBackIsServedThoughTheInputHasEnded) {
  using namespace std::chrono_literals;
  files_.pace = std::make_shared<Pace>(1000.0);
  const Bytes handle = open();
  const Bytes data(1000, 1);
  for (std::uint32_t id = 0; id < 2; ++id) EXPECT_TRUE(ask(id, WriteRequest{handle, 0, data}));
  EXPECT_EQ(session_->deadline(), Clock::Steady{} + 1s);
  EXPECT_TRUE(session_->receive_room().empty());
  session_->end_of_input();
  EXPECT_FALSE(session_->finished());
  EXPECT_TRUE(session_->waits());
  clock_.passed = 1s;
  session_->on_deadline();
  EXPECT_EQ(answers().size(), 2U);
  EXPECT_EQ(files_.written, 2000U);
  EXPECT_TRUE(session_->finished());
  EXPECT_FALSE(session_->waits());
  EXPECT_EQ(session_->deadline(), std::nullopt);
}

TEST_F(Subsystem, WhatIsNotSftpEndsIt) {
  give(as_bytes("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(session_->finished());
  EXPECT_TRUE(session_->output().empty());
  EXPECT_NE(events_.last<Problem>(), nullptr);
  EXPECT_EQ(events_.last<SessionClose>()->reason, "the client does not speak SFTP");
}

TEST_F(Subsystem, ALostClientClosesFiles) {
  const Bytes handle = open();
  ask(2, WriteRequest{handle, 0, as_bytes("data")});
  session_->output_lost();
  EXPECT_TRUE(session_->finished());
  EXPECT_TRUE(session_->output().empty());
  EXPECT_EQ(files_.written, 4U);
  EXPECT_TRUE(events_.last<FileDone>()->aborted);
}

TEST_F(Subsystem, MemoryIsTakenAgainAfterIdling) {
  const Bytes handle = open();
  session_->on_idle();
  EXPECT_TRUE(ask(2, ReadRequest{handle, 0, 10}));
  EXPECT_EQ(answers().size(), 1U);
}

TEST_F(Subsystem, TheEndOfTheObjectIsTheEndOfTheSession) {
  open();
  session_.reset();
  EXPECT_EQ(events_.last<SessionClose>()->reason, "ended by the server");
}

}  // namespace
}  // namespace ssh2core::server
