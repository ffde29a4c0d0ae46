// ATTRS on the wire (draft-ietf-secsh-filexfer-02 section 5): the layout of versions 1 to 3.
#pragma once

#include "libssh2core/sftp/attributes.h"
#include "libssh2core/sftp/codec.h"

namespace ssh2core::sftp {

/// Appends `attributes` as `version` lays them out; what it cannot carry is left out. Times beyond
/// 32 bits are cut to the nearest that fits: -2^31 (as its low 32 bits) or 2^32-1.
void put(Writer& w, const Attributes& attributes, ProtocolVersion version);
/// Takes an ATTRS structure. Times of versions 1 to 3 are unsigned, as the draft has them. Throws
/// ProtocolError when it is cut short or claims more pairs than can follow.
void get(Reader& r, Attributes& attributes, ProtocolVersion version);

}  // namespace ssh2core::sftp
