// What a server does beside files: host key rotation, signs of life, and rules for certain clients.
#include <gmock/gmock.h>

#include "libssh2core/server/host_key_rotation.h"
#include "libssh2core/server/keepalive.h"
#include "libssh2core/tests/client/sftp_harness.h"

namespace ssh2core {
namespace {

using namespace std::chrono_literals;
using server::Keepalive;

/// A session in which a file is open, or none.
class Transfers : public testing::Test {
 protected:
  void begin() {
    pair_.server_settings.idle_timeout = 0s;
    pair_.server_settings.transport.rekey.time = 0s;
    pair_.server_settings.no_transfer_timeout = 60s;
    pair_.server_settings.stalled_timeout = 30s;
    ASSERT_NO_FATAL_FAILURE(pair_.open());
  }
  void open_file() {
    pair_.sftp().open("/f", sftp::kOpenWrite | sftp::kOpenCreate, {},
                      [](const client::Answer<Bytes>&) {});
    pair_.exchange();
  }
  void wait(std::chrono::seconds time) {
    pair_.clock.passed += time;
    pair_.server->on_deadline();
    pair_.exchange();
  }
  std::string reason() const { return pair_.log.last<server::SessionClose>()->reason; }
  SftpPair pair_;
};

TEST_F(Transfers, NoneForTooLong) {
  begin();
  EXPECT_EQ(*pair_.server->deadline() - pair_.clock.now(), 60s);
  wait(59s);
  ASSERT_FALSE(pair_.server->finished());
  wait(1s);
  ASSERT_TRUE(pair_.server->finished());
  EXPECT_EQ(reason(), "no transfer for too long");
}

TEST_F(Transfers, OneThatHasStalled) {
  begin();
  wait(59s);
  open_file();
  EXPECT_EQ(*pair_.server->deadline() - pair_.clock.now(), 30s);
  wait(29s);
  ASSERT_FALSE(pair_.server->finished()) << "a file is open";
  wait(1s);
  ASSERT_TRUE(pair_.server->finished());
  EXPECT_EQ(reason(), "the transfer has stalled");
}

/// Who is kept waiting by a rate is not idle, and the connection lives meanwhile.
TEST_F(Transfers, OneThatIsHeldBackIsServedInItsTime) {
  begin();
  const Bytes content = random_content(100000, 1);
  pair_.files->write_pace = std::make_shared<sftp::Pace>(500.0);
  Upload upload(pair_, "/f", content, 10000, 4);
  pair_.exchange();
  unsigned waits = 0;
  while (!upload.done && waits++ < 100) {
    ASSERT_FALSE(pair_.server->finished()) << reason();
    const auto at = pair_.server->deadline();
    ASSERT_TRUE(at);
    ASSERT_GT(*at, pair_.clock.now());
    pair_.clock.passed += std::chrono::ceil<std::chrono::seconds>(*at - pair_.clock.now());
    pair_.server->on_deadline();
    pair_.exchange();
  }
  EXPECT_TRUE(upload.done);
  EXPECT_TRUE(pair_.files->content("/f") == as_text(content));
  EXPECT_GE(pair_.clock.passed, 180s);
  EXPECT_LE(pair_.clock.passed, 220s);
}

/// Each login that fails is told once, also one that nobody went on with.
TEST(FailedLogins, WhoNeverLogsInIsRefused) {
  SessionPair pair;
  pair.start();
  pair.server->on_deadline();
  pair.clock.passed = 120s;
  pair.server->on_deadline();
  ASSERT_TRUE(pair.server->finished());
  ASSERT_EQ(pair.log.count<server::AuthAttempt>(), 1U);
  const auto& attempt = *pair.log.last<server::AuthAttempt>();
  EXPECT_EQ(attempt.result, "refused");
  EXPECT_EQ(attempt.method, "none");
  EXPECT_EQ(attempt.user, "");
  EXPECT_EQ(attempt.reason, "login took too long");
}

TEST(FailedLogins, WhoHangsUpBeforeALoginIsNot) {
  SessionPair pair;
  pair.start();
  pair.server->end_of_input();
  EXPECT_EQ(pair.log.count<server::AuthAttempt>(), 0U);
}

TEST(KeepaliveClock, ThreeTimesFifteenEndAfterFortyFive) {
  FixedClock clock;
  Keepalive alive(3, 15s);
  alive.heard(clock.now());
  EXPECT_EQ(*alive.deadline() - clock.now(), 15s);
  clock.passed += 14s;
  EXPECT_EQ(alive.due(clock.now()), Keepalive::Due::Nothing);
  clock.passed += 1s;
  EXPECT_EQ(alive.due(clock.now()), Keepalive::Due::Ask);
  EXPECT_TRUE(alive.asked());
  clock.passed += 15s;
  EXPECT_EQ(alive.due(clock.now()), Keepalive::Due::Ask);
  clock.passed += 15s;
  EXPECT_EQ(alive.due(clock.now()), Keepalive::Due::GiveUp);
}

TEST(KeepaliveClock, AnythingHeardBeginsAnew) {
  FixedClock clock;
  Keepalive alive(3, 15s);
  for (int i = 0; i < 10; ++i) {
    alive.heard(clock.now());
    clock.passed += 15s;
    EXPECT_EQ(alive.due(clock.now()), Keepalive::Due::Ask);
    clock.passed += 15s;
    EXPECT_EQ(alive.due(clock.now()), Keepalive::Due::Ask);
  }
}

TEST(KeepaliveClock, ZeroOfEitherIsOffAndOneAsksAllTheSame) {
  FixedClock clock;
  EXPECT_FALSE(Keepalive(0, 15s).deadline());
  EXPECT_FALSE(Keepalive(3, 0s).deadline());
  Keepalive once(1, 15s);
  once.heard(clock.now());
  clock.passed += 15s;
  EXPECT_EQ(once.due(clock.now()), Keepalive::Due::Ask);
  clock.passed += 15s;
  EXPECT_EQ(once.due(clock.now()), Keepalive::Due::GiveUp);
}

class Upkeep : public testing::Test {
 protected:
  SessionPair pair_;
};

TEST_F(Upkeep, ASilentClientIsAskedAndGivenUp) {
  pair_.server_settings.keepalive_count = 3;
  pair_.server_settings.keepalive_interval = 15s;
  pair_.log_in();
  for (int i = 0; i < 2; ++i) {
    pair_.clock.passed += 15s;
    ASSERT_EQ(*pair_.server->deadline(), pair_.clock.now());
    pair_.server->on_deadline();
    EXPECT_FALSE(pair_.server->finished());
    EXPECT_FALSE(pair_.server->output().empty()) << "a question";
  }
  pair_.clock.passed += 15s;
  pair_.server->on_deadline();
  EXPECT_TRUE(pair_.server->finished());
  ASSERT_NE(pair_.log.last<server::SessionClose>(), nullptr);
  EXPECT_THAT(pair_.log.last<server::SessionClose>()->reason, testing::HasSubstr("sign of life"));
}

/// An answer is a sign of life, but no activity: the idle time-out goes on.
TEST_F(Upkeep, WhoAnswersStaysUntilItIsIdle) {
  pair_.server_settings.keepalive_count = 2;
  pair_.server_settings.keepalive_interval = 15s;
  pair_.server_settings.idle_timeout = 100s;
  pair_.log_in();
  for (int i = 0; i < 6; ++i) {
    pair_.clock.passed += 15s;
    pair_.server->on_deadline();
    pair_.exchange();
    ASSERT_FALSE(pair_.server->finished()) << i;
  }
  pair_.clock.passed += 15s;
  pair_.server->on_deadline();
  EXPECT_TRUE(pair_.server->finished());
  EXPECT_THAT(pair_.log.last<server::SessionClose>()->reason, testing::HasSubstr("idle"));
}

TEST_F(Upkeep, NoQuestionsUnlessToldSo) {
  pair_.server_settings.idle_timeout = 0s;
  pair_.server_settings.transport.rekey.time = 0s;
  pair_.log_in();
  EXPECT_FALSE(pair_.server->deadline());
}

/// Host keys of which one may come to use later.
class ManyKeys final : public HostKeySigner {
 public:
  ByteView public_blob(std::string_view algorithm) const override {
    return test_key("ssh-ed25519").can_sign(algorithm)
               ? ByteView(test_key("ssh-ed25519").public_blob())
               : ByteView{};
  }
  void sign(std::string_view algorithm, ByteView data, std::function<void(Bytes)> done) override {
    done(test_key("ssh-ed25519").sign(algorithm, data));
  }
  std::vector<Bytes> all_keys() const override {
    return {test_key("ssh-ed25519").public_blob(), test_key("ssh-rsa").public_blob()};
  }
  void sign_by(ByteView blob, std::string_view algorithm, ByteView data,
               std::function<void(Bytes)> done) override {
    const std::string type(Reader(blob).text());
    signature = fails ? Bytes{} : test_key(type).sign(algorithm, data);
    waiting = std::move(done);
    if (!delayed) answer();
  }
  void answer() {
    const auto done = std::exchange(waiting, nullptr);
    done(signature);
  }
  bool delayed = false, fails = false;
  Bytes signature;
  std::function<void(Bytes)> waiting;
};

/// The transport of a client joined to a session of the server.
class Rotation : public testing::Test {
 protected:
  void connect() {
    server_ = std::make_unique<server::Session>(
        settings_,
        server::Surroundings{.clock = clock_,
                             .random = server_random_,
                             .host_keys = keys_,
                             .authenticator = authenticator_,
                             .events = log_,
                             .open_files = [](const std::string&,
                                              std::string&) -> std::unique_ptr<sftp::FileSystem> {
                               return std::make_unique<sftp::MemoryFileSystem>();
                             }},
        "test");
    client_ = std::make_unique<Transport>(Role::Client, client_settings_,
                                          TransportSurroundings{.clock = clock_,
                                                                .random = client_random_,
                                                                .handler = recorder_,
                                                                .verifier = &verifier_});
    exchange();
    client_->send(ServiceRequest{"ssh-userauth"});
    Buffer details;
    Writer w(details);
    w.boolean(false);
    w.string("secret");
    client_->send(UserAuthRequest{"ann", "ssh-connection", "password", Tail{details.view()}});
    exchange();
  }
  void exchange() {
    for (bool moved = true; moved;) {
      client_->flush();
      const Bytes out(client_->output().begin(), client_->output().end());
      client_->sent(out.size());
      ByteView rest = out;
      while (!rest.empty() && !server_->finished()) {
        const MutableView room = server_->receive_room();
        if (room.empty()) break;
        const std::size_t count = std::min(room.size(), rest.size());
        std::copy_n(rest.begin(), count, room.begin());
        rest = rest.subspan(count);
        server_->received(count);
      }
      const Bytes back(server_->output().begin(), server_->output().end());
      server_->sent(back.size());
      client_->feed(back);
      moved = !out.empty() || !back.empty();
    }
  }
  const Bytes* find(std::uint8_t id) const {
    for (const Bytes& message : recorder_.messages)
      if (message[0] == id) return &message;
    return nullptr;
  }
  void ask(const std::vector<Bytes>& blobs) {
    recorder_.messages.clear();
    Buffer list;
    Writer w(list);
    for (const Bytes& blob : blobs) w.string(blob);
    client_->send(GlobalRequest{server::kProveRequest, true, Tail{list.view()}});
    exchange();
  }
  FixedClock clock_;
  FixedRandom server_random_{1}, client_random_{2};
  ManyKeys keys_;
  OneUser authenticator_;
  EventLog log_;
  AnyHostKey verifier_;
  Recorder recorder_;
  server::Settings settings_;
  TransportSettings client_settings_;
  std::unique_ptr<server::Session> server_;
  std::unique_ptr<Transport> client_;
};

TEST_F(Rotation, AllKeysAreNamedAfterTheLogin) {
  connect();
  const Bytes* request = find(GlobalRequest::kId);
  ASSERT_NE(request, nullptr);
  const auto message = decode<GlobalRequest>(*request);
  EXPECT_EQ(message.request, server::kHostKeysRequest);
  EXPECT_FALSE(message.want_reply);
  Reader r(message.details.bytes);
  for (const Bytes& blob : keys_.all_keys()) EXPECT_TRUE(std::ranges::equal(r.string(), blob));
  EXPECT_EQ(r.remaining(), 0U);
}

TEST_F(Rotation, IsSwitchedOff) {
  settings_.rotate_host_keys = false;
  connect();
  EXPECT_EQ(find(GlobalRequest::kId), nullptr);
  ask(keys_.all_keys());
  EXPECT_NE(find(RequestFailure::kId), nullptr);
}

TEST_F(Rotation, IsSparedForClientsThatCannotBearIt) {
  client_settings_.identification = "SSH-2.0-TTSSH/2.72 Win32";
  connect();
  EXPECT_EQ(find(GlobalRequest::kId), nullptr);
  EXPECT_EQ(log_.count<server::AuthAttempt>(), 1U);
}

TEST_F(Rotation, EveryKeyIsProved) {
  for (const bool delayed : {false, true}) {
    keys_.delayed = delayed;
    connect();
    ask(keys_.all_keys());
    if (delayed) {
      EXPECT_EQ(find(RequestSuccess::kId), nullptr);
      keys_.answer();
      keys_.answer();
      exchange();
    }
    const Bytes* answer = find(RequestSuccess::kId);
    ASSERT_NE(answer, nullptr);
    Reader r(decode<RequestSuccess>(*answer).details.bytes);
    for (const Bytes& blob : keys_.all_keys()) {
      Buffer data;
      Writer w(data);
      w.string(server::kProveRequest);
      w.string(client_->session_id());
      w.string(blob);
      const auto key = PublicKey::from_blob(blob);
      const std::string_view algorithm = key->type() == "ssh-rsa" ? "rsa-sha2-512" : key->type();
      EXPECT_TRUE(key->verify(algorithm, data.view(), r.string())) << key->type();
    }
    EXPECT_EQ(r.remaining(), 0U);
  }
}

TEST_F(Rotation, WhatIsNotOursOrTooMuchIsNotProved) {
  connect();
  const Bytes other = test_key("ecdsa-sha2-nistp256").public_blob();
  const Bytes ours = keys_.all_keys()[0];
  for (const std::vector<Bytes>& blobs :
       {std::vector<Bytes>{other}, {ours, other}, {ours, ours, ours}, {}, {Bytes{}}}) {
    ask(blobs);
    EXPECT_NE(find(RequestFailure::kId), nullptr);
    EXPECT_EQ(find(RequestSuccess::kId), nullptr);
  }
  keys_.fails = true;
  ask({ours});
  EXPECT_NE(find(RequestFailure::kId), nullptr);
  EXPECT_FALSE(server_->finished());
}

TEST_F(Rotation, AScannerIsHungUpOn) {
  client_settings_.identification = "SSH-2.0-OpenSSH_SSH_Version_Mapper";
  connect();
  EXPECT_TRUE(server_->finished());
  EXPECT_TRUE(recorder_.messages.empty());
  EXPECT_EQ(recorder_.endings.size(), 0U) << "no DISCONNECT";
}

/// SFTPClientMatch: settings of their own for some clients.
TEST_F(Rotation, SettingsForOneClient) {
  SessionPair pair;
  auto other = std::make_shared<server::Settings>();
  other->receive = {.window = 40000, .max_packet = 9000};
  other->sftp.max_version = 2;
  other->refusal = "Not you.";
  settings_.transport.kexinit_at_once = false;
  client_settings_.identification = "SSH-2.0-special";
  server::Surroundings around{
      .clock = clock_,
      .random = server_random_,
      .host_keys = keys_,
      .authenticator = authenticator_,
      .events = log_,
      .open_files = [](const std::string&, std::string&) -> std::unique_ptr<sftp::FileSystem> {
        return std::make_unique<sftp::MemoryFileSystem>();
      },
      .settings_for = [other](std::string_view line) -> std::shared_ptr<const server::Settings> {
        return line == "SSH-2.0-special" ? other : nullptr;
      }};
  connect();
  server_ = std::make_unique<server::Session>(settings_, around, "test");
  recorder_.messages.clear();
  client_ = std::make_unique<Transport>(
      Role::Client, client_settings_,
      TransportSurroundings{
          .clock = clock_, .random = client_random_, .handler = recorder_, .verifier = &verifier_});
  exchange();
  client_->send(ServiceRequest{"ssh-userauth"});
  Buffer details;
  Writer w(details);
  w.boolean(false);
  w.string("secret");
  client_->send(UserAuthRequest{"ann", "ssh-connection", "password", Tail{details.view()}});
  client_->send(ChannelOpen{"session", 0, 100000, 32768, {}});
  exchange();
  const Bytes* confirmation = find(ChannelOpenConfirmation::kId);
  ASSERT_NE(confirmation, nullptr);
  EXPECT_EQ(decode<ChannelOpenConfirmation>(*confirmation).window, 40000U);
  EXPECT_EQ(decode<ChannelOpenConfirmation>(*confirmation).max_packet, 9000U);
}

}  // namespace
}  // namespace ssh2core
