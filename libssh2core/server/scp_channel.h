// SCP on one channel: joins a transfer and the channel's writer.
#pragma once

#include "libssh2core/scp/transfer.h"
#include "libssh2core/server/sftp_channel.h"

namespace ssh2core::server {

/// What SCP may do where SFTP may do what `sftp` says: one list of refused requests, and one word
/// for read-only, hold for both.
scp::Options scp_options(scp::Options options, const sftp::ServerOptions& sftp);

/// What the command `date`, or `date -u`, would print; nothing for any other command.
std::optional<std::string> date_text(std::string_view command, Clock::Wall now);

/// The channel's outgoing data as a transfer wants it.
class ChannelOutput final : public scp::OutputStream {
 public:
  explicit ChannelOutput(ChannelWriter& writer) : writer_(writer) {}
  bool full() const override { return writer_.full(); }
  std::size_t room() const override { return writer_.room(); }
  void append(ByteView bytes) override { writer_.append(bytes); }
  std::span<const MutableView> reserve(std::size_t head, std::size_t body) override {
    return writer_.reserve(head, body);
  }
  void commit(std::size_t bytes) override { writer_.commit(bytes); }

 private:
  ChannelWriter& writer_;
};

struct ScpChannel {
  ScpChannel(ChannelWriter& writer, sftp::FileSystem& all_files, const sftp::NameEncoding& names,
             EventSink& sink, const Clock& clock, scp::Command command, const scp::Options& options)
      : files(all_files, names),
        out(writer),
        events(sink, FileProtocol::Scp),
        transfer(scp::make_transfer(std::move(command), options, {files, out, events, clock})) {}
  sftp::TranslatedFiles files;  // names as those of SFTP 3
  ChannelOutput out;
  SftpEvents events;
  std::unique_ptr<scp::Transfer> transfer;
  bool started = false;
};

}  // namespace ssh2core::server
