// Files of Diffie-Hellman groups: PEM blocks of PKCS#3 (RFC 2631's X9.42 too), as `openssl dhparam`
// writes them and mod_sftp reads them, or the lines of OpenSSH's moduli(5).
#pragma once

#include <string>
#include <vector>

#include "libssh2core/crypto/dh_group.h"

namespace ssh2core::keys {

struct DhParameters {
  std::size_t line = 0;  // where it begins, from 1
  DhGroup group;
  unsigned bits = 0;
};

struct DhParameterFile {
  std::vector<DhParameters> groups;  // in the file's order; well-formed, dh_group_fault() is clear
  struct Fault {
    std::size_t line;
    std::string why;  // a few words
  };
  std::vector<Fault> faults;  // entries that hold no usable group
};

/// Reads all groups of a text in either format. Groups of any size from 512 to 16384 bits; whether
/// the numbers are prime is not looked at. Lines of moduli(5) count only when they say that their
/// modulus is a tested safe prime.
DhParameterFile parse_dh_parameters(std::string_view text);

}  // namespace ssh2core::keys
