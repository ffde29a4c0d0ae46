#include "libssh2core/server/session.h"

#include "libssh2core/server/session_implementation.h"

namespace ssh2core::server {

Session::Session(const Settings& settings, const Surroundings& surroundings, std::string peer)
    : implementation_(std::make_unique<Implementation>(settings, surroundings, std::move(peer))) {}

Session::~Session() = default;

void Session::disconnect(Reason reason, std::string_view text) {
  implementation_->transport().disconnect(reason, text);
  implementation_->settle();
}

Traffic Session::traffic() const { return implementation_->traffic(); }
MutableView Session::receive_room() { return implementation_->receive_room(); }
void Session::received(std::size_t count) { implementation_->received(count); }
void Session::end_of_input() {
  implementation_->transport().end_of_input();
  implementation_->settle();
}
ByteView Session::output() const { return implementation_->transport().output(); }
void Session::sent(std::size_t count) { implementation_->sent(count); }
void Session::output_lost() { end_of_input(); }
bool Session::finished() const { return implementation_->transport().closed(); }
std::optional<Clock::Steady> Session::deadline() const { return implementation_->deadline(); }
void Session::on_deadline() { implementation_->on_deadline(); }
bool Session::setting_up() const { return implementation_->setting_up(); }
void Session::on_idle() { implementation_->on_idle(); }

}  // namespace ssh2core::server
