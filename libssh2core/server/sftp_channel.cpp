#include "libssh2core/server/sftp_channel.h"

namespace ssh2core::server {

void SftpEvents::on_version(std::uint32_t version) { events_.on_event(SftpStarted{version}); }

void SftpEvents::on_file(const sftp::FileEvent& event) {
  events_.on_event(FileDone{std::string(to_string(event.op)), std::string(event.path),
                            std::string(event.path2), event.bytes, event.status, event.error,
                            event.aborted});
}

void SftpEvents::on_problem(std::string_view what) { events_.on_event(Problem{std::string(what)}); }

}  // namespace ssh2core::server
