// Landlock (landlock(7)): a process gives up files and ports for itself, without rights of root.
#pragma once

#include <string>
#include <vector>

namespace ssh2core::tools {

/// Version of the kernel's interface; 0: there is none, or it was switched off at boot.
int landlock_abi();

/// The first ABI with which a session can rename and link between directories of its tree.
inline constexpr int kLandlockFiles = 2;
/// The first ABI that knows truncate(2), that of Linux 6.2; TCP, 6.7; ioctl(2) on devices, 6.10;
/// signals and abstract sockets, 6.12.
inline constexpr int kLandlockTruncate = 3, kLandlockTcp = 4, kLandlockIoctl = 5,
                     kLandlockScopes = 6;

struct LandlockRules {
  std::string root;                   // all below it may be served
  bool read_only = false;             // nothing below it may be changed
  std::vector<std::string> readable;  // files and trees that may be read; missing ones are skipped
};

/// Restricts this process, which must have no_new_privs. `abi` is that of landlock_abi(), at least
/// kLandlockFiles. Returns an errno, 0 for success: then nothing outside of the rules can be opened
/// or changed, no TCP connection made where the ABI knows TCP, no program started.
int enter_landlock(int abi, const LandlockRules& rules);

}  // namespace ssh2core::tools
