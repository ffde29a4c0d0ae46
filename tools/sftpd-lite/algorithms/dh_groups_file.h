// What SFTPDHParamFile and SFTPOptions AllowWeakDH come to.
#pragma once

#include "tools/sftpd-lite/service.h"

namespace ssh2core::tools {

/// Sets the groups of group exchange, appends the weak method that AllowWeakDH asks for, and makes
/// room for the transient keys of RSA key exchange. Reads the file now, before any change of root.
/// With `thorough` all groups are tested now, in a second or so; otherwise each when it is chosen.
void load_dh_groups(Service& service, bool thorough, std::vector<Finding>& findings);

}  // namespace ssh2core::tools
