// The command line of SafeTP's sftpd, an earlier program for inetd, for those who have its lines in
// their inetd.conf: `-s` with -yDIR -lFILE -mMASK -dN -a -o.
#pragma once

#include <string>
#include <vector>

namespace ssh2core::tools {

/// The same arguments with our flags in the place of SafeTP's; unchanged without `-s`, which is
/// what says that they are SafeTP's. Throws ExitError (usage) for one that can mean nothing here.
std::vector<std::string> translate_safetp(const std::vector<std::string>& arguments);

}  // namespace ssh2core::tools
