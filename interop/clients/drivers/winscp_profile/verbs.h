// The verbs of the matrix, as WinSCP would carry them out.
#pragma once

#include <ostream>

#include "interop/clients/drivers/winscp_profile/profile.h"

namespace ssh2core::winscp {

/// Carries out one step and prints what it found. Throws Failure.
void perform(Profile& profile, const Step& step, std::ostream& out);

}  // namespace ssh2core::winscp
