// Whoever uses a channel of a client session: a subsystem, a command.
#pragma once

#include "libssh2core/connection/connection.h"

namespace ssh2core::client {

/// Hears of one channel. Called inside Session::received(); may send. May throw ProtocolError.
class ChannelUser {
 public:
  virtual ~ChannelUser() = default;
  /// The channel is open: its writer may be used, requests may be sent.
  virtual void on_opened(Channel& channel) = 0;
  /// The server refused it; nothing more is called.
  virtual void on_refused(const ChannelOpenFailure& failure) = 0;
  /// The answer to a request, in the order in which they were sent.
  virtual void on_answer(bool success) = 0;
  /// The window is given back for all of it after the call.
  virtual void on_data(ByteView data) = 0;
  virtual void on_stderr(ByteView data) = 0;
  virtual void on_exit_status(std::uint32_t status) = 0;
  virtual void on_eof() = 0;
  /// There may be room to send again.
  virtual void on_writable() = 0;
  /// The channel is gone after this call, or the connection ended.
  virtual void on_closed() = 0;
};

}  // namespace ssh2core::client
