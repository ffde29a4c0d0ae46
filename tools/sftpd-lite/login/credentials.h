// What users log in with, loaded from where the options say.
#pragma once

#include "tools/sftpd-lite/service.h"

namespace ssh2core::tools {

/// Makes the authenticator; without keys and passwords makes a password for this run.
void load_credentials(Service& service, std::vector<Finding>& findings);
/// Reads AuthUserFile and AuthGroupFile again if they have changed. What is wrong with them, a
/// sentence each: then all stays as it was.
std::vector<std::string> refresh_accounts(Service& service);
/// Wipes what logins are checked against: this process serves somebody who is in.
void forget_credentials(Service& service);

}  // namespace ssh2core::tools
