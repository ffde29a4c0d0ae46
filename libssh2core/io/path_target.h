// Changing the attributes of what a path names, without opening it for reading or writing.
#pragma once

#include <string_view>

#include "libssh2core/io/confined_path.h"
#include "libssh2core/io/posix_attributes.h"

namespace ssh2core::io {

/// Sets what is present in `wanted` on what `path` names; with `follow` false on a symlink itself.
/// What a path names is looked up once, so that all changes hit the same thing.
sftp::Outcome set_by_path(const ConfinedRoot& root, std::string_view path,
                          const sftp::Attributes& wanted, bool follow);

}  // namespace ssh2core::io
