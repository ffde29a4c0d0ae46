#include "libssh2core/server/scp_session.h"

#include "libssh2core/server/buffer_output.h"
#include "libssh2core/server/sftp_channel.h"

namespace ssh2core::server {

namespace {
constexpr std::size_t kInputBytes = 262144;  // room for one read
}

class ScpSession::Implementation {
 public:
  Implementation(sftp::FileSystem& files, EventSink& events, const Clock& clock,
                 scp::Command command, const scp::Options& options)
      : events_(events),
        observer_(events, FileProtocol::Scp),
        transfer_(
            scp::make_transfer(std::move(command), options, {files, output_, observer_, clock})) {
    events_.on_event(SessionOpen{"-", ""});
    transfer_->start();
    settle();
  }
  ~Implementation() { end("ended by the server"); }
  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;

  MutableView receive_room() {
    if (ended_ || output_.full() || wakes_at()) return {};
    if (!input_) input_ = std::make_unique_for_overwrite<std::uint8_t[]>(kInputBytes);
    return {input_.get(), kInputBytes};
  }
  void received(std::size_t count) {
    bytes_in_ += count;
    transfer_->feed({input_.get(), count});
    settle();
  }
  void end_of_input() {
    transfer_->end_of_input();
    settle();
  }
  ByteView output() const { return output_.buffer().view(); }
  void sent(std::size_t count) {
    bytes_out_ += count;
    output_.buffer().consume(count);
    resume();
  }
  std::optional<Clock::Steady> wakes_at() const {
    return ended_ ? std::nullopt : transfer_->wakes_at();
  }
  void resume() {
    if (ended_ || output_.full()) return;
    transfer_->resume();
    settle();
  }
  void output_lost() {
    output_.buffer().clear();
    end("the client is gone");
  }
  bool ended() const { return ended_; }
  unsigned exit_status() const { return transfer_->exit_status(); }

 private:
  void settle() {
    transfer_->input_done();
    transfer_->take_processed();  // a pipe grants by itself
    if (transfer_->finished()) end("done");
  }
  void end(const char* reason) {
    if (ended_) return;
    ended_ = true;
    transfer_->abandon();
    events_.on_event(SessionClose{reason, bytes_in_, bytes_out_ + output_.buffer().size()});
  }

  EventSink& events_;
  SftpEvents observer_;
  BufferOutput output_;
  std::unique_ptr<scp::Transfer> transfer_;
  std::unique_ptr<std::uint8_t[]> input_;
  bool ended_ = false;
  std::uint64_t bytes_in_ = 0, bytes_out_ = 0;
};

ScpSession::ScpSession(sftp::FileSystem& files, EventSink& events, const Clock& clock,
                       scp::Command command, const scp::Options& options)
    : implementation_(
          std::make_unique<Implementation>(files, events, clock, std::move(command), options)) {}
ScpSession::~ScpSession() = default;

unsigned ScpSession::exit_status() const { return implementation_->exit_status(); }
MutableView ScpSession::receive_room() { return implementation_->receive_room(); }
void ScpSession::received(std::size_t count) { implementation_->received(count); }
void ScpSession::end_of_input() { implementation_->end_of_input(); }
ByteView ScpSession::output() const { return implementation_->output(); }
void ScpSession::sent(std::size_t count) { implementation_->sent(count); }
std::optional<Clock::Steady> ScpSession::deadline() const { return implementation_->wakes_at(); }
void ScpSession::on_deadline() { implementation_->resume(); }
void ScpSession::output_lost() { implementation_->output_lost(); }
bool ScpSession::finished() const { return implementation_->ended(); }

}  // namespace ssh2core::server
