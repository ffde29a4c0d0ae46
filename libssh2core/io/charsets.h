// Encodings of file names that the system knows.
#pragma once

#include <memory>

#include "libssh2core/sftp/charset.h"

namespace ssh2core::io {

/// The encoding of this name; nullptr when the system does not know it, or when it has not all of
/// ASCII as it is (UTF-16, EBCDIC), so that names would hold other slashes.
std::shared_ptr<const sftp::Charset> make_charset(const std::string& name);

}  // namespace ssh2core::io
