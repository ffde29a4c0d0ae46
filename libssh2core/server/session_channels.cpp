// The channels of a server session: what is accepted, what is refused and how, SFTP and SCP on
// them.
#include "libssh2core/server/environment.h"
#include "libssh2core/server/session_implementation.h"

namespace ssh2core::server {

namespace {
constexpr std::size_t kMostShown = 256;  // bytes of a command, in events
}

SftpChannel* Session::Implementation::find_sftp(const Channel& channel) {
  const auto at = sftp_.find(channel.number());
  return at == sftp_.end() ? nullptr : at->second.get();
}

ScpChannel* Session::Implementation::find_scp(const Channel& channel) {
  const auto at = scp_.find(channel.number());
  return at == scp_.end() ? nullptr : at->second.get();
}

/// Whether something was started on the channel: a second request for a program is refused.
bool Session::Implementation::is_used(const Channel& channel) {
  return find_sftp(channel) != nullptr || find_scp(channel) != nullptr ||
         answers_.contains(channel.number());
}

std::optional<ChannelHandler::Refusal> Session::Implementation::on_open(const ChannelOpen& open,
                                                                        Channel& channel) {
  if (open.type != "session") {
    emit(ChannelChange{channel.number(), "refused", std::string(open.type.substr(0, 64))});
    const bool forwarding = open.type == "direct-tcpip" || open.type.starts_with("direct-stream");
    if (forwarding) return Refusal{OpenFailure::Prohibited, "forwarding is not offered"};
    return Refusal{OpenFailure::UnknownType, "only session channels are offered"};
  }
  if (no_more_sessions_)  // the client itself said that it would open none
    throw ProtocolError(Reason::Protocol, "session opened after no-more-sessions");
  emit(ChannelChange{channel.number(), "open", "session"});
  return std::nullopt;
}

bool Session::Implementation::on_request(Channel& channel, std::string_view request,
                                         ByteView details) {
  if (request == "subsystem") {
    const std::string_view name = decode_fields<TextDetails>(details).text;
    if (name == "sftp" && settings().sftp_allowed && !is_used(channel)) return start_sftp(channel);
    emit(
        ChannelChange{channel.number(), "refused", "subsystem " + std::string(name.substr(0, 64))});
    return false;
  }
  if (request == "shell" || request == "exec") {
    if (is_used(channel)) return false;
    if (request == "exec") return run_command(channel, decode_fields<TextDetails>(details).text);
    emit(ChannelChange{channel.number(), "refused", "shell"});
    answers_[channel.number()] = {"", settings().refusal, 1};
    return true;
  }
  if (request == "env") return set_variable(details);
  // RFC 4254 section 6.9: a signal is meant for the process behind the channel, and here is none.
  if (request == "signal")
    emit(Problem{"signal " + std::string(decode_fields<TextDetails>(details).text.substr(0, 64)) +
                 " ignored"});
  return false;  // pty-req, x11-req, break, agent and what else there may be
}

/// Always true: what is not served is accepted, told why not, and ended with status 1. Clients show
/// the text, where a plain CHANNEL_FAILURE shows as a riddle.
bool Session::Implementation::run_command(Channel& channel, std::string_view command) {
  const std::string shown = "exec " + std::string(command.substr(0, kMostShown));
  if (settings().scp_allowed && scp::is_scp(command)) return start_scp(channel, command);
  if (settings().date_allowed) {
    if (auto date = date_text(command, around_.clock.date())) {
      emit(ChannelChange{channel.number(), "exec", shown});
      answers_[channel.number()] = {std::move(*date), "", 0};
      return true;
    }
  }
  emit(ChannelChange{channel.number(), "refused", shown});
  answers_[channel.number()] = {"", settings().refusal, 1};
  return true;
}

bool Session::Implementation::start_scp(Channel& channel, std::string_view command) {
  const std::string shown = "exec " + std::string(command.substr(0, kMostShown));
  auto parsed = scp::read_command(command);
  if (const auto* why = std::get_if<std::string>(&parsed)) {
    emit(ChannelChange{channel.number(), "refused", shown});
    answers_[channel.number()] = {"", "scp: " + *why, 1};
    return true;
  }
  emit(ChannelChange{channel.number(), "exec", shown});
  scp_[channel.number()] = std::make_unique<ScpChannel>(
      channel.writer(), *files_, settings().sftp.names, around_.events, around_.clock,
      std::get<scp::Command>(std::move(parsed)), scp_options(settings().scp, settings().sftp));
  return true;
}

bool Session::Implementation::set_variable(ByteView details) {
  const auto variable = decode_fields<VariableDetails>(details);
  if (variables_ == kMostVariables ||
      !accepts_variable(settings().accepted_variables, variable.name, variable.value))
    return false;
  ++variables_;
  if (around_.set_variable)
    around_.set_variable(std::string(variable.name), std::string(variable.value));
  return true;
}

void Session::Implementation::after_request(Channel& channel) {
  if (const auto answer = answers_.find(channel.number()); answer != answers_.end()) {
    if (!answer->second.error.empty())
      connection_.send_stderr(channel, answer->second.error + "\r\n");
    channel.writer().append(as_bytes(answer->second.output));
    return connection_.finish(channel, answer->second.exit_status);
  }
  if (ScpChannel* scp = find_scp(channel); scp != nullptr && !std::exchange(scp->started, true)) {
    scp->transfer->start();
    return settle_scp(channel, *scp);
  }
  if (find_sftp(channel) == nullptr || login_text_sent_ || settings().login_text.empty()) return;
  login_text_sent_ = true;
  connection_.send_stderr(channel, settings().login_text);
}

bool Session::Implementation::start_sftp(Channel& channel) {
  sftp::ServerOptions options = settings().sftp;
  if (quirks_.symlink_link_first) options.symlink_link_first = true;
  if (quirks_.takes_end_flags) options.end_flags = true;
  sftp_[channel.number()] = std::make_unique<SftpChannel>(channel.writer(), *files_, around_.events,
                                                          around_.clock, around_.random, options);
  emit(ChannelChange{channel.number(), "subsystem", "sftp"});
  return true;
}

void Session::Implementation::on_data(Channel& channel, ByteView data) {
  if (SftpChannel* sftp = find_sftp(channel))
    sftp->server.feed(data);
  else if (ScpChannel* scp = find_scp(channel))
    scp->transfer->feed(data);
  else
    connection_.processed(channel, data.size());  // nobody reads it
}

void Session::Implementation::on_extended_data(Channel&, std::uint32_t, ByteView) {}

void Session::Implementation::on_eof(Channel& channel) {
  if (SftpChannel* sftp = find_sftp(channel))
    sftp->peer_done = true;  // settled when all that came before it is processed
  else if (ScpChannel* scp = find_scp(channel))
    scp->transfer->end_of_input();  // likewise
  else
    connection_.finish(channel, 0);
}

void Session::Implementation::on_writable(Channel& channel) {
  if (ScpChannel* scp = find_scp(channel)) {
    scp->transfer->resume();
    return settle_scp(channel, *scp);
  }
  SftpChannel* sftp = find_sftp(channel);
  if (sftp == nullptr || sftp->server.backlog() == 0) return;
  sftp->server.resume();
  settle_sftp(channel, *sftp);
}

void Session::Implementation::on_input_done() {
  for (const auto& [number, sftp] : sftp_)
    if (Channel* channel = connection_.find(number)) settle_sftp(*channel, *sftp);
  for (const auto& [number, scp] : scp_)
    if (Channel* channel = connection_.find(number)) settle_scp(*channel, *scp);
}

/// Ends the use of views, gives processed bytes back to the window, ends the channel when it is
/// due.
void Session::Implementation::settle_sftp(Channel& channel, SftpChannel& sftp) {
  sftp.server.input_done();
  connection_.processed(channel, sftp.server.take_processed());
  const bool failed = sftp.server.failed();
  if (!failed && (!sftp.peer_done || sftp.server.backlog() != 0)) return;
  sftp.server.end();
  connection_.finish(channel, failed ? 1 : 0);
}

/// The same for SCP.
void Session::Implementation::settle_scp(Channel& channel, ScpChannel& scp) {
  scp.transfer->input_done();
  connection_.processed(channel, scp.transfer->take_processed());
  if (scp.transfer->finished()) connection_.finish(channel, scp.transfer->exit_status());
}

void Session::Implementation::on_closed(Channel& channel) {
  if (SftpChannel* sftp = find_sftp(channel)) {
    sftp->server.input_done();
    sftp->server.end();
    sftp_.erase(channel.number());
  }
  if (ScpChannel* scp = find_scp(channel)) {
    scp->transfer->abandon();
    scp_.erase(channel.number());
  }
  answers_.erase(channel.number());
  emit(ChannelChange{channel.number(), "close", ""});
}

std::optional<Bytes> Session::Implementation::on_global_request(std::string_view request,
                                                                ByteView details) {
  if (request == "no-more-sessions@openssh.com") {
    no_more_sessions_ = true;
    return Bytes{};
  }
  if (request == kProveRequest && settings().rotate_host_keys) rotation_.prove(details);
  return std::nullopt;  // keepalive@openssh.com wants just this; forwarding is refused by it
}

}  // namespace ssh2core::server
