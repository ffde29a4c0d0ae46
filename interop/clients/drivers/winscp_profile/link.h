// A logged-in connection as WinSCP makes it, with SFTP on one channel. Blocks: whoever waits for an
// answer turns the event loop until it is there.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "interop/clients/drivers/winscp_profile/failure.h"
#include "interop/clients/drivers/winscp_profile/known_hosts.h"
#include "interop/clients/drivers/winscp_profile/task.h"
#include "libssh2core/client/sftp_channel.h"
#include "libssh2core/crypto/system_random.h"

namespace ssh2core::winscp {

class WallClock final : public Clock {
 public:
  Steady now() const override { return std::chrono::steady_clock::now(); }
  Wall date() const override { return std::chrono::system_clock::now(); }
};

class Link {
 public:
  /// Connects, exchanges keys and logs in. Throws Failure. The task must outlive the link.
  explicit Link(const Task& task);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  /// Opens a channel for SFTP, in place of any open one, and asks for a version.
  void start_sftp(sftp::ProtocolVersion version);
  client::SftpClient& sftp() { return channel_->client(); }
  /// The server's software version.
  std::string software() const;

  /// Waits for the network once and moves bytes. Throws Failure when the connection is over or the
  /// server says nothing for too long.
  void turn();
  template <class Condition>
  void turn_until(Condition condition) {
    while (!condition()) turn();
  }
  /// Runs a request, given as a call with the callback as argument, up to its answer.
  template <class Answer, class Request>
  Answer wait_for(Request request) {
    const auto answer = std::make_shared<std::optional<Answer>>();
    request([answer](const Answer& given) { *answer = given; });
    turn_until([&] { return answer->has_value(); });
    return **answer;
  }
  /// Ends the channel and the connection in order.
  void close();
  /// Ends the connection at once, with DISCONNECT. Nobody who waits for an answer hears of it.
  void abandon();

 private:
  void connect();
  void log_in();
  void send_output();
  [[noreturn]] void fail_ended() const;
  client::Settings make_settings() const;
  client::Callbacks make_callbacks();

  const Task& task_;
  KnownHosts known_hosts_;
  const client::Settings settings_;
  const WallClock clock_;
  SystemRandom random_;
  std::optional<PrivateKey> key_;
  Credentials credentials_;
  std::optional<AuthOutcome> outcome_;
  std::optional<Ending> ending_;
  int fd_ = -1;
  std::unique_ptr<client::Session> session_;
  std::unique_ptr<client::SftpChannel> channel_;
};

}  // namespace ssh2core::winscp
