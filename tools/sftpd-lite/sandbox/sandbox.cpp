#include "tools/sftpd-lite/sandbox/sandbox.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "tools/sftpd-lite/sandbox/landlock.h"

namespace ssh2core::tools {

namespace {

// Sanitizers look at /proc, start threads and write reports, long after the login.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
constexpr bool kSanitized = __has_feature(address_sanitizer);
#else
constexpr bool kSanitized = false;
#endif

constexpr std::array<std::string_view, 3> kModes{"off", "auto", "require"};

/// What names of owners, times of listings and encodings of names are read from.
std::vector<std::string> readable_files() {
  return {"/etc/passwd",
          "/etc/group",
          "/etc/nsswitch.conf",
          "/etc/localtime",
          "/etc/ld.so.cache",
          "/lib",
          "/lib64",
          "/usr/lib",
          "/usr/lib64",
          "/usr/share/zoneinfo",
          "/var/lib/sss/mc",
          "/dev/null"};
}

/// No programs, no cores that would hold keys. Limits that cannot be set are no gap: the filter
/// forbids the same.
void set_limits() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  if (geteuid() != 0) setrlimit(RLIMIT_NPROC, &none);
}

/// What this machine and this root allow; `enter` may still fail.
SandboxState possible(const SandboxScope& scope, const SystemCallFilter& filter) {
  SandboxState state;
  if (kSanitized) {
    state.gaps.emplace_back("everything: built with sanitizers");
    return state;
  }
  state.landlock_abi = landlock_abi();
  state.file_tree = state.landlock_abi >= kLandlockFiles && (scope.chroot || scope.root != "/");
  if (state.landlock_abi < kLandlockFiles)
    state.gaps.emplace_back("file tree: the kernel has no Landlock with ABI 2 or later");
  else if (!state.file_tree)
    state.gaps.emplace_back("file tree: the root is /");
  else if (state.landlock_abi < kLandlockTruncate)
    state.gaps.emplace_back("truncating of files outside: Landlock's ABI 3 knows it");
  state.system_calls = filter.missing().empty();
  if (!state.system_calls) state.gaps.push_back("system calls: " + filter.missing());
  // The filter lets no socket be made but those of this machine.
  state.tcp = state.landlock_abi >= kLandlockTcp || state.system_calls;
  if (!state.tcp) state.gaps.emplace_back("TCP: Landlock's ABI 4 knows it");
  return state;
}

}  // namespace

std::optional<SandboxMode> parse_sandbox_mode(std::string_view word) {
  const auto at = std::ranges::find(kModes, word);
  if (at == kModes.end()) return std::nullopt;
  return static_cast<SandboxMode>(at - kModes.begin());
}

std::string_view name_of(SandboxMode mode) { return kModes.at(static_cast<std::size_t>(mode)); }

std::string SandboxState::text() const {
  std::string text = fmt::format("landlock_abi={} file_tree={} tcp={} system_calls={}",
                                 landlock_abi, file_tree ? "confined" : "open",
                                 tcp ? "denied" : "open", system_calls ? "filtered" : "open");
  if (!gaps.empty()) text += fmt::format(" gaps=\"{}\"", fmt::join(gaps, "; "));
  return text;
}

Sandbox::Sandbox() = default;

SandboxState Sandbox::available(const SandboxScope& scope) const {
  return possible(scope, filter_);
}

SandboxState Sandbox::enter(const SandboxScope& scope) const {
  SandboxState state = possible(scope, filter_);
  if (kSanitized) return state;
  const auto failed = [&](bool& part, const char* what, int error) {
    part = false;
    state.gaps.push_back(fmt::format("{}: {}", what, strerror(error)));
  };
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    const int error = errno;
    failed(state.file_tree, "file tree", error);
    failed(state.system_calls, "system calls", error);
    return state;
  }
  set_limits();
  // With / as the root it still denies programs, devices and TCP.
  if (state.landlock_abi >= kLandlockFiles)
    if (const int error =
            enter_landlock(state.landlock_abi, {scope.root, scope.read_only, readable_files()})) {
      failed(state.file_tree, "file tree", error);
      state.tcp = state.system_calls;
    }
  if (state.system_calls)
    if (const int error = filter_.enter()) {
      failed(state.system_calls, "system calls", error);
      state.tcp = state.tcp && state.file_tree && state.landlock_abi >= kLandlockTcp;
    }
  return state;
}

}  // namespace ssh2core::tools
