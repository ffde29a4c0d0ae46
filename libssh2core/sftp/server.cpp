#include "libssh2core/sftp/server.h"

#include "libssh2core/sftp/session.h"

namespace ssh2core::sftp {

class Server::Implementation final : public Session {
 public:
  using Session::Session;
};

Server::Server(FileSystem& files, ReplyStream& replies, Observer& observer, const Clock& clock,
               Random& random, const ServerOptions& options)
    : implementation_(
          std::make_unique<Implementation>(files, replies, observer, clock, random, options)) {}
Server::~Server() = default;

void Server::feed(ByteView input) { implementation_->feed(input); }
void Server::input_done() { implementation_->input_done(); }
void Server::resume() { implementation_->resume(); }
std::optional<Clock::Steady> Server::wakes_at() const { return implementation_->wakes_at(); }
std::size_t Server::take_processed() { return implementation_->take_processed(); }
std::size_t Server::backlog() const { return implementation_->backlog(); }
std::size_t Server::open_files() const { return implementation_->open_files(); }
bool Server::failed() const { return implementation_->failed(); }
void Server::end() { implementation_->end(); }

}  // namespace ssh2core::sftp
