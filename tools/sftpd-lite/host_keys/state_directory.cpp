#include "tools/sftpd-lite/host_keys/state_directory.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace ssh2core::tools {

bool is_network_file_system(unsigned long type) {
  // statfs(2) lists them; linux/magic.h lacks some.
  constexpr auto kTypes = std::to_array<unsigned long>({
      0x6969,      // NFS
      0x517b,      // SMB
      0xff534d42,  // CIFS
      0xfe534d42,  // SMB 2
      0x73757245,  // Coda
      0x5346414f,  // AFS
      0x6b414653,  // kAFS
      0x564c,      // NCP
      0x01021997,  // 9P
      0x00c36400,  // Ceph
      0x7461636f,  // OCFS2
      0x01161970,  // GFS2
      0x65735546,  // FUSE
  });
  return std::ranges::find(kTypes, type) != kTypes.end();
}

std::variant<std::string, StateProblem> state_key_path(const std::string& directory) {
  const auto problem = [&](std::string_view what) {
    return StateProblem{fmt::format("--state {}: {}", directory, what)};
  };
  struct stat info{};
  struct statfs system{};
  if (stat(directory.c_str(), &info) != 0)
    return problem(fmt::format("{}; create it with mode 0700", strerror(errno)));
  if (!S_ISDIR(info.st_mode) || (info.st_mode & 077) != 0)
    return problem("must be a directory that only its owner can enter (chmod 0700)");
  if (statfs(directory.c_str(), &system) != 0) return problem(strerror(errno));
  // The sign of f_type differs between architectures.
  if (is_network_file_system(static_cast<unsigned long>(system.f_type) & 0xffffffffUL))
    return problem(
        "lies on a network file system, where others may read the key; name a local one");
  return directory + "/ssh_host_ed25519_key";
}

}  // namespace ssh2core::tools
