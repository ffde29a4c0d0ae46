// Inside of server::Session: the layers joined. Not for users of the library.
#pragma once

#include <map>

#include "libssh2core/auth/user_auth_server.h"
#include "libssh2core/connection/connection.h"
#include "libssh2core/server/host_key_rotation.h"
#include "libssh2core/server/keepalive.h"
#include "libssh2core/server/scp_channel.h"
#include "libssh2core/server/session.h"
#include "libssh2core/server/sftp_channel.h"
#include "libssh2core/transport/peer_quirks.h"

namespace ssh2core::server {

class Session::Implementation final : public TransportHandler, public ChannelHandler {
 public:
  Implementation(const Settings& settings, const Surroundings& around, std::string peer);

  Transport& transport() { return transport_; }
  MutableView receive_room();
  void received(std::size_t count);
  void sent(std::size_t count);
  std::optional<Clock::Steady> deadline() const;
  void on_deadline();
  bool authenticated() const { return files_ != nullptr; }
  Traffic traffic() const { return {bytes_in_, bytes_out_}; }
  /// Until files are served on some channel.
  bool setting_up() const { return sftp_.empty() && scp_.empty(); }
  void on_idle();
  /// After anything that may have produced output.
  void settle();

  // TransportHandler
  const TransportSettings* settings_for(std::string_view line) override;
  void on_identification(std::string_view line) override;
  void on_keys(const NegotiatedAlgorithms& algorithms, std::uint64_t exchanges) override;
  bool on_message(MutableView payload) override;
  void on_extension(std::string_view name, ByteView) override;  // none of a client's matter yet
  void on_input_done() override;
  void on_end(const Ending& ending) override;

  // ChannelHandler
  std::optional<Refusal> on_open(const ChannelOpen& open, Channel& channel) override;
  void on_opened(Channel&) override {}  // a server opens no channels
  void on_open_refused(std::uint32_t, const ChannelOpenFailure&) override {}
  bool on_request(Channel& channel, std::string_view request, ByteView details) override;
  void after_request(Channel& channel) override;
  void on_answer(Channel&, bool) override {}  // to a question whether the client is there
  void on_data(Channel& channel, ByteView data) override;
  void on_extended_data(Channel& channel, std::uint32_t type, ByteView data) override;
  void on_eof(Channel& channel) override;
  void on_writable(Channel& channel) override;
  void on_closed(Channel& channel) override;
  std::optional<Bytes> on_global_request(std::string_view request, ByteView details) override;

 private:
  void on_auth(const AuthReport& report);
  void on_logged_in(const std::string& user);
  void take_settings_of(const std::string& user);
  bool transferring() const;
  std::optional<Clock::Steady> wakes_at() const;
  void report_open();
  void report_exchange(std::string_view kex);
  void ask_for_life(Clock::Steady now);
  bool set_variable(ByteView details);
  bool start_sftp(Channel& channel);
  bool is_used(const Channel& channel);
  bool run_command(Channel& channel, std::string_view command);
  bool start_scp(Channel& channel, std::string_view command);
  void settle_scp(Channel& channel, ScpChannel& scp);
  void settle_sftp(Channel& channel, SftpChannel& sftp);
  void note_activity() { last_activity_ = around_.clock.now(); }
  void note_activity_beside_exchange();
  bool counts_as_activity() const {
    return transport_.may_send_data() && !keepalive_.asked() && !transport_.output_is_padding();
  }
  void emit(Event event) { around_.events.on_event(event); }
  SftpChannel* find_sftp(const Channel& channel);
  ScpChannel* find_scp(const Channel& channel);

  const Settings& settings() const { return own_settings_ ? *own_settings_ : settings_; }

  const Settings& settings_;
  std::shared_ptr<const Settings> own_settings_;  // for this client
  PeerQuirks quirks_;
  const Surroundings around_;
  const std::string peer_;
  std::string banner_;
  bool open_reported_ = false, no_more_sessions_ = false;
  std::uint64_t bytes_in_ = 0, bytes_out_ = 0;
  MutableView room_;  // that receive_room() gave last, for the tap
  Clock::Steady started_, last_activity_, last_transfer_{};
  bool login_too_late_ = false;
  std::optional<Clock::Steady> logged_in_;
  bool login_text_sent_ = false;
  std::unique_ptr<sftp::FileSystem> files_;
  Transport transport_;
  UserAuthServer auth_;
  Connection connection_;
  HostKeyRotation rotation_;
  const bool reports_;  // requests are wanted
  Keepalive keepalive_;
  std::size_t variables_ = 0;  // that the client has set
  std::map<std::uint32_t, std::unique_ptr<SftpChannel>> sftp_;
  std::map<std::uint32_t, std::unique_ptr<ScpChannel>> scp_;
  /// What a channel gets before it is ended: a command whose whole result is a text, most often
  /// why there is no other.
  struct Answer {
    std::string output, error;
    std::uint32_t exit_status;
  };
  std::map<std::uint32_t, Answer> answers_;
};

}  // namespace ssh2core::server
