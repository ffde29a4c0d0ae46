// Certificates of host keys, and whether host keys may be used at all.
#pragma once

#include "tools/sftpd-lite/service.h"

namespace ssh2core::tools {

/// The certificates in the files that SFTPHostCertificate names. Each must be one of a host, about
/// one of the keys; one that is not valid now is taken with a warning.
std::vector<PublicKey> load_host_certificates(const std::vector<std::string>& paths,
                                              const std::vector<PrivateKey>& keys,
                                              std::vector<Finding>& findings);

/// Puts the certificates' algorithms in front of the host key algorithms, unless these were chosen.
void offer_certificates(const std::vector<PublicKey>& certificates, NameList& host_key_algorithms);

/// The host keys and their certificates under the rules for all keys: sizes, weak keys, revocation.
void check_host_keys(Service& service, std::vector<Finding>& findings);

}  // namespace ssh2core::tools
