#include "libssh2core/client/session.h"

#include "libssh2core/client/sftp_channel.h"
#include "libssh2core/tests/fuzz/fuzz_input.h"
#include "libssh2core/tests/fuzz/surroundings.h"
#include "libssh2core/tests/fuzz/targets.h"

namespace ssh2core::fuzz {

namespace {

using client::Answer;
using client::SftpStatus;

/// How far the server goes by itself before the input decides.
enum class Stage { Keys, LoggedIn, Channel, Sftp };

TransportSettings fast_settings() {
  TransportSettings settings;
  settings.algorithms.kex = {"curve25519-sha256"};
  settings.algorithms.ciphers = {"aes128-gcm@openssh.com"};
  return settings;
}

/// A client's session and a server that sends what it is told, joined in memory.
class World {
 public:
  explicit World(Stage stage) {
    credentials_.user = kUser;
    credentials_.key = &user_key();
    credentials_.password = &password_;
    session_.authenticate(credentials_);
    pump();
    require(server_handler_.exchanges == 1, "the key exchange succeeds");
    if (stage == Stage::Keys) return;
    send(encode(ServiceAccept{kUserAuthService}));
    send(encode(UserAuthSuccess{}));
    require(session_.authenticated(), "the client is logged in");
    channel_ = std::make_unique<client::SftpChannel>(session_, [](const SftpStatus&) {});
    pump();
    if (stage == Stage::LoggedIn) return;
    send(encode(ChannelOpenConfirmation{0, 0, 1 << 20, 32768, {}}));
    if (stage == Stage::Channel) return;
    send(encode(ChannelSuccess{0}));
    constexpr std::array<std::uint8_t, 9> kVersion{0, 0, 0, 5, 2, 0, 0, 0, 3};
    send(encode(ChannelData{0, kVersion}));
  }

  /// One step of the input's choice.
  void step(FuzzInput& in);
  void finish() {
    session_.end_of_input();
    require(session_.finished() && ended_ == 1, "a session ends once, with its input");
    require(answered_ == asked_, "every request has an answer, or hears of the end");
  }
  bool finished() const { return session_.finished(); }

 private:
  void send(ByteView payload) {
    if (payload.empty() || server_.closed()) return;
    server_.writer().begin();
    server_.writer().buffer().append(payload);
    server_.writer().end();
    pump();
  }
  void pump() {
    for (bool moved = true; moved && !session_.finished();) {
      const ByteView from_client = session_.output();
      const Bytes bytes(from_client.begin(), from_client.end());
      session_.sent(bytes.size());
      server_.feed(bytes);
      server_.flush();
      const ByteView output = server_.output();
      const MutableView room = output.empty() ? MutableView() : session_.receive_room();
      const std::size_t count = std::min(output.size(), room.size());
      moved = count != 0 || !bytes.empty();
      if (count == 0) continue;
      std::copy_n(output.begin(), count, room.begin());
      server_.sent(count);
      session_.received(count);
    }
  }
  template <class T>
  auto count() {
    ++asked_;
    return [this](const Answer<T>&) { ++answered_; };
  }
  auto count_status() {
    ++asked_;
    return [this](const SftpStatus&) { ++answered_; };
  }
  void ask(unsigned kind);

  const TransportSettings server_settings_ = fast_settings();
  const client::Settings settings_{.transport = fast_settings()};
  const Secret password_{as_bytes(kPassword)};
  FuzzClock clock_;
  FuzzRandom server_random_, client_random_;
  Delay delay_;
  FuzzHostKeys host_keys_{delay_};
  AnyHost verifier_;
  IdleHandler server_handler_;
  Credentials credentials_;
  unsigned ended_ = 0, asked_ = 0, answered_ = 0;
  client::Session session_{
      settings_,
      {.clock = clock_, .random = client_random_, .host_keys = verifier_},
      {.connected = {}, .authenticated = {}, .ended = [this](const Ending&) { ++ended_; }}};
  std::unique_ptr<client::SftpChannel> channel_;
  Transport server_{Role::Server,
                    server_settings_,
                    {.clock = clock_,
                     .random = server_random_,
                     .handler = server_handler_,
                     .signer = &host_keys_}};
};

void World::ask(unsigned kind) {
  if (channel_ == nullptr || channel_->client().full()) return;
  client::SftpClient& sftp = channel_->client();
  const ByteView handle = as_bytes("handle");
  switch (kind % 8) {
    case 0:
      return sftp.open("file", sftp::kOpenRead, {}, count<Bytes>());
    case 1:
      return sftp.read(handle, 0, 100, count<ByteView>());
    case 2:
      return sftp.write(handle, 5, as_bytes("data"), count_status());
    case 3:
      return sftp.readdir(handle, count<std::vector<client::SftpName>>());
    case 4:
      return sftp.stat("file", count<sftp::Attributes>());
    case 5:
      return sftp.realpath(".", count<std::string>());
    case 6:
      return sftp.close(handle, count_status());
    default:
      return sftp.readlink("link", count<std::string>());
  }
}

void World::step(FuzzInput& in) {
  switch (in.u8() % 8) {
    case 0:
      return send(in.piece());
    case 1:
    case 2:
      return send(encode(ChannelData{0, in.piece()}));
    case 3:
    case 4:
      ask(in.u8());
      return pump();
    case 5:
      clock_.passed += std::chrono::seconds(std::uint32_t{in.u8()} * 20);
      if (const auto deadline = session_.deadline(); deadline && *deadline <= clock_.now())
        session_.on_deadline();
      return pump();
    case 6:
      server_.rekey();
      return pump();
    default:
      if (channel_ != nullptr) channel_->finish();
      return pump();
  }
}

}  // namespace

void client_session(ByteView input) {
  restart_openssl_random();
  FuzzInput in(input);
  World world(static_cast<Stage>(in.u8() % 4));
  while (!in.empty() && !world.finished()) world.step(in);
  world.finish();
}

}  // namespace ssh2core::fuzz
