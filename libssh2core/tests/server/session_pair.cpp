#include "libssh2core/tests/server/session_pair.h"

namespace ssh2core {

void OneUser::check_key(std::string_view user, const PublicKey& key, Done done) {
  const bool right = user == "ann" && key.blob() == test_key("ssh-ed25519").public_blob();
  done({right, right ? "" : "unknown key"});
}

void OneUser::check_password(std::string_view user, const Secret& password, Done done) {
  const bool right = user == "ann" && as_text(password.view()) == "secret";
  done({right, right ? "" : "wrong password"});
}

SessionPair::SessionPair() {
  callbacks.authenticated = [this](const AuthOutcome& how) { outcome = how; };
  callbacks.ended = [this](const Ending& how) { ending = how; };
}

SessionPair::~SessionPair() = default;

void SessionPair::start() {
  const server::Surroundings around{
      .clock = clock,
      .random = server_random,
      .host_keys = host_keys,
      .authenticator = authenticator,
      .events = log,
      .open_files = [this](const std::string&,
                           std::string& why) -> std::unique_ptr<sftp::FileSystem> {
        why = refuse_files;
        if (!why.empty()) return nullptr;
        auto made = std::make_unique<sftp::MemoryFileSystem>();
        files = made.get();
        if (prepare) prepare(*made);
        return made;
      },
      .key_log = key_log,
      .tap = tap};
  server = std::make_unique<server::Session>(server_settings, around, "test");
  client = std::make_unique<client::Session>(
      client_settings, client::Surroundings{clock, client_random, verifier}, callbacks);
}

void SessionPair::log_in() {
  if (!client) start();
  client->authenticate({.user = "ann", .password = &password});
  exchange();
  ASSERT_TRUE(outcome && outcome->accepted);
  ASSERT_FALSE(ending) << ending->why;
}

std::size_t SessionPair::move(Endpoint& from, Buffer& pipe, Endpoint& to, std::size_t cut) {
  const ByteView output = from.output();
  const std::size_t count = std::min(cut, output.size());
  pipe.append(output.first(count));
  if (count != 0) from.sent(count);
  std::size_t moved = count;
  while (!pipe.empty() && !to.finished()) {
    const MutableView room = to.receive_room();
    const std::size_t taken = std::min({room.size(), pipe.size(), cut});
    if (taken == 0) break;
    std::copy_n(pipe.data(), taken, room.begin());
    pipe.consume(taken);
    to.received(taken);
    moved += taken;
  }
  return moved;
}

std::size_t SessionPair::to_server(std::size_t cut) {
  return move(*client, to_server_, *server, cut);
}
std::size_t SessionPair::to_client(std::size_t cut) {
  return move(*server, to_client_, *client, cut);
}

std::size_t SessionPair::exchange(std::size_t cut) {
  std::size_t all = 0;
  while (const std::size_t moved = to_server(cut) + to_client(cut)) all += moved;
  return all;
}

}  // namespace ssh2core
