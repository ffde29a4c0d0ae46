// SFTP alone on a byte stream, as OpenSSH's `Subsystem sftp` and `sftp -D` want it.
#pragma once

#include <memory>

#include "libssh2core/server/events.h"
#include "libssh2core/sftp/server.h"
#include "libssh2core/wire/endpoint.h"

namespace ssh2core::server {

class SubsystemSession final : public Endpoint {
 public:
  SubsystemSession(sftp::FileSystem& files, EventSink& events, const Clock& clock, Random& random,
                   const sftp::ServerOptions& options);
  ~SubsystemSession() override;

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
  void on_idle() override;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace ssh2core::server
