// The fields of ATTRS in version 4 and later, a row each: the difference of the versions is data.
#pragma once

#include "libssh2core/sftp/attributes_codec.h"

namespace ssh2core::sftp {

void put_v4(Writer& w, const Attributes& attributes, ProtocolVersion version);
void get_v4(Reader& r, Attributes& attributes, ProtocolVersion version);

/// The pairs at the end, the same in all versions.
void put_extended(Writer& w, const std::vector<ExtendedAttribute>& pairs);
void get_extended(Reader& r, std::vector<ExtendedAttribute>& pairs);

}  // namespace ssh2core::sftp
