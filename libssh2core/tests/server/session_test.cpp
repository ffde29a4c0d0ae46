// The server session: what it offers, refuses and tells; floods and peers that do not read.
#include "libssh2core/server/session.h"

#include <gmock/gmock.h>

#include "libssh2core/tests/client/sftp_harness.h"

namespace ssh2core {
namespace {

using namespace std::chrono_literals;

/// Notes what happens on a channel of the client.
class Notes final : public client::ChannelUser {
 public:
  void on_opened(Channel& opened) override {
    channel = &opened;
    text += "opened ";
  }
  void on_refused(const ChannelOpenFailure& failure) override {
    text += "refused " + std::string(failure.description) + " ";
  }
  void on_answer(bool success) override { text += success ? "success " : "failure "; }
  void on_data(ByteView bytes) override { data.insert(data.end(), bytes.begin(), bytes.end()); }
  void on_stderr(ByteView bytes) override { text += "stderr:" + std::string(as_text(bytes)); }
  void on_exit_status(std::uint32_t status) override {
    text += "exit" + std::to_string(status) + " ";
  }
  void on_eof() override { text += "eof "; }
  void on_writable() override {}
  void on_closed() override {
    channel = nullptr;
    text += "closed ";
  }
  Channel* channel = nullptr;
  std::string text;
  Bytes data;
};

class Server : public testing::Test {
 protected:
  void open_channel(Notes& notes) {
    if (!pair_.outcome) pair_.log_in();
    ASSERT_TRUE(pair_.client->open_channel(notes));
    pair_.exchange();
    ASSERT_NE(notes.channel, nullptr);
    notes.text.clear();
  }
  void request(Notes& notes, std::string_view name, ByteView details) {
    pair_.client->connection().request(*notes.channel, name, true, details);
    pair_.exchange();
  }
  static Bytes text(std::string_view value) {
    Buffer out;
    Writer(out).string(value);
    return out.to_bytes();
  }
  void send(ByteView payload) {
    // The session gives no way to send just anything: past its checks.
    PacketWriter& writer = const_cast<Transport&>(pair_.client->transport()).writer();
    writer.begin();
    writer.buffer().append(payload);
    writer.end();
  }
  template <class Message>
  void send_message(const Message& message) {
    send(encode(message));
  }
  void expect_end(Reason reason) {
    pair_.exchange();
    EXPECT_TRUE(pair_.server->finished());
    ASSERT_TRUE(pair_.ending);
    EXPECT_EQ(pair_.ending->reason, reason) << pair_.ending->why;
    EXPECT_EQ(pair_.log.count<server::SessionClose>(), 1U);
  }
  SftpPair pair_;
};

TEST_F(Server, TellsTheStoryOfASession) {
  ASSERT_NO_FATAL_FAILURE(pair_.open());
  Upload upload(pair_, "/f", as_bytes("hello"), 100, 1);
  pair_.exchange();
  pair_.client->rekey();
  pair_.exchange();
  pair_.channel->finish();
  pair_.exchange();
  pair_.client->disconnect(Reason::ByApplication, "bye");
  pair_.exchange();
  const EventLog& log = pair_.log;
  EXPECT_EQ(log.last<server::SessionOpen>()->peer, "test");
  EXPECT_EQ(log.last<server::SessionOpen>()->banner, "SSH-2.0-sftpd_lite");
  const auto* negotiated = log.last<server::Negotiated>();
  EXPECT_EQ(negotiated->kex, "mlkem768x25519-sha256");
  EXPECT_EQ(negotiated->mac_in, "<implicit>");
  EXPECT_TRUE(negotiated->strict_kex);
  EXPECT_EQ(log.last<server::AuthAttempt>()->result, "accepted");
  EXPECT_EQ(log.last<server::FileDone>()->op, "write");
  EXPECT_EQ(log.last<server::FileDone>()->bytes, 5U);
  EXPECT_EQ(log.last<server::Rekeyed>()->count, 1U);
  EXPECT_EQ(log.last<server::ChannelChange>()->what, "close");
  EXPECT_EQ(log.last<server::SessionClose>()->reason, "closed by the client");
  EXPECT_GT(log.last<server::SessionClose>()->bytes_in, 1000U);
  EXPECT_EQ(log.count<server::Problem>(), 0U);
}

TEST_F(Server, RefusesShellsAndCommandsWithATextAndStatusOne) {
  for (const std::string_view what : {"shell", "exec"}) {
    Notes notes;
    ASSERT_NO_FATAL_FAILURE(open_channel(notes));
    request(notes, what, what == "exec" ? text("rm -rf /") : Bytes{});
    EXPECT_EQ(notes.text,
              "success stderr:This server offers SFTP and SCP only.\r\neof exit1 closed ");
    EXPECT_EQ(pair_.log.last<server::ChannelChange>()->what, "close");
  }
  EXPECT_FALSE(pair_.ending);
}

TEST_F(Server, RefusesOtherRequestsOfAChannel) {
  Notes notes;
  ASSERT_NO_FATAL_FAILURE(open_channel(notes));
  for (const std::string_view what :
       {"pty-req", "x11-req", "auth-agent-req@openssh.com", "window-change", "whatever"})
    request(notes, what, as_bytes("any details at all"));
  request(notes, "signal", text("KILL"));
  request(notes, "env", as_bytes(std::string_view("\0\0\0\1A\0\0\0\1b", 10)));
  request(notes, "subsystem", text("netconf"));
  EXPECT_EQ(notes.text, "failure failure failure failure failure failure failure failure ");
  request(notes, "subsystem", text("sftp"));
  request(notes, "subsystem", text("sftp"));
  request(notes, "shell", {});
  EXPECT_TRUE(notes.text.ends_with("success failure failure ")) << notes.text;
  EXPECT_EQ(pair_.log.last<server::SftpStarted>(), nullptr);
}

TEST_F(Server, RefusesForwardingOfEveryKind) {
  pair_.log_in();
  for (const std::string_view type : {"direct-tcpip", "direct-streamlocal@openssh.com", "x11",
                                      "forwarded-tcpip", "tun@openssh.com"})
    send_message(ChannelOpen{type, 9, 1000, 1000, {}});
  pair_.to_server();
  EXPECT_EQ(pair_.log.count<server::ChannelChange>(), 5U);
  EXPECT_EQ(pair_.log.last<server::ChannelChange>()->what, "refused");
  EXPECT_FALSE(pair_.server->finished());
}

TEST_F(Server, EndsAChannelWithoutSftpAtItsEof) {
  Notes notes;
  ASSERT_NO_FATAL_FAILURE(open_channel(notes));
  notes.channel->writer().append(as_bytes("nobody reads this"));
  pair_.client->connection().send_eof(*notes.channel);
  pair_.exchange();
  EXPECT_EQ(notes.text, "eof exit0 closed ");
}

TEST_F(Server, ClosesTheChannelWhenSftpIsNotSpoken) {
  Notes notes;
  ASSERT_NO_FATAL_FAILURE(open_channel(notes));
  request(notes, "subsystem", text("sftp"));
  notes.channel->writer().append(as_bytes("GET / HTTP/1.0\r\n\r\n"));
  pair_.exchange();
  EXPECT_EQ(notes.text, "success eof exit1 closed ");
  EXPECT_EQ(pair_.log.count<server::Problem>(), 1U);
  EXPECT_FALSE(pair_.ending);
}

TEST_F(Server, RefusesChannelsBeforeLogin) {
  pair_.start();
  pair_.exchange();
  send_message(ChannelOpen{"session", 0, 1000, 1000, {}});
  expect_end(Reason::Protocol);
}

TEST_F(Server, KeyExchangesBeforeLoginAreFew) {
  pair_.start();
  pair_.exchange();
  int exchanges = 1;
  for (; exchanges < 100 && !pair_.server->finished(); ++exchanges) {
    pair_.client->rekey();
    pair_.exchange();
  }
  EXPECT_EQ(exchanges, 9);
  EXPECT_EQ(pair_.log.last<server::SessionClose>()->reason,
            "too many key exchanges before the login");
}

TEST_F(Server, TheTextOfADisconnectIsBounded) {
  pair_.start();
  pair_.exchange();
  pair_.client->disconnect(Reason::Protocol, std::string(200'000, 'x'));
  pair_.exchange();
  EXPECT_EQ(pair_.log.last<server::SessionClose>()->reason, std::string(512, 'x'));
}

TEST_F(Server, TakesTheClientAtItsWordAboutNoMoreSessions) {
  pair_.log_in();
  send_message(GlobalRequest{"no-more-sessions@openssh.com", false, {}});
  pair_.exchange();
  EXPECT_FALSE(pair_.ending);
  send_message(ChannelOpen{"session", 0, 1000, 1000, {}});
  expect_end(Reason::Protocol);
}

TEST_F(Server, EndsWhenTheFilesCannotBeOpened) {
  pair_.refuse_files = "no home directory";
  pair_.start();
  pair_.client->authenticate({.user = "ann", .password = &pair_.password});
  pair_.exchange();
  EXPECT_TRUE(pair_.ending);
  EXPECT_EQ(pair_.log.last<server::Problem>()->what, "no home directory");
  EXPECT_EQ(pair_.ending->why.find("no home"), std::string::npos) << "for the log only";
}

TEST_F(Server, ReportsFilesThatTheEndLeftOpen) {
  ASSERT_NO_FATAL_FAILURE(pair_.open());
  const Bytes content = random_content(500000, 1);
  Upload upload(pair_, "/half", content, 1000, 1);
  for (int i = 0; i < 20; ++i) {
    pair_.to_server();
    pair_.to_client();
  }
  pair_.server->end_of_input();
  const auto* file = pair_.log.last<server::FileDone>();
  ASSERT_NE(file, nullptr);
  EXPECT_TRUE(file->aborted);
  EXPECT_GT(file->bytes, 0U);
  EXPECT_EQ(pair_.log.count<server::SessionClose>(), 1U);
}

TEST_F(Server, RenewsKeysOnlyAfterTheLogin) {
  pair_.server_settings.transport.rekey.bytes = 1;
  pair_.start();
  pair_.exchange();
  EXPECT_EQ(pair_.log.count<server::Rekeyed>(), 0U);
  SessionPair later;
  later.server_settings.transport.rekey.time = 60s;
  ASSERT_NO_FATAL_FAILURE(later.log_in());
  later.clock.passed = 60s;
  later.server->on_deadline();
  later.exchange();
  EXPECT_EQ(later.log.count<server::Rekeyed>(), 1U);
}

TEST_F(Server, EndsSlowLoginsAndIdleSessions) {
  pair_.start();
  pair_.exchange();
  EXPECT_EQ(*pair_.server->deadline() - pair_.clock.now(), 120s);
  pair_.clock.passed = 119s;
  pair_.server->on_deadline();
  EXPECT_FALSE(pair_.server->finished());
  pair_.clock.passed = 120s;
  pair_.server->on_deadline();
  EXPECT_TRUE(pair_.server->finished());
  EXPECT_EQ(pair_.log.last<server::SessionClose>()->reason, "login took too long");

  SftpPair idle;
  ASSERT_NO_FATAL_FAILURE(idle.open());
  EXPECT_EQ(*idle.server->deadline() - idle.clock.now(), 600s);
  idle.clock.passed = 600s;
  idle.server->on_deadline();
  EXPECT_TRUE(idle.server->finished());
}

TEST_F(Server, NewKeysDoNotKeepAnIdleSessionAlive) {
  SftpPair idle;
  idle.server_settings.transport.rekey.time = 60s;
  ASSERT_NO_FATAL_FAILURE(idle.open());
  for (int minute = 1; minute <= 10; ++minute) {
    EXPECT_FALSE(idle.server->finished());
    idle.clock.passed += 60s;
    idle.server->on_deadline();
    idle.exchange();
  }
  EXPECT_GE(idle.log.count<server::Rekeyed>(), 8U);
  ASSERT_TRUE(idle.server->finished());
  EXPECT_EQ(idle.log.last<server::SessionClose>()->reason, "idle for too long");
}

TEST_F(Server, RunsWithoutAnyTimeOut) {
  pair_.server_settings.login_timeout = 0s;
  pair_.server_settings.idle_timeout = 0s;
  pair_.server_settings.transport.rekey.time = 0s;
  pair_.start();
  EXPECT_FALSE(pair_.server->deadline());
  ASSERT_NO_FATAL_FAILURE(pair_.log_in());
  EXPECT_FALSE(pair_.server->deadline());
}

TEST_F(Server, ShutsDownWithADisconnect) {
  ASSERT_NO_FATAL_FAILURE(pair_.open());
  pair_.server->disconnect(Reason::ByApplication, "the server shuts down");
  pair_.exchange();
  ASSERT_TRUE(pair_.ending);
  EXPECT_EQ(pair_.ending->why, "the server shuts down");
}

TEST_F(Server, GivesMemoryBackWhenIdleAndGoesOnAfterwards) {
  ASSERT_NO_FATAL_FAILURE(pair_.open());
  pair_.server->on_idle();
  bool answered = false;
  pair_.sftp().stat("/", [&](const auto& answer) { answered = answer.ok(); });
  pair_.exchange();
  EXPECT_TRUE(answered);
}

// Two hundred READs of 256 KiB: what they ask for is made only as fast as it is taken.
TEST_F(Server, APeerThatNeverReadsCostsBoundedMemory) {
  pair_.prepare = [](sftp::MemoryFileSystem& files) {
    files.put_file("/big", std::string(1 << 20, 'x'));
  };
  ASSERT_NO_FATAL_FAILURE(pair_.open());
  Bytes handle;
  pair_.sftp().open("/big", sftp::kOpenRead, {},
                    [&](const client::Answer<Bytes>& answer) { handle = answer.value; });
  pair_.exchange();
  for (int i = 0; i < 200; ++i) pair_.sftp().read(handle, 0, 261120, [](const auto&) {});
  while (pair_.to_server() != 0) continue;  // nothing is taken back
  EXPECT_LE(pair_.server->output().size(), kSendHighWater + 2 * sftp::kMaxData);
  EXPECT_FALSE(pair_.server->receive_room().empty()) << "window adjusts must still get in";
  pair_.exchange();  // and when it reads at last, all is there
  EXPECT_EQ(pair_.sftp().outstanding(), 0U);
}

TEST_F(Server, AFloodOfRequestsThatIsNeverReadStopsBeingTaken) {
  ASSERT_NO_FATAL_FAILURE(pair_.open());
  for (int i = 0; i < 200000 && !pair_.server->receive_room().empty(); ++i) {
    send_message(GlobalRequest{"keepalive@openssh.com", true, {}});
    pair_.to_server();
  }
  EXPECT_TRUE(pair_.server->receive_room().empty());
  EXPECT_LE(pair_.server->output().size(), kSendLimit + 65536);
  pair_.server->sent(pair_.server->output().size());
  EXPECT_FALSE(pair_.server->receive_room().empty());
}

TEST_F(Server, AFloodInOnePieceIsBoundedToo) {
  ASSERT_NO_FATAL_FAILURE(pair_.open());
  for (int i = 0; i < 100000; ++i) send(Bytes{199});  // answered with UNIMPLEMENTED
  while (pair_.to_server() != 0) continue;
  EXPECT_LE(pair_.server->output().size(), 4 * kSendLimit);
}

TEST_F(Server, AFloodAmidAnExchangeThatNeverEndsIsCutOff) {
  pair_.server_settings.transport.rekey.bytes = 100000;
  ASSERT_NO_FATAL_FAILURE(pair_.open());
  constexpr std::string_view kVariable(
      "\0\0\0\1A\0\0\0\x10"
      "0123456789abcdef",
      25);
  for (int i = 0; i < 20000 && !pair_.server->finished(); ++i) {
    send_message(ChannelRequest{0, "env", true, Tail{as_bytes(kVariable)}});
    pair_.to_server();  // its KEXINIT is never read
  }
  EXPECT_TRUE(pair_.server->finished());
  EXPECT_EQ(pair_.log.last<server::SessionClose>()->reason, "the peer does not answer our KEXINIT");
  EXPECT_EQ(pair_.log.count<server::SessionClose>(), 1U);
}

TEST_F(Server, ManySessionsOnOneConnectionWorkSideBySide) {
  ASSERT_NO_FATAL_FAILURE(pair_.open());
  std::vector<std::unique_ptr<client::SftpChannel>> more;
  for (int i = 0; i < 9; ++i)
    more.push_back(std::make_unique<client::SftpChannel>(*pair_.client, [](const auto&) {}));
  std::optional<client::SftpStatus> refused;
  client::SftpChannel eleventh(*pair_.client, [&](const auto& status) { refused = status; });
  pair_.exchange();
  EXPECT_TRUE(refused && !refused->ok());
  int answers = 0;
  for (auto& channel : more)
    for (int i = 0; i < 50; ++i)
      channel->client().stat("/", [&](const auto& answer) { answers += answer.ok(); });
  pair_.exchange(777);
  EXPECT_EQ(answers, 450);
}

TEST_F(Server, MutatedMessagesNeverDoMoreThanEnd) {
  std::mt19937 random(77);
  const std::vector<Bytes> seeds = {
      encode(ChannelOpen{"session", 1, 100000, 32768, {}}),
      encode(ChannelRequest{0, "subsystem", true,
                            Tail{as_bytes(std::string_view("\0\0\0\4sftp", 8))}}),
      encode(ChannelData{0, as_bytes(std::string_view("\0\0\0\5\1\0\0\0\3", 9))}),
      encode(ChannelWindowAdjust{0, 1000}),
      encode(ChannelEof{0}),
      encode(ChannelClose{0}),
      encode(GlobalRequest{"x", true, {}}),
      encode(UserAuthRequest{"ann", "ssh-connection", "none", {}}),
      encode(ServiceRequest{"ssh-userauth"}),
      encode(Ignore{as_bytes("abc")})};
  for (int session = 0; session < 60; ++session) {
    SftpPair pair;
    ASSERT_NO_FATAL_FAILURE(pair.open());
    PacketWriter& writer = const_cast<Transport&>(pair.client->transport()).writer();
    for (int i = 0; i < 40 && !pair.server->finished(); ++i) {
      Bytes payload = seeds[random() % seeds.size()];
      for (auto n = random() % 3; n != 0; --n)
        payload[1 + random() % (payload.size() - 1)] = static_cast<std::uint8_t>(random() % 12);
      writer.begin();
      writer.buffer().append(payload);
      writer.end();
      pair.to_server();
      pair.server->sent(pair.server->output().size());
    }
    pair.server->end_of_input();
    EXPECT_EQ(pair.log.count<server::SessionClose>(), 1U);
  }
}

}  // namespace
}  // namespace ssh2core
