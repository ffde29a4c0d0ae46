// What the tests of the SFTP server share: a session on a memory file system, requests sent to it
// and its replies taken apart.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "libssh2core/sftp/extension_messages.h"
#include "libssh2core/sftp/server.h"
#include "libssh2core/sftp/status.h"
#include "libssh2core/sftp/xattr_messages.h"
#include "libssh2core/tests/sftp/memory_file_system.h"

namespace ssh2core::sftp {

/// Keeps the replies as one byte string; can be full after each, and give room in small pieces.
/// Fails the test when it is used against its contract.
class TestReplies final : public ReplyStream {
 public:
  std::size_t piece = 0;    // bytes of a piece of reserve(); 0: all in one
  bool one_by_one = false;  // full after each reply, until let_go()
  Bytes out;

  void let_go() { full_ = false; }
  bool full() const override { return full_; }
  void append(ByteView bytes) override;
  std::span<const MutableView> reserve(std::size_t head, std::size_t body) override;
  void commit(std::size_t bytes) override;

 private:
  bool full_ = false, reserved_ = false;
  Bytes room_;
  std::vector<MutableView> pieces_;
};

class TestObserver final : public Observer {
 public:
  struct Event {
    FileOp op;
    std::string path, path2;
    std::uint64_t bytes;
    std::uint32_t status;
    int error;
    bool aborted;
  };
  std::vector<Event> events;
  std::vector<std::string> problems, products;
  std::uint32_t version = 0;

  void on_version(std::uint32_t agreed) override { version = agreed; }
  void on_file(const FileEvent& e) override {
    events.push_back(
        {e.op, std::string(e.path), std::string(e.path2), e.bytes, e.status, e.error, e.aborted});
  }
  void on_problem(std::string_view what) override { problems.emplace_back(what); }
  void on_client_product(const ClientProduct& p) override {
    products.push_back(std::string(p.vendor) + ' ' + std::string(p.product) + ' ' +
                       std::string(p.version) + ' ' + std::to_string(p.build));
  }
};

class TestClock final : public Clock {
 public:
  std::chrono::milliseconds passed{0};
  Steady now() const override { return Steady{} + passed; }
  Wall date() const override { return Wall(std::chrono::seconds(1700000100)); }
};

/// A fixed sequence without obvious repetition.
class TestRandom final : public Random {
 public:
  void fill(MutableView out) override {
    for (std::uint8_t& byte : out) {
      state_ = state_ * 6364136223846793005U + 1442695040888963407U;
      byte = static_cast<std::uint8_t>(state_ >> 56);
    }
  }

 private:
  std::uint64_t state_ = 42;
};

/// A reply that owns its bytes.
struct Reply {
  PacketType type;
  std::uint32_t id;
  Bytes body;
  ProtocolVersion version = 3;
  template <class Message>
  Message as() const {
    EXPECT_EQ(type, Message::kId);
    return type == Message::kId ? decode_body<Message>(body, version) : Message{};
  }
  /// The code of a STATUS; 999 for any other reply.
  std::uint32_t status() const { return type == PacketType::Status ? as<StatusReply>().code : 999; }
};
/// Takes a stream of replies apart; fails the test when it is cut or surplus.
std::vector<Reply> split_replies(ByteView stream, ProtocolVersion version = 3);

/// Bytes of a request.
template <class Message>
Bytes request(std::uint32_t id, const Message& message, ProtocolVersion version = 3) {
  Buffer out;
  encode_packet(out, version, id, message);
  return out.to_bytes();
}
/// Bytes of a packet that no struct makes.
Bytes raw_packet(std::uint8_t type, std::uint32_t id, ByteView body);

/// A whole world for one SFTP server.
struct SftpWorld {
  explicit SftpWorld(const ServerOptions& options = {})
      : server(files, replies, observer, clock, random, options) {}

  MemoryFileSystem files;
  TestReplies replies;
  TestObserver observer;
  TestClock clock;
  TestRandom random;
  Server server;
  ProtocolVersion version = 3;  // in which requests are sent and replies understood

  /// Feeds bytes, all at once, waits for what takes long and takes what is answered.
  std::vector<Reply> send(ByteView bytes);
  /// A request is being served that takes long.
  bool is_working() const { return server.wakes_at() == Clock::Steady{}; }
  /// Sends a request and takes its only reply.
  template <class Message>
  Reply ask(const Message& message, std::uint32_t id = 77) {
    return only(send(request(id, message, version)), id);
  }
  static Reply only(std::vector<Reply> replies, std::uint32_t id);
  void init(ProtocolVersion wanted = 3) {
    version = wanted;
    send(request(0, InitRequest{wanted, {}}));
  }
  /// Opens a file and returns its handle.
  Bytes open(std::string_view path, std::uint32_t pflags);
  Bytes open_directory(std::string_view path);
};

class SftpSession : public testing::Test, public SftpWorld {
 protected:
  SftpSession() { init(); }
};

inline std::uint32_t number(Status status) { return static_cast<std::uint32_t>(status); }

}  // namespace ssh2core::sftp
