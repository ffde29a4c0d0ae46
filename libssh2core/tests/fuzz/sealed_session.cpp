#include "libssh2core/auth/messages.h"
#include "libssh2core/connection/channel_writer.h"
#include "libssh2core/connection/messages.h"
#include "libssh2core/server/session.h"
#include "libssh2core/tests/fuzz/fuzz_input.h"
#include "libssh2core/tests/fuzz/surroundings.h"
#include "libssh2core/tests/fuzz/targets.h"
#include "libssh2core/tests/sftp/memory_file_system.h"

namespace ssh2core::fuzz {

namespace {

/// How far the client goes by itself before the input decides.
enum class Stage { Keys, Service, LoggedIn, Sftp };

struct Plan {
  Stage stage = Stage::Keys;
  bool delayed = false;       // decisions and signatures are answered later, or never
  bool rekeys_often = false;  // on our side
  bool slow = false;          // the client reads only when the input says so
  bool one_channel = false;
  std::string cipher = "aes128-gcm@openssh.com";
};

Plan plan_of(std::uint8_t flags) {
  Plan plan;
  plan.stage = static_cast<Stage>(flags & 3);
  plan.delayed = (flags & 4) != 0;
  plan.rekeys_often = (flags & 8) != 0;
  plan.slow = (flags & 16) != 0;
  plan.one_channel = (flags & 32) != 0;
  if ((flags & 64) != 0) plan.cipher = "chacha20-poly1305@openssh.com";
  if ((flags & 128) != 0) plan.cipher = "aes128-ctr";
  return plan;
}

server::Settings server_settings(const Plan& plan) {
  server::Settings settings;
  settings.transport.algorithms.kex = {"curve25519-sha256"};
  if (plan.rekeys_often) settings.transport.rekey = {.bytes = 2000, .packets = 10};
  settings.auth_delay = std::chrono::milliseconds(0);  // or the plans would need more time
  settings.max_channels = plan.one_channel ? 1 : 10;
  return settings;
}

TransportSettings client_settings(const Plan& plan) {
  TransportSettings settings;
  settings.algorithms.kex = {"curve25519-sha256"};
  settings.algorithms.ciphers = {plan.cipher};
  return settings;
}

/// A server's session and a client that sends what it is told, joined in memory.
class World {
 public:
  explicit World(const Plan& plan)
      : plan_(plan), settings_(server_settings(plan)), client_settings_(client_settings(plan)) {
    pump();
    require(client_handler_.exchanges == 1, "the key exchange succeeds");
    if (plan.stage >= Stage::Service) send(encode(ServiceRequest{kUserAuthService}));
    if (plan.stage >= Stage::LoggedIn) log_in();
    if (plan.stage >= Stage::Sftp) start_sftp();
    delay_.delayed = plan.delayed;
  }

  /// One step of the input's choice.
  void step(FuzzInput& in);
  void finish() {
    session_.end_of_input();
    require(session_.finished(), "a session ends with its input");
    take_output(session_.output().size());
    events_.expect_closed();
  }
  bool finished() const { return session_.finished(); }

 private:
  void log_in() {
    Buffer details;
    Writer w(details);
    encode_fields(w, PasswordDetails{false, as_bytes(kPassword), {}});
    send(encode(UserAuthRequest{kUser, kConnectionService, "password", Tail{details.view()}}));
  }
  void start_sftp() {
    send(encode(ChannelOpen{"session", 0, 1 << 20, 32768, {}}));
    Buffer details;
    Writer w(details);
    w.string("sftp");
    send(encode(ChannelRequest{0, "subsystem", true, Tail{details.view()}}));
    constexpr std::array<std::uint8_t, 9> kInit{0, 0, 0, 5, 1, 0, 0, 0, 3};
    send(encode(ChannelData{0, kInit}));
  }

