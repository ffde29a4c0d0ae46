// Files that are shown to clients with other attributes than they have.
#pragma once

#include "libssh2core/sftp/file_system.h"

namespace ssh2core::sftp {

/// Implemented by an OpenFile whose stat() tells what clients are to see.
class DisguisedFile {
 public:
  virtual ~DisguisedFile() = default;
  /// The attributes that the file has.
  virtual Result<Attributes> own_attributes() = 0;
};

/// The attributes that a file has, whatever clients see of it.
inline Result<Attributes> own_attributes(OpenFile& file) {
  auto* disguised = dynamic_cast<DisguisedFile*>(&file);
  return disguised == nullptr ? file.stat() : disguised->own_attributes();
}

}  // namespace ssh2core::sftp
