// May this certificate log in? The rules of PROTOCOL.certkeys and sshd(8), for a server that only
// transfers files.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "libssh2core/crypto/certificate.h"

namespace ssh2core::keys {

/// What the rules ask of the signature of a certificate that may log in.
struct CertificateGrant {
  bool touch_required = true;  // of a key in a FIDO token
  bool verify_required = false;
};

/// About whom and about when is asked.
struct CertificateQuestion {
  NameList principals;       // one of these must be in the certificate: the user, as a rule
  std::uint64_t now = 0;     // seconds since 1970
  std::string_view address;  // of the client, without a port; empty when it has none
};

/// A grant, or one sentence why not: no certificate of a user, not valid now, none of the
/// principals in it (without any it is refused), a critical option that is unknown or does not
/// hold. The signature is not looked at, nor is the CA.
std::variant<CertificateGrant, std::string> check_user_certificate(
    const Certificate& certificate, const CertificateQuestion& question);

/// Is the address in the list of addresses and networks ("10.0.0.0/8,::1")? Malformed lists, and
/// networks with bits behind their mask, hold nobody.
bool is_in_networks(std::string_view address, std::string_view networks);

}  // namespace ssh2core::keys
