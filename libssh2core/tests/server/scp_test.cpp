// SCP on channels and on a byte stream of its own: what is started, what is refused, how it ends.
#include <gmock/gmock.h>

#include "libssh2core/server/scp_channel.h"
#include "libssh2core/server/scp_session.h"
#include "libssh2core/tests/client/sftp_harness.h"

namespace ssh2core {
namespace {

using testing::HasSubstr;

const std::string kOk(1, '\0');

/// A client's end of a channel: what came, and how it ended.
class Program final : public client::ChannelUser {
 public:
  void on_opened(Channel& opened) override { channel = &opened; }
  void on_refused(const ChannelOpenFailure&) override {}
  void on_answer(bool success) override { ended += success ? "success " : "failure "; }
  void on_data(ByteView bytes) override { out += as_text(bytes); }
  void on_stderr(ByteView bytes) override { errors += as_text(bytes); }
  void on_exit_status(std::uint32_t status) override {
    ended += "exit" + std::to_string(status) + " ";
  }
  void on_eof() override { ended += "eof "; }
  void on_writable() override {}
  void on_closed() override {
    channel = nullptr;
    ended += "closed";
  }
  Channel* channel = nullptr;
  std::string out, errors, ended;
};

class ServerScp : public testing::Test {
 protected:
  void run(Program& program, std::string_view command) {
    if (!pair_.outcome) pair_.log_in();
    ASSERT_TRUE(pair_.client->open_channel(program));
    pair_.exchange();
    ASSERT_NE(program.channel, nullptr);
    Buffer details;
    Writer(details).string(command);
    pair_.client->connection().request(*program.channel, "exec", true, details.view());
    pair_.exchange();
  }
  void say(Program& program, std::string_view bytes) {
    program.channel->writer().append(as_bytes(bytes));
    (void)pair_.client->output();  // seals the packet
    pair_.exchange();
  }
  void end(Program& program) {
    pair_.client->connection().send_eof(*program.channel);
    (void)pair_.client->output();
    pair_.exchange();
  }
  SessionPair pair_;
};

TEST_F(ServerScp, TakesAFile) {
  Program program;
  run(program, "scp -t 'a file'");
  EXPECT_EQ(program.out, kOk);
  say(program, "C0644 5 f\n");
  say(program, "hello");
  say(program, kOk);
  EXPECT_EQ(program.out, kOk + kOk + kOk);
  EXPECT_EQ(program.ended, "success ");
  end(program);
  EXPECT_EQ(program.ended, "success eof exit0 closed");
  EXPECT_EQ(pair_.files->content("/home/user/a file"), "hello");
  const auto* done = pair_.log.last<server::FileDone>();
  ASSERT_NE(done, nullptr);
  EXPECT_EQ(done->protocol, server::FileProtocol::Scp);
  EXPECT_EQ(done->bytes, 5U);
}

TEST_F(ServerScp, SendsAFileThroughKeyExchanges) {
  std::string content(1000000, 'x');
  for (std::size_t i = 0; i < content.size(); i += 7) content[i] = static_cast<char>(i / 7);
  pair_.prepare = [&](sftp::MemoryFileSystem& files) { files.put_file("big", content); };
  pair_.server_settings.transport.rekey.bytes = 100000;
  Program program;
  run(program, "scp -f big");
  say(program, kOk);
  EXPECT_THAT(program.out, HasSubstr(" 1000000 big\n"));
  program.out.clear();
  say(program, kOk);
  EXPECT_EQ(program.out, content + kOk);
  say(program, kOk);
  EXPECT_EQ(program.ended, "success eof exit0 closed");
  EXPECT_GT(pair_.log.last<server::Rekeyed>()->count, 1U);
}

TEST_F(ServerScp, AVanishedClientLeavesNothingOpen) {
  pair_.prepare = [](sftp::MemoryFileSystem& files) { files.put_file("f", "hello"); };
  Program up, down;
  run(up, "scp -t new");
  say(up, "C0644 100 f\nhalf");
  run(down, "scp -f f");
  say(down, kOk);
  pair_.client->connection().close(*up.channel);
  pair_.client->connection().close(*down.channel);
  (void)pair_.client->output();
  pair_.exchange();
  EXPECT_EQ(up.channel, nullptr);
  EXPECT_EQ(pair_.log.count<server::FileDone>(), 2U);
  EXPECT_TRUE(pair_.log.last<server::FileDone>()->aborted);
  EXPECT_EQ(pair_.files->content("new"), "half");
}

TEST_F(ServerScp, ACommandThatMakesNoSenseIsExplained) {
  for (const std::string_view command :
       {"scp", "scp -t it's", "scp -t two words", "scp -S x -t y"}) {
    Program program;
    run(program, command);
    EXPECT_EQ(program.ended, "success eof exit1 closed") << command;
    EXPECT_THAT(program.errors, testing::StartsWith("scp: ")) << command;
    EXPECT_EQ(program.out, "");
  }
}

TEST_F(ServerScp, OtherCommandsGetTheRefusal) {
  for (const std::string_view command : {"/usr/bin/scp -t x", "scpx", "date", "sh -c 'scp -t x'"}) {
    Program program;
    run(program, command);
    EXPECT_EQ(program.errors, "This server offers SFTP and SCP only.\r\n") << command;
    EXPECT_EQ(program.ended, "success eof exit1 closed");
  }
}

TEST_F(ServerScp, CanBeSwitchedOff) {
  pair_.server_settings.scp_allowed = false;
  Program program;
  run(program, "scp -t x");
  EXPECT_EQ(program.out, "");
  EXPECT_THAT(program.errors, HasSubstr("only."));
}

TEST_F(ServerScp, DateCanBeSwitchedOn) {
  pair_.server_settings.date_allowed = true;
  Program program, other;
  run(program, "date -u");
  EXPECT_THAT(program.out, testing::MatchesRegex("[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9]{2} "
                                                 "[0-9:]{8} UTC [0-9]+\n"));
  EXPECT_EQ(program.ended, "success eof exit0 closed");
  run(other, "date -s tomorrow");
  EXPECT_EQ(other.out, "");
  EXPECT_EQ(server::date_text("date -u", Clock::Wall(std::chrono::seconds(86399))),
            "Thu Jan  1 23:59:59 UTC 1970\n");
}

TEST_F(ServerScp, AReadOnlySessionTakesNothing) {
  pair_.server_settings.sftp.read_only = true;
  Program program;
  run(program, "scp -r -t d");
  say(program, "C0644 1 f\n");
  EXPECT_THAT(program.out, HasSubstr("\1scp: d: "));
  EXPECT_EQ(pair_.log.last<server::FileDone>()->error, EROFS);
}

TEST(ServerScpOptions, FollowTheListOfRequests) {
  sftp::ServerOptions sftp;
  sftp.refused_requests = {"mkdir", "opendir", "fsetstat"};
  const scp::Options options = server::scp_options({}, sftp);
  EXPECT_EQ(options.refuse_make_directory, EACCES);
  EXPECT_EQ(options.refuse_list, EACCES);
  EXPECT_EQ(options.refuse_set, EACCES);
  EXPECT_EQ(options.refuse_read, 0);
  EXPECT_EQ(options.refuse_write, 0);
  sftp.refused_requests = {"open"};
  EXPECT_EQ(server::scp_options({}, sftp).refuse_read, EACCES);
  EXPECT_EQ(server::scp_options({}, sftp).refuse_write, EACCES);
}

/// Gives the session what it has room for, and takes what it says.
std::string say(server::ScpSession& session, std::string_view bytes) {
  while (!bytes.empty()) {
    const MutableView room = session.receive_room();
    if (room.empty()) break;
    const std::size_t count = std::min(room.size(), bytes.size());
    std::ranges::copy(as_bytes(bytes.substr(0, count)), room.begin());
    session.received(count);
    bytes.remove_prefix(count);
  }
  std::string said;
  while (!session.output().empty()) {
    const std::size_t count = std::min<std::size_t>(session.output().size(), 10000);
    said += as_text(session.output().first(count));
    session.sent(count);
  }
  return said;
}

TEST(ServerScpSession, ServesAStream) {
  sftp::MemoryFileSystem files;
  files.put_file("big", std::string(300000, 'b'));
  EventLog events;
  const FixedClock clock;
  const auto command = [](std::string_view line) {
    return std::get<scp::Command>(scp::read_command(line));
  };
  server::ScpSession source(files, events, clock, command("scp -f big"), {});
  EXPECT_THAT(say(source, kOk), HasSubstr("300000 big\n"));
  EXPECT_EQ(say(source, kOk), std::string(300000, 'b') + kOk);
  say(source, kOk);
  EXPECT_TRUE(source.finished());
  EXPECT_EQ(source.exit_status(), 0U);
  EXPECT_EQ(events.last<server::SessionClose>()->reason, "done");

  server::ScpSession sink(files, events, clock, command("scp -t new"), {});
  EXPECT_EQ(say(sink, "C0600 2 x\nhi" + kOk), kOk + kOk + kOk);
  EXPECT_FALSE(sink.finished());
  sink.end_of_input();
  EXPECT_TRUE(sink.finished());
  EXPECT_EQ(sink.exit_status(), 0U);
  EXPECT_EQ(files.content("new"), "hi");

  server::ScpSession lost(files, events, clock, command("scp -t lost"), {});
  say(lost, "C0600 200 x\nhi");
  lost.output_lost();
  EXPECT_TRUE(lost.finished());
  EXPECT_EQ(lost.exit_status(), 1U);
  EXPECT_TRUE(events.last<server::FileDone>()->aborted);
}

}  // namespace
}  // namespace ssh2core
