// A client session and a server session joined in memory, with files in memory.
#pragma once

#include "libssh2core/client/session.h"
#include "libssh2core/server/session.h"
#include "libssh2core/tests/sftp/memory_file_system.h"
#include "libssh2core/tests/transport/harness.h"

namespace ssh2core {

/// Lets in "ann" with the password "secret" or the ed25519 test key.
class OneUser final : public Authenticator {
 public:
  NameList methods(std::string_view) override { return {"publickey", "password"}; }
  void check_key(std::string_view user, const PublicKey& key, Done done) override;
  void check_password(std::string_view user, const Secret& password, Done done) override;
};

class EventLog final : public server::EventSink {
 public:
  void on_event(const server::Event& event) override { events.push_back(event); }
  /// The last event of that kind; nullptr when there was none.
  template <class Kind>
  const Kind* last() const {
    const Kind* found = nullptr;
    for (const server::Event& event : events)
      if (const Kind* one = std::get_if<Kind>(&event)) found = one;
    return found;
  }
  template <class Kind>
  std::size_t count() const {
    std::size_t sum = 0;
    for (const server::Event& event : events) sum += std::holds_alternative<Kind>(event);
    return sum;
  }
  std::vector<server::Event> events;
};

class SessionPair {
 public:
  SessionPair();
  ~SessionPair();

  /// Makes both sessions; set what is to be set before.
  void start();
  /// Starts and logs in; the test fails when that does not work.
  void log_in();
  /// Moves bytes in pieces of at most `cut` until both are quiet. Returns the bytes moved.
  std::size_t exchange(std::size_t cut = std::string::npos);
  /// Moves once from one end to the other; what the receiver does not want waits.
  std::size_t to_server(std::size_t cut = std::string::npos);
  std::size_t to_client(std::size_t cut = std::string::npos);

  FixedClock clock;
  FixedRandom server_random{1}, client_random{2};
  TestHostKeys host_keys;
  AnyHostKey verifier;
  OneUser authenticator;
  EventLog log;
  server::Settings server_settings;
  client::Settings client_settings;
  client::Callbacks callbacks;
  sftp::MemoryFileSystem* files = nullptr;  // once somebody logged in
  std::function<void(sftp::MemoryFileSystem&)> prepare;
  KeyLog* key_log = nullptr;  // taps of the server
  PacketTap* tap = nullptr;
  std::string refuse_files;  // why they cannot be opened; empty: they can
  Secret password{as_bytes("secret")};
  std::optional<AuthOutcome> outcome;
  std::optional<Ending> ending;  // as the client saw it
  std::unique_ptr<server::Session> server;
  std::unique_ptr<client::Session> client;

 private:
  static std::size_t move(Endpoint& from, Buffer& pipe, Endpoint& to, std::size_t cut);
  Buffer to_server_, to_client_;  // on their way
};

}  // namespace ssh2core
