// One SSH connection of a client: transport, user authentication and channels joined. An Endpoint,
// like server::Session: over a descriptor by io::pump(), or in memory. No I/O of its own.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "libssh2core/auth/user_auth_client.h"
#include "libssh2core/client/channel_user.h"
#include "libssh2core/wire/endpoint.h"

namespace ssh2core::client {

/// Everything that is set for a session; immutable once it runs.
struct Settings {
  TransportSettings transport;
  std::chrono::seconds login_timeout{120};  // until authenticated; 0: none
  std::size_t max_channels = 10;
  ReceiveLimits receive{};  // of each channel
};

/// What a session needs of its surroundings. All must outlive it.
struct Surroundings {
  const Clock& clock;
  Random& random;
  HostKeyVerifier& host_keys;
  KeyLog* key_log = nullptr;  // capture taps; nullptr: none
  PacketTap* tap = nullptr;
};

/// What a session tells. Each may be left empty. The session must not be destroyed in a call.
struct Callbacks {
  /// The first keys are in use: what the server offers is known (transport()).
  std::function<void()> connected;
  /// The authentication came to its end.
  std::function<void(const AuthOutcome&)> authenticated;
  /// The connection is over. Called once.
  std::function<void(const Ending&)> ended;
};

class Session final : public Endpoint {
 public:
  Session(const Settings& settings, const Surroundings& surroundings, Callbacks callbacks);
  ~Session() override;

  /// Logs in, as soon as there are keys. Once per session. What `credentials` points to must live
  /// until the authentication came to its end.
  void authenticate(const Credentials& credentials);
  bool authenticated() const;
  /// Opens a session channel for `user`, which must outlive the session or be released. False: too
  /// many channels. Only when authenticated().
  bool open_channel(ChannelUser& user);
  /// Nothing more is told to `user`; its channel is closed.
  void release(const ChannelUser& user);
  /// For requests on channels.
  Connection& connection();

  /// What was negotiated, the server's KEXINIT, identification and host key.
  const Transport& transport() const;
  /// The values of the server's EXT_INFO (RFC 8308), by name.
  const std::map<std::string, Bytes>& extensions() const;
  /// Starts a key exchange.
  void rekey();
  /// Ends the session with SSH_MSG_DISCONNECT.
  void disconnect(Reason reason, std::string_view text);

  MutableView receive_room() override;
  void received(std::size_t count) override;
  void end_of_input() override;
  /// Requests made since the last call are sealed by this one.
  ByteView output() const override;
  void sent(std::size_t count) override;
  void output_lost() override;
  bool finished() const override;
  std::optional<Clock::Steady> deadline() const override;
  void on_deadline() override;
  bool setting_up() const override;
  void on_idle() override;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace ssh2core::client
