// SCP alone on a byte stream, as a remote `scp` program has it.
#pragma once

#include <memory>

#include "libssh2core/scp/transfer.h"
#include "libssh2core/server/events.h"
#include "libssh2core/wire/endpoint.h"

namespace ssh2core::server {

class ScpSession final : public Endpoint {
 public:
  ScpSession(sftp::FileSystem& files, EventSink& events, const Clock& clock, scp::Command command,
             const scp::Options& options);
  ~ScpSession() override;
  /// Once finished: 0 when all went well, 1 when anything did not.
  unsigned exit_status() const;

  MutableView receive_room() override;
  void received(std::size_t count) override;
  void end_of_input() override;
  ByteView output() const override;
  void sent(std::size_t count) override;
  void output_lost() override;
  bool finished() const override;
  std::optional<Clock::Steady> deadline() const override;
  void on_deadline() override;
  bool waits() const override { return deadline().has_value(); }
  bool setting_up() const override { return false; }
  void on_idle() override {}

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace ssh2core::server
