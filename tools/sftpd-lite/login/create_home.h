// Makes the home directory of a user who has none.
#pragma once

#include <functional>
#include <string>

#include "tools/sftpd-lite/login/home_settings.h"
#include "tools/sftpd-lite/login/identity.h"

namespace ssh2core::tools {

/// Makes the account's home with the directories above it, and fills it from the skeleton; nothing
/// when it is there already. To be called with the rights of root, or of the account that serves
/// everybody. The home appears whole or not at all. Symlinks are followed only where nobody but
/// root (or the account that serves) can have made them, and never in the skeleton. Empty, or why
/// it failed: a sentence that names the directory. `told` hears what of the skeleton was left out.
std::string create_home(const HomeSettings& settings, const Account& account,
                        const std::function<void(const std::string&)>& told);

}  // namespace ssh2core::tools
