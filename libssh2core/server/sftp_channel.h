// SFTP on one channel: joins sftp::Server and the channel's writer.
#pragma once

#include "libssh2core/connection/channel_writer.h"
#include "libssh2core/server/events.h"
#include "libssh2core/sftp/server.h"

namespace ssh2core::server {

/// Turns what an SFTP session, or an SCP transfer, tells into events.
class SftpEvents final : public sftp::Observer {
 public:
  explicit SftpEvents(EventSink& events, FileProtocol protocol = FileProtocol::Sftp)
      : events_(events), protocol_(protocol) {}
  void on_version(std::uint32_t version) override;
  void on_file(const sftp::FileEvent& event) override;
  void on_problem(std::string_view what) override;
  void on_client_product(const sftp::ClientProduct& product) override;
  sftp::Wanted wanted() const override { return events_.wanted(); }
  void on_request(const sftp::RequestEvent& event) override;

 private:
  EventSink& events_;
  const FileProtocol protocol_;
};

/// The channel's outgoing data as the SFTP server wants it.
class ChannelReplies final : public sftp::ReplyStream {
 public:
  explicit ChannelReplies(ChannelWriter& writer) : writer_(writer) {}
  bool full() const override { return writer_.full(); }
  void append(ByteView bytes) override { writer_.append(bytes); }
  std::span<const MutableView> reserve(std::size_t head, std::size_t body) override {
    return writer_.reserve(head, body);
  }
  void commit(std::size_t bytes) override { writer_.commit(bytes); }

 private:
  ChannelWriter& writer_;
};

struct SftpChannel {
  SftpChannel(ChannelWriter& writer, sftp::FileSystem& files, EventSink& sink, const Clock& clock,
              Random& random, const sftp::ServerOptions& options)
      : replies(writer), events(sink), server(files, replies, events, clock, random, options) {}
  ChannelReplies replies;
  SftpEvents events;
  sftp::Server server;
  bool peer_done = false;  // EOF came: the channel ends when the last request is answered
};

}  // namespace ssh2core::server
