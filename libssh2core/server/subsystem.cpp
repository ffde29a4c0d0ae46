#include "libssh2core/server/subsystem.h"

#include "libssh2core/server/buffer_output.h"
#include "libssh2core/server/sftp_channel.h"

namespace ssh2core::server {

namespace {

constexpr std::size_t kInputBytes = 262144;  // room for one read

}  // namespace

class SubsystemSession::Implementation {
 public:
  Implementation(sftp::FileSystem& files, EventSink& events, const Clock& clock, Random& random,
                 const sftp::ServerOptions& options)
      : events_(events),
        observer_(events),
        server_(files, replies_, observer_, clock, random, options) {
    events_.on_event(SessionOpen{"-", ""});
  }
  ~Implementation() { finish("ended by the server"); }
  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;

  MutableView receive_room() {
    if (state_ != State::Open || server_.backlog() != 0 || replies_.full()) return {};
    if (!input_) input_ = std::make_unique_for_overwrite<std::uint8_t[]>(kInputBytes);
    return {input_.get(), kInputBytes};
  }
  void received(std::size_t count) {
    bytes_in_ += count;
    server_.feed({input_.get(), count});
    settle();
  }
  void end_of_input() {
    if (state_ == State::Open) state_ = State::InputEnded;
    settle();
  }
  ByteView output() const { return replies_.buffer().view(); }
  void sent(std::size_t count) {
    bytes_out_ += count;
    replies_.buffer().consume(count);
    resume();
  }
  std::optional<Clock::Steady> wakes_at() const {
    return state_ == State::Finished ? std::nullopt : server_.wakes_at();
  }
  void resume() {
    if (server_.backlog() == 0 || replies_.full()) return;
    server_.resume();
    settle();
  }
  void output_lost() {
    replies_.buffer().clear();
    finish("the client is gone");
  }
  bool finished() const { return state_ == State::Finished; }
  void on_idle() {
    input_.reset();
    replies_.buffer().shrink(0);
  }

 private:
  enum class State { Open, InputEnded, Finished };

  void settle() {
    server_.input_done();
    if (server_.failed()) return finish("the client does not speak SFTP");
    if (state_ == State::InputEnded && server_.backlog() == 0) finish("closed by the client");
  }
  void finish(const char* reason) {
    if (state_ == State::Finished) return;
    state_ = State::Finished;
    server_.end();
    events_.on_event(SessionClose{reason, bytes_in_, bytes_out_ + replies_.buffer().size()});
  }

  EventSink& events_;
  SftpEvents observer_;
  BufferOutput replies_;
  sftp::Server server_;
  std::unique_ptr<std::uint8_t[]> input_;
  State state_ = State::Open;
  std::uint64_t bytes_in_ = 0, bytes_out_ = 0;
};

SubsystemSession::SubsystemSession(sftp::FileSystem& files, EventSink& events, const Clock& clock,
                                   Random& random, const sftp::ServerOptions& options)
    : implementation_(std::make_unique<Implementation>(files, events, clock, random, options)) {}
SubsystemSession::~SubsystemSession() = default;

MutableView SubsystemSession::receive_room() { return implementation_->receive_room(); }
void SubsystemSession::received(std::size_t count) { implementation_->received(count); }
void SubsystemSession::end_of_input() { implementation_->end_of_input(); }
ByteView SubsystemSession::output() const { return implementation_->output(); }
void SubsystemSession::sent(std::size_t count) { implementation_->sent(count); }
std::optional<Clock::Steady> SubsystemSession::deadline() const {
  return implementation_->wakes_at();
}
void SubsystemSession::on_deadline() { implementation_->resume(); }
void SubsystemSession::output_lost() { implementation_->output_lost(); }
bool SubsystemSession::finished() const { return implementation_->finished(); }
void SubsystemSession::on_idle() { implementation_->on_idle(); }

}  // namespace ssh2core::server
