#include "libssh2core/client/session_implementation.h"

namespace ssh2core::client {

Session::Implementation::Implementation(const Settings& settings, const Surroundings& around,
                                        Callbacks callbacks)
    : settings_(settings),
      around_(around),
      callbacks_(std::move(callbacks)),
      started_(around.clock.now()),
      transport_(Role::Client, settings.transport,
                 {.clock = around.clock,
                  .random = around.random,
                  .handler = *this,
                  .signer = nullptr,
                  .verifier = &around.host_keys,
                  .key_log = around.key_log}),
      connection_(transport_, *this, settings.max_channels, settings.receive) {}

void Session::Implementation::authenticate(const Credentials& credentials) {
  auth_.emplace(transport_, credentials, [this](const AuthOutcome& outcome) {
    if (callbacks_.authenticated) callbacks_.authenticated(outcome);
  });
  set_server_algorithms();
  if (has_keys_) auth_->start();
}

void Session::Implementation::set_server_algorithms() {
  const auto at = extensions_.find("server-sig-algs");
  if (!auth_ || at == extensions_.end()) return;
  Buffer framed;
  Writer(framed).string(at->second);
  auth_->set_server_algorithms(Reader(framed.view()).name_list());
}

bool Session::Implementation::open_channel(ChannelUser& user) {
  const auto number = connection_.open_session();
  if (!number) return false;
  users_[*number] = &user;
  return true;
}

void Session::Implementation::release(const ChannelUser& user) {
  for (auto at = users_.begin(); at != users_.end();) {
    if (at->second != &user) {
      ++at;
      continue;
    }
    Channel* channel = connection_.find(at->first);
    if (channel != nullptr && channel->confirmed()) connection_.close(*channel);
    at = users_.erase(at);
  }
}

ChannelUser* Session::Implementation::find_user(std::uint32_t number) const {
  const auto at = users_.find(number);
  return at == users_.end() ? nullptr : at->second;
}

ChannelUser* Session::Implementation::take_user(std::uint32_t number) {
  ChannelUser* user = find_user(number);
  users_.erase(number);
  return user;
}

// Input is taken however much output waits: a server that waits for us to read would otherwise wait
// for ever. What waits are answers to little and the requests of our own user.
MutableView Session::Implementation::receive_room() {
  if (transport_.closed()) return {};
  return room_ = transport_.receive_room();
}

void Session::Implementation::received(std::size_t count) {
  if (around_.tap != nullptr) around_.tap->on_received(room_.first(count));
  transport_.received(count);
  transport_.flush();
}

void Session::Implementation::sent(std::size_t count) {
  if (around_.tap != nullptr) around_.tap->on_sent(transport_.output().first(count));
  transport_.sent(count);
  if (transport_.closed() || transport_.output().size() >= kSendHighWater / 2) return;
  connection_.writable();
  transport_.flush();
}

std::optional<Clock::Steady> Session::Implementation::deadline() const {
  if (authenticated() || settings_.login_timeout.count() == 0) return transport_.deadline();
  const Clock::Steady login = started_ + settings_.login_timeout;
  return std::min(transport_.deadline().value_or(login), login);
}

void Session::Implementation::on_deadline() {
  const bool login_due = !authenticated() && settings_.login_timeout.count() != 0 &&
                         around_.clock.now() >= started_ + settings_.login_timeout;
  if (login_due)
    transport_.disconnect(Reason::ByApplication, "login took too long");
  else
    transport_.on_deadline();
  transport_.flush();
}

void Session::Implementation::on_keys(const NegotiatedAlgorithms&, std::uint64_t exchanges) {
  if (exchanges > 1) return connection_.writable();
  has_keys_ = true;
  if (auth_) auth_->start();
  if (callbacks_.connected) callbacks_.connected();  // may log in itself
}

bool Session::Implementation::on_message(MutableView payload) {
  constexpr std::uint8_t kFirstConnectionMessage = 80;  // RFC 4250 section 4.1.1
  if (payload[0] < kFirstConnectionMessage) return auth_ && auth_->on_message(payload);
  if (!authenticated())
    throw ProtocolError(Reason::Protocol,
                        "message " + std::to_string(payload[0]) + " before authentication");
  return connection_.on_message(payload);
}

void Session::Implementation::on_extension(std::string_view name, ByteView value) {
  extensions_[std::string(name)].assign(value.begin(), value.end());
  set_server_algorithms();
}

void Session::Implementation::on_end(const Ending& ending) {
  connection_.end();
  // Channels that were still to be confirmed hear of it too.
  for (const auto& [number, user] : std::exchange(users_, {})) user->on_closed();
  if (callbacks_.ended) callbacks_.ended(ending);
}

std::optional<ChannelHandler::Refusal> Session::Implementation::on_open(const ChannelOpen&,
                                                                        Channel&) {
  return Refusal{OpenFailure::Prohibited, "no channels are taken"};
}

void Session::Implementation::on_opened(Channel& channel) {
  if (ChannelUser* user = find_user(channel.number()))
    user->on_opened(channel);
  else
    connection_.close(channel);  // released meanwhile
}

void Session::Implementation::on_open_refused(std::uint32_t number,
                                              const ChannelOpenFailure& failure) {
  if (ChannelUser* user = take_user(number)) user->on_refused(failure);
}

bool Session::Implementation::on_request(Channel& channel, std::string_view request,
                                         ByteView details) {
  if (request != "exit-status") return false;
  const auto status = decode_fields<ExitStatusDetails>(details).status;
  if (ChannelUser* user = find_user(channel.number())) user->on_exit_status(status);
  return true;
}

void Session::Implementation::on_answer(Channel& channel, bool success) {
  if (ChannelUser* user = find_user(channel.number())) user->on_answer(success);
}

void Session::Implementation::on_data(Channel& channel, ByteView data) {
  if (ChannelUser* user = find_user(channel.number())) user->on_data(data);
  connection_.processed(channel, data.size());
}

void Session::Implementation::on_extended_data(Channel& channel, std::uint32_t type,
                                               ByteView data) {
  constexpr std::uint32_t kStderr = 1;  // RFC 4254 section 5.2
  ChannelUser* user = find_user(channel.number());
  if (user != nullptr && type == kStderr) user->on_stderr(data);
}

void Session::Implementation::on_eof(Channel& channel) {
  if (ChannelUser* user = find_user(channel.number())) user->on_eof();
}

void Session::Implementation::on_writable(Channel& channel) {
  if (ChannelUser* user = find_user(channel.number())) user->on_writable();
}

void Session::Implementation::on_closed(Channel& channel) {
  if (ChannelUser* user = take_user(channel.number())) user->on_closed();
}

}  // namespace ssh2core::client
