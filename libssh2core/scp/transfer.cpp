#include "libssh2core/scp/transfer.h"

#include "libssh2core/scp/sink.h"
#include "libssh2core/scp/source.h"

namespace ssh2core::scp {

std::unique_ptr<Transfer> make_transfer(Command command, const Options& options,
                                        const Surroundings& around) {
  if (command.role == Command::Role::Source)
    return std::make_unique<Source>(std::move(command), options, around);
  return std::make_unique<Sink>(std::move(command), options, around);
}

}  // namespace ssh2core::scp
