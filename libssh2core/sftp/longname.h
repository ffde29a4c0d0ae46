// The line of `ls -l` that versions 1 to 3 send beside each name (draft-ietf-secsh-filexfer-02
// section 7). Clients parse it, so it is that of the C locale whatever the environment says.
#pragma once

#include <string>

#include "libssh2core/sftp/attributes.h"
#include "libssh2core/wire/clock.h"

namespace ssh2core::sftp {

/// Appends the line for `name`: mode, links, owner, group, size, date in local time or UTC, name.
/// `user` and `group` are names; where one is empty the number stands. A date within half a year
/// before `now` has the time of day, any other the year.
void append_longname(std::string& out, std::string_view name, const Attributes& attributes,
                     std::string_view user, std::string_view group, Clock::Wall now,
                     bool utc = false);

}  // namespace ssh2core::sftp
