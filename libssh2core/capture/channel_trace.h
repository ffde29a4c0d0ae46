// Which channels of a session there are, and which of them speak SFTP.
#pragma once

#include <list>

#include "libssh2core/capture/sftp_trace.h"

namespace ssh2core {

class ChannelTrace {
 public:
  /// `emit` gets what the channels' streams hold.
  explicit ChannelTrace(std::function<void(TraceMessage&&)> emit) : emit_(std::move(emit)) {}
  /// Takes a well-formed message of the connection layer, after it has been shown.
  void on_message(Way way, ByteView payload);
  /// The session is over.
  void end();

 private:
  /// More are not followed: their data stays undecoded, and that is said.
  static constexpr std::size_t kMostChannels = 1024;

  struct Channel {
    // By Way: the number that a message of that way is addressed to.
    std::array<std::optional<std::uint32_t>, 2> number;
    std::array<bool, 2> closed{};
    std::optional<SftpTrace> sftp;
  };
  Channel* find(Way way, std::uint32_t recipient);
  void open(Way way, std::uint32_t sender);
  void confirm(Way way, std::uint32_t recipient, std::uint32_t sender);
  void close(Way way, std::uint32_t recipient);
  void remove(const Channel& channel);

  std::function<void(TraceMessage&&)> emit_;
  std::list<Channel> channels_;
};

}  // namespace ssh2core
