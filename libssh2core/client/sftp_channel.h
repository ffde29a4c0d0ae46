// SFTP over a channel of a client session: opens the channel, asks for the subsystem, joins both.
#pragma once

#include "libssh2core/client/session.h"
#include "libssh2core/client/sftp_client.h"

namespace ssh2core::client {

/// What is set for SFTP on one channel.
struct SftpSettings {
  sftp::ProtocolVersion version = 3;  // that INIT asks for
  RequestIds ids = RequestIds::Counter;
  /// Names of channel requests, without details and without an answer, that go out before the
  /// request of the subsystem.
  std::vector<std::string> announcements{};
};

class SftpChannel final : public ChannelUser, private sftp::ReplyStream {
 public:
  /// Opens a channel of the session, which must outlive this object and be authenticated. `ready`
  /// hears once how that ended: SFTP may be used, or why not.
  SftpChannel(Session& session, std::function<void(const SftpStatus&)> ready,
              SftpSettings settings = {});
  ~SftpChannel() override;
  SftpChannel(const SftpChannel&) = delete;
  SftpChannel& operator=(const SftpChannel&) = delete;

  SftpClient& client() { return client_; }
  /// What the server said on standard error, its first 64 KiB.
  const std::string& server_text() const { return server_text_; }
  /// Called when there may be room for more requests, see SftpClient::full().
  void set_writable(std::function<void()> writable) { writable_ = std::move(writable); }
  /// Ends our side; the server then closes the channel.
  void finish();

  // ChannelUser
  void on_opened(Channel& channel) override;
  void on_refused(const ChannelOpenFailure& failure) override;
  void on_answer(bool success) override;
  void on_data(ByteView data) override { client_.feed(data); }
  void on_stderr(ByteView data) override;
  void on_exit_status(std::uint32_t) override {}
  void on_eof() override {}
  void on_writable() override;
  void on_closed() override;

 private:
  // ReplyStream, here of requests
  bool full() const override { return channel_ == nullptr || channel_->writer().full(); }
  void append(ByteView bytes) override;
  std::span<const MutableView> reserve(std::size_t head, std::size_t body) override;
  void commit(std::size_t bytes) override;
  void report(const SftpStatus& status);

  Session& session_;
  const SftpSettings settings_;
  std::function<void(const SftpStatus&)> ready_;
  std::function<void()> writable_;
  SftpClient client_;
  Channel* channel_ = nullptr;  // while it is open
  Buffer nowhere_;              // what is written when it is not
  MutableView nowhere_piece_;
  std::string server_text_;
};

}  // namespace ssh2core::client
