// Lists of keys that anybody can make, such as those of Debian's broken random numbers of 2008, in
// the compact form that ProFTPD's SFTPKeyBlacklist has: 48 bits of the MD5 of each public key blob,
// behind a table that says where those with the same first 16 bits begin. A file is looked up where
// it lies, so it may be mapped: nothing but the header is read at the start.
#pragma once

#include <optional>
#include <string>

#include "libssh2core/wire/bytes.h"

namespace ssh2core::keys {

/// Why these bytes are no such list; empty when header and size are right.
std::string blacklist_problem(ByteView file);

/// How many keys a list has, for which blacklist_problem() is empty.
std::size_t blacklist_size(ByteView file);

/// Is a key with this MD5 (16 bytes, of the blob) on the list? nullopt: the table is broken there.
/// The list must be one for which blacklist_problem() is empty.
std::optional<bool> is_blacklisted(ByteView file, ByteView md5);

}  // namespace ssh2core::keys
