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

// fips.cpp
Complaint set_use_fips(Words words, Options& options);

// directive_keys.cpp
Complaint set_host_certificate(Words words, Options& options);
Complaint set_key_blacklist(Words words, Options& options);
Complaint set_key_fingerprints(Words words, Options& options);
Complaint set_key_limits(Words words, Options& options);
Complaint set_revoked_keys(Words words, Options& options);
Complaint set_trusted_user_ca_keys(Words words, Options& options);

// directive_limits.cpp
Complaint set_max_clients_per_host(Words words, Options& options);
Complaint set_max_connection_rate(Words words, Options& options);
Complaint set_max_instances(Words words, Options& options);
Complaint set_rekey(Words words, Options& options);
Complaint set_timeout_idle(Words words, Options& options);
Complaint set_timeout_login(Words words, Options& options);
Complaint set_umask(Words words, Options& options);

// directive_login.cpp
Complaint set_auth_methods(Words words, Options& options);
Complaint set_display_banner(Words words, Options& options);
Complaint set_max_login_attempts(Words words, Options& options);
Complaint set_server_ident(Words words, Options& options);

// directive_options.cpp
Complaint set_options(Words words, Options& options);

}  // namespace ssh2core::tools