  /// Seals a payload past all checks of the client's own.
  void send(ByteView payload) {
    if (payload.empty() || client_.closed()) return;
    PacketWriter& writer = client_.writer();
    writer.begin();
    writer.buffer().append(payload);
    writer.end();
    pump();
  }
  void take_output(std::size_t most) {
    const ByteView output = session_.output();
    const Bytes bytes(output.begin(),
                      output.begin() + static_cast<std::ptrdiff_t>(std::min(most, output.size())));
    session_.sent(bytes.size());
    client_.feed(bytes);
    // Whatever is done to a server, its own packets are in order.
    if (client_handler_.ending)
      require(client_handler_.ending->by_peer || client_handler_.ending->reason != Reason::Mac,
              "the server's packets have the right MAC");
  }
  /// Moves bytes both ways until nothing moves; a slow client does not read.
  void pump() {
    for (bool moved = true; moved;) {
      moved = false;
      if (!slow() && !session_.output().empty()) {
        take_output(session_.output().size());
        moved = true;
      }
      client_.flush();
      const ByteView output = client_.output();
      const MutableView room = output.empty() ? MutableView() : session_.receive_room();
      const std::size_t count = std::min(output.size(), room.size());
      if (count == 0 || session_.finished()) continue;
      std::copy_n(output.begin(), count, room.begin());
      client_.sent(count);
      session_.received(count);
      moved = true;
      constexpr std::size_t kSlack = std::size_t{2} << 20;  // what one room of input can ask for
      require(session_.output().size() <= kSendLimit + kSlack, "what waits for a peer is bounded");
    }
  }
  bool slow() const { return plan_.slow && client_handler_.exchanges != 0 && reading_ == 0; }

  const Plan plan_;
  const server::Settings settings_;
  const TransportSettings client_settings_;
  FuzzClock clock_;
  ZeroRandom server_random_;
  FuzzRandom client_random_;
  Delay delay_;
  FuzzHostKeys host_keys_{delay_};
  FuzzAuthenticator authenticator_{delay_};
  CheckedEvents events_;
  AnyHost verifier_;
  IdleHandler client_handler_;
  unsigned reading_ = 0;
  server::Session session_{settings_,
                           {.clock = clock_,
                            .random = server_random_,
                            .host_keys = host_keys_,
                            .authenticator = authenticator_,
                            .events = events_,
                            .open_files =
                                [](const std::string&, std::string&) {
                                  auto files = std::make_unique<sftp::MemoryFileSystem>();
                                  files->max_file = 262144;
                                  files->put_file("/home/user/note", "content of a small file");
                                  files->put_file("/home/user/long", std::string(100000, 'x'));
                                  return files;
                                }},
                           "fuzz"};
  Transport client_{Role::Client,
                    client_settings_,
                    {.clock = clock_,
                     .random = client_random_,
                     .handler = client_handler_,
                     .verifier = &verifier_}};
};

void World::step(FuzzInput& in) {
  switch (in.u8() % 10) {
    case 0:
      return send(in.piece());
    case 1:
    case 2:
      return send(encode(ChannelData{0, in.piece()}));
    case 3: {  // not sealed: the MAC fails, or the length
      client_.writer().end();
      client_.writer().buffer().append(in.bytes(in.u8()));
      return pump();
    }
    case 4:
      take_output(in.u16());
      return pump();
    case 5:
      clock_.passed += std::chrono::seconds(std::uint32_t{in.u8()} * 20);
      if (const auto deadline = session_.deadline(); deadline && *deadline <= clock_.now())
        session_.on_deadline();
      return pump();
    case 6:
      delay_.answer_next();
      return pump();
    case 7:
      client_.rekey();
      return pump();
    case 8:
      session_.on_idle();
      return pump();
    default:
      ++reading_;  // a slow client wakes up
      return pump();
  }
}

}  // namespace

void sealed_session(ByteView input) {
  restart_openssl_random();
  FuzzInput in(input);
  World world(plan_of(in.u8()));
  while (!in.empty() && !world.finished()) world.step(in);
  world.finish();
}

}  // namespace ssh2core::fuzz
