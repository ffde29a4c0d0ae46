#include "tools/sftpd-lite/sandbox/landlock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "libssh2core/io/descriptor.h"

namespace ssh2core::tools {

namespace {

// The kernel's numbers, by landlock(7): headers of a distribution lag behind its kernels.
constexpr long kCreateRuleset = 444, kAddRule = 445, kRestrictSelf = 446;
constexpr std::uint32_t kAskVersion = 1;
constexpr int kPathBeneath = 1;

constexpr std::uint64_t kExecute = 1 << 0, kWriteFile = 1 << 1, kReadFile = 1 << 2,
                        kReadDir = 1 << 3, kRemoveDir = 1 << 4, kRemoveFile = 1 << 5,
                        kMakeChar = 1 << 6, kMakeDir = 1 << 7, kMakeReg = 1 << 8,
                        kMakeSock = 1 << 9, kMakeFifo = 1 << 10, kMakeBlock = 1 << 11,
                        kMakeSym = 1 << 12, kRefer = 1 << 13, kTruncate = 1 << 14,
                        kIoctlDev = 1 << 15;
constexpr std::uint64_t kBindTcp = 1 << 0, kConnectTcp = 1 << 1;
constexpr std::uint64_t kAbstractSockets = 1 << 0, kSignals = 1 << 1;

constexpr std::uint64_t kReading = kReadFile | kReadDir;
// Renaming asks for the right to make what is renamed: so FIFOs and sockets that are there can be
// renamed. Devices cannot; making them takes rights that no session has.
constexpr std::uint64_t kChanging = kWriteFile | kRemoveDir | kRemoveFile | kMakeDir | kMakeReg |
                                    kMakeSock | kMakeFifo | kMakeSym | kRefer | kTruncate;
// What makes sense for something that is no directory.
constexpr std::uint64_t kOfFiles = kExecute | kWriteFile | kReadFile | kTruncate | kIoctlDev;

struct RulesetAttributes {
  std::uint64_t files, net, scopes;
};
struct [[gnu::packed]] PathBeneath {
  std::uint64_t allowed;
  std::int32_t parent;
};

/// Everything about files that the ABI can forbid.
std::uint64_t known_to(int abi) {
  std::uint64_t all = kExecute | kReading | kChanging | kMakeChar | kMakeBlock;
  if (abi < kLandlockTruncate) all &= ~kTruncate;
  if (abi >= kLandlockIoctl) all |= kIoctlDev;
  return all;
}

/// What is not there cannot be allowed, which is no error unless it is `needed`.
int allow(int ruleset, const std::string& path, std::uint64_t access, bool needed) {
  const io::Descriptor at(::open(path.c_str(), O_PATH | O_CLOEXEC));
  struct stat info{};
  if (!at || ::fstat(at.get(), &info) != 0) return needed ? errno : 0;
  if (!S_ISDIR(info.st_mode)) access &= kOfFiles;
  const PathBeneath rule{access, at.get()};
  return ::syscall(kAddRule, ruleset, kPathBeneath, &rule, 0) == 0 ? 0 : errno;
}

}  // namespace

int landlock_abi() {
  const long version = ::syscall(kCreateRuleset, nullptr, 0, kAskVersion);
  return version < 0 ? 0 : static_cast<int>(version);
}

int enter_landlock(int abi, const LandlockRules& rules) {
  const std::uint64_t known = known_to(abi);
  RulesetAttributes attributes{known, 0, 0};
  std::size_t size = sizeof attributes.files;  // as long as this kernel knows it
  if (abi >= kLandlockTcp) {
    attributes.net = kBindTcp | kConnectTcp;
    size += sizeof attributes.net;
  }
  if (abi >= kLandlockScopes) {
    attributes.scopes = kAbstractSockets | kSignals;
    size += sizeof attributes.scopes;
  }
  const io::Descriptor ruleset(static_cast<int>(::syscall(kCreateRuleset, &attributes, size, 0)));
  if (!ruleset) return errno;
  const std::uint64_t served = (kReading | (rules.read_only ? 0 : kChanging)) & known;
  if (const int error = allow(ruleset.get(), rules.root, served, true)) return error;
  for (const std::string& path : rules.readable)
    if (const int error = allow(ruleset.get(), path, kReading, false)) return error;
  return ::syscall(kRestrictSelf, ruleset.get(), 0) == 0 ? 0 : errno;
}

}  // namespace ssh2core::tools
