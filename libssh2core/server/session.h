// One SSH connection of the server: transport, authentication, channels and SFTP joined, with their
// limits and events. An Endpoint: no I/O of its own.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "libssh2core/auth/authenticator.h"
#include "libssh2core/connection/connection.h"
#include "libssh2core/crypto/fingerprint.h"
#include "libssh2core/scp/transfer.h"
#include "libssh2core/server/events.h"
#include "libssh2core/sftp/server.h"
#include "libssh2core/transport/host_keys.h"
#include "libssh2core/transport/settings.h"
#include "libssh2core/wire/endpoint.h"
#include "libssh2core/wire/random.h"

namespace ssh2core {
class KeyLog;
class PacketTap;
}  // namespace ssh2core

namespace ssh2core::server {

/// The reason in SessionClose when the time-out of the login has ended it.
inline constexpr std::string_view kLoginTookTooLong = "login took too long";

/// Everything that is set for a session; immutable once it runs.
struct Settings {
  TransportSettings transport;
  sftp::ServerOptions sftp;
  unsigned max_auth_failures = 6;  // 0: no end
  /// Chains of authentication methods of which one must be passed; empty: any method is enough.
  std::vector<NameList> auth_chains;
  /// Whether secrets may be typed into a connection that the client's side does not encrypt or
  /// authenticate (cipher or MAC `none`).
  bool allow_insecure_login = false;
  FingerprintFormat fingerprints = {};  // of users' keys, in events
  std::string auth_banner;  // shown before the login, lines ending in CR LF; empty: none
  /// How long the answer to the first wrong password waits; twice as long each further time, up to
  /// the second value. 0: not at all.
  std::chrono::milliseconds auth_delay{100}, longest_auth_delay{2000};
  std::chrono::seconds login_timeout{120};  // 0: none
  std::chrono::seconds idle_timeout{600};   // 0: none; counts from the last data of the client
  std::size_t max_channels = 10;            // sessions open at once
  ReceiveLimits receive{};                  // of each channel
  /// Names of variables that a client may set, with * and ?; see environment.h.
  std::vector<std::string> accepted_variables;
  bool rotate_host_keys = true;  // all host keys are named after the login
  /// A client silent for so long is asked for a sign of life, and given up after so many times; 0:
  /// never.
  std::chrono::seconds keepalive_interval{0};
  unsigned keepalive_count = 3;
  std::chrono::seconds session_timeout{0};      // from the login to the end; 0: none
  std::chrono::seconds no_transfer_timeout{0};  // without an open file; 0: none
  std::chrono::seconds stalled_timeout{0};      // without data while a file is open; 0: none
  bool sftp_allowed = true;                     // whether the subsystem may be started
  bool scp_allowed = true;                      // whether the command scp is served
  bool date_allowed = false;                    // and the command date
  scp::Options scp;                             // what `sftp` refuses is refused there as well
  std::string login_text;  // sent as standard error with the first SFTP session; empty: none
  std::string refusal = "This server offers SFTP and SCP only.";  // for shells and commands
};

/// What a session needs of its surroundings. All must outlive it.
struct Surroundings {
  const Clock& clock;
  Random& random;
  HostKeySigner& host_keys;
  Authenticator& authenticator;
  EventSink& events;
  /// Called once, after authentication: the files this user may see; the process may take the
  /// user's identity here. nullptr (with a reason in `why`) ends the session.
  std::function<std::unique_ptr<sftp::FileSystem>(const std::string& user, std::string& why)>
      open_files;
  /// Settings for the client with this identification line; empty or nullptr: those of the session.
  /// The time-outs before the login and what authentication needs are taken from the latter.
  std::function<std::shared_ptr<const Settings>(std::string_view identification)> settings_for = {};
  /// A variable that the client has set and may; empty: nobody wants to know.
  std::function<void(const std::string& name, const std::string& value)> set_variable = {};
  /// Called behind open_files: the settings of this user. Of them the time-outs, channels, SFTP,
  /// login_text and rekey limits count. Null: nothing changes.
  std::function<const Settings*(const std::string& user)> settings_of = nullptr;
  KeyLog* key_log = nullptr;  // capture taps; nullptr: none
  PacketTap* tap = nullptr;
};

/// Bytes on the wire.
struct Traffic {
  std::uint64_t in = 0, out = 0;
};

class Session final : public Endpoint {
 public:
  Session(const Settings& settings, const Surroundings& surroundings, std::string peer);
  ~Session() override;
  /// Ends the session with SSH_MSG_DISCONNECT, for a shutdown of the server.
  void disconnect(Reason reason, std::string_view text);
  /// So far; bytes that wait to be sent are not counted.
  Traffic traffic() const;

  MutableView receive_room() override;
  void received(std::size_t count) override;
  void end_of_input() override;
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

}  // namespace ssh2core::server
