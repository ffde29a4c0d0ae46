#include "libssh2core/client/session.h"

#include "libssh2core/client/session_implementation.h"

namespace ssh2core::client {

Session::Session(const Settings& settings, const Surroundings& surroundings, Callbacks callbacks)
    : implementation_(
          std::make_unique<Implementation>(settings, surroundings, std::move(callbacks))) {}

Session::~Session() = default;

void Session::authenticate(const Credentials& credentials) {
  implementation_->authenticate(credentials);
}
bool Session::authenticated() const { return implementation_->authenticated(); }
bool Session::open_channel(ChannelUser& user) { return implementation_->open_channel(user); }
void Session::release(const ChannelUser& user) { implementation_->release(user); }
Connection& Session::connection() { return implementation_->connection(); }
const Transport& Session::transport() const { return implementation_->transport(); }
const std::map<std::string, Bytes>& Session::extensions() const {
  return implementation_->extensions();
}
void Session::rekey() { implementation_->transport().rekey(); }
void Session::disconnect(Reason reason, std::string_view text) {
  implementation_->transport().disconnect(reason, text);
}

MutableView Session::receive_room() { return implementation_->receive_room(); }
void Session::received(std::size_t count) { implementation_->received(count); }
void Session::end_of_input() { implementation_->transport().end_of_input(); }
ByteView Session::output() const {
  implementation_->transport().flush();
  return implementation_->transport().output();
}
void Session::sent(std::size_t count) { implementation_->sent(count); }
void Session::output_lost() { end_of_input(); }
bool Session::finished() const { return implementation_->transport().closed(); }
std::optional<Clock::Steady> Session::deadline() const { return implementation_->deadline(); }
void Session::on_deadline() { implementation_->on_deadline(); }
bool Session::setting_up() const { return !authenticated(); }
void Session::on_idle() { implementation_->transport().shrink(); }

}  // namespace ssh2core::client
