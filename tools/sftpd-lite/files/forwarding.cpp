#include "tools/sftpd-lite/files/forwarding.h"

namespace ssh2core::tools {

sftp::Outcome ForwardingFile::copy_to(sftp::OpenFile& target, std::uint64_t from,
                                      std::uint64_t length, std::uint64_t to) {
  auto* other = dynamic_cast<ForwardingFile*>(&target);
  if (other == nullptr) return {EXDEV};
  return inner_->copy_to(*other->inner_, from, length, to);
}

}  // namespace ssh2core::tools
