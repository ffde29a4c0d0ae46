#include "libssh2core/client/sftp_channel.h"

namespace ssh2core::client {

namespace {
constexpr std::size_t kMostServerText = 65536;
}  // namespace

SftpChannel::SftpChannel(Session& session, std::function<void(const SftpStatus&)> ready,
                         SftpSettings settings)
    : session_(session),
      settings_(std::move(settings)),
      ready_(std::move(ready)),
      client_(*this, settings_.ids) {
  if (!session_.open_channel(*this))
    report({sftp::Status::NoConnection, "too many channels are open"});
}

SftpChannel::~SftpChannel() { session_.release(*this); }

void SftpChannel::report(const SftpStatus& status) {
  if (const auto ready = std::exchange(ready_, nullptr)) ready(status);
}

void SftpChannel::finish() {
  if (channel_ != nullptr) session_.connection().send_eof(*channel_);
}

void SftpChannel::on_opened(Channel& channel) {
  channel_ = &channel;
  for (const std::string& name : settings_.announcements)
    session_.connection().request(channel, name, false, {});
  Buffer details;
  Writer w(details);
  encode_fields(w, TextDetails{"sftp"});
  session_.connection().request(channel, "subsystem", true, details.view());
}

void SftpChannel::on_refused(const ChannelOpenFailure& failure) {
  report({sftp::Status::NoConnection, std::string(failure.description)});
}

void SftpChannel::on_answer(bool success) {
  if (!success) return report({sftp::Status::NoConnection, "the server refused SFTP"});
  client_.start(settings_.version,
                [this](const Answer<sftp::ProtocolVersion>& answer) { report(answer.status); });
}

void SftpChannel::on_stderr(ByteView data) {
  if (server_text_.size() + data.size() <= kMostServerText) server_text_ += as_text(data);
}

void SftpChannel::on_writable() {
  if (writable_) writable_();
}

void SftpChannel::on_closed() {
  channel_ = nullptr;
  client_.lose();
  report({sftp::Status::ConnectionLost, "the channel was closed"});
}

void SftpChannel::append(ByteView bytes) {
  if (channel_ != nullptr) channel_->writer().append(bytes);
}

std::span<const MutableView> SftpChannel::reserve(std::size_t head, std::size_t body) {
  if (channel_ != nullptr) return channel_->writer().reserve(head, body);
  nowhere_piece_ = nowhere_.room(head + body).first(head + body);
  return {&nowhere_piece_, 1};
}

void SftpChannel::commit(std::size_t bytes) {
  if (channel_ != nullptr) channel_->writer().commit(bytes);
}

}  // namespace ssh2core::client
