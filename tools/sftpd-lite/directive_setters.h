// The functions behind the table of directives: each reads a directive's words and sets one thing.
// Not for users of the table.
#pragma once

#include "tools/sftpd-lite/directives.h"

namespace ssh2core::tools {

// directive_algorithms.cpp
Complaint set_auth_public_keys(Words names, Options& options);
Complaint set_ciphers(Words names, Options& options);
Complaint set_compression(Words words, Options& options);
Complaint set_digests(Words names, Options& options);
Complaint set_host_keys(Words names, Options& options);
Complaint set_key_exchanges(Words names, Options& options);

}  // namespace ssh2core::tools
