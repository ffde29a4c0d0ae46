#include "tools/sftpd-lite/sandbox/system_call_filter.h"

#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "libssh2core/io/descriptor.h"

#ifdef SSH2CORE_HAVE_SECCOMP
#include <linux/fs.h>
#include <seccomp.h>
#include <sys/ioctl.h>

#include <array>
#include <memory>
#include <system_error>
#endif

namespace ssh2core::tools {

#ifdef SSH2CORE_HAVE_SECCOMP

namespace {

// By name, since a libseccomp older than the kernel does not know all numbers.
constexpr auto kAllowed = std::to_array<const char*>({
    // the connection, logs, what waits
    "read",
    "write",
    "readv",
    "writev",
    "recvfrom",
    "recvmsg",
    "sendto",
    "sendmsg",
    "shutdown",
    "close",
    "poll",
    "ppoll",
    "select",
    "pselect6",
    "getsockopt",
    "setsockopt",
    "getsockname",
    "getpeername",
    "connect",
    "dup",
    "fcntl",
    "lseek",
    "pipe2",
    "eventfd2",
    // files
    "open",
    "openat",
    "openat2",
    "pread64",
    "pwrite64",
    "preadv",
    "pwritev",
    "preadv2",
    "pwritev2",
    "stat",
    "lstat",
    "fstat",
    "newfstatat",
    "statx",
    "statfs",
    "fstatfs",
    "access",
    "faccessat",
    "faccessat2",
    "getdents64",
    "readlink",
    "readlinkat",
    "unlink",
    "unlinkat",
    "mkdir",
    "mkdirat",
    "rmdir",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "symlink",
    "symlinkat",
    "chmod",
    "fchmod",
    "fchmodat",
    "chown",
    "fchown",
    "lchown",
    "fchownat",
    "utimensat",
    "truncate",
    "ftruncate",
    "fallocate",
    "fsync",
    "fdatasync",
    "syncfs",
    "sync_file_range",
    "copy_file_range",
    "flock",
    "fadvise64",
    "umask",
    "getcwd",
    "chdir",
    "fchdir",
    "getxattr",
    "lgetxattr",
    "fgetxattr",
    "setxattr",
    "lsetxattr",
    "fsetxattr",
    "listxattr",
    "llistxattr",
    "flistxattr",
    "removexattr",
    "lremovexattr",
    "fremovexattr",
    // memory
    "brk",
    "munmap",
    "mremap",
    "madvise",
    "msync",
    // time, signals, itself
    "clock_gettime",
    "clock_getres",
    "clock_nanosleep",
    "nanosleep",
    "gettimeofday",
    "time",
    "alarm",
    "setitimer",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "rt_sigpending",
    "sigaltstack",
    "restart_syscall",
    "tgkill",
    "getpid",
    "getppid",
    "gettid",
    "getuid",
    "geteuid",
    "getgid",
    "getegid",
    "getgroups",
    "getrusage",
    "getrlimit",
    "sysinfo",
    "uname",
    "futex",
    "sched_yield",
    "sched_getaffinity",
    "set_robust_list",
    "rseq",
    "membarrier",
    "getrandom",
    "getcpu",
    "exit",
    "exit_group",
});

// Nothing of this is ever meant: a program, rights, another process, the kernel itself.
constexpr auto kFatal = std::to_array<const char*>({
    "execve",
    "execveat",
    "fork",
    "vfork",
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "setuid",
    "setgid",
    "setreuid",
    "setregid",
    "setresuid",
    "setresgid",
    "setgroups",
    "capset",
    "mount",
    "umount2",
    "pivot_root",
    "chroot",
    "unshare",
    "setns",
    "mknod",
    "mknodat",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "io_uring_setup",
    "keyctl",
    "add_key",
    "request_key",
    "kexec_load",
    "kexec_file_load",
    "init_module",
    "finit_module",
    "delete_module",
    "personality",
    "iopl",
    "ioperm",
    "swapon",
    "swapoff",
    "reboot",
    "settimeofday",
    "clock_settime",
    "open_by_handle_at",
});

struct Release {
  void operator()(void* context) const noexcept { seccomp_release(context); }
};
using Context = std::unique_ptr<void, Release>;

[[noreturn]] void fail(int error) { throw std::system_error(error, std::generic_category()); }
void must(int result) {
  if (result < 0) fail(-result);
}

void add(scmp_filter_ctx context, std::uint32_t action, const char* name) {
  const int number = seccomp_syscall_resolve_name(name);
  if (number == __NR_SCMP_ERROR) return;  // this architecture has none such
  const int result = seccomp_rule_add(context, action, number, 0);
  if (result != -EDOM) must(result);  // likewise
}

/// Calls that are allowed with some arguments only.
void add_conditions(scmp_filter_ctx context) {
  const auto allow = [&](int number, std::vector<scmp_arg_cmp> conditions) {
    must(seccomp_rule_add_array(context, SCMP_ACT_ALLOW, number,
                                static_cast<unsigned>(conditions.size()), conditions.data()));
  };
  const auto without = [](unsigned argument, std::uint64_t bit) {
    return scmp_arg_cmp{argument, SCMP_CMP_MASKED_EQ, bit, 0};
  };
  const auto is = [](unsigned argument, std::uint64_t value) {
    return scmp_arg_cmp{argument, SCMP_CMP_EQ, value, 0};
  };
  // Memory is never writable and executable, and what was written is never made executable; a
  // library that is loaded late, of a name service or an encoding, comes from a file.
  allow(SCMP_SYS(mmap), {without(2, PROT_WRITE)});
  allow(SCMP_SYS(mmap), {without(2, PROT_EXEC)});
  allow(SCMP_SYS(mprotect), {without(2, PROT_EXEC)});
  // The system's log, agents and name services are reached by sockets of this machine.
  allow(SCMP_SYS(socket), {is(0, AF_UNIX)});
  for (const unsigned long request : {static_cast<unsigned long>(TCGETS),
                                      static_cast<unsigned long>(FIONREAD), FICLONE, FICLONERANGE})
    allow(SCMP_SYS(ioctl), {is(1, request)});
  // Limits can be read, those of this process only, and not be set.
  allow(SCMP_SYS(prlimit64), {is(0, 0), is(2, 0)});
}

/// What the kernel is to be given.
std::vector<sock_filter> exported(scmp_filter_ctx context) {
  const io::Descriptor memory(memfd_create("filter", MFD_CLOEXEC));
  if (!memory) fail(errno);
  must(seccomp_export_bpf(context, memory.get()));
  struct stat info{};
  if (fstat(memory.get(), &info) != 0) fail(errno);
  std::vector<sock_filter> program(static_cast<std::size_t>(info.st_size) / sizeof(sock_filter));
  const ssize_t count =
      pread(memory.get(), program.data(), program.size() * sizeof(sock_filter), 0);
  if (count != info.st_size) fail(EIO);
  return program;
}

}  // namespace

SystemCallFilter::SystemCallFilter() {
  try {
    const Context context(seccomp_init(SCMP_ACT_ERRNO(ENOSYS)));
    if (!context) fail(ENOMEM);
    must(seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2));  // a tree, not a list
    for (const char* name : kAllowed) add(context.get(), SCMP_ACT_ALLOW, name);
    for (const char* name : kFatal) add(context.get(), SCMP_ACT_KILL_PROCESS, name);
    add_conditions(context.get());
    program_ = exported(context.get());
  } catch (const std::system_error& error) {
    missing_ = error.what();
  }
}

#else

SystemCallFilter::SystemCallFilter() : missing_("built without libseccomp") {}

#endif

int SystemCallFilter::enter() const {
  if (program_.empty()) return ENOSYS;
  // The kernel takes a pointer to what it only reads.
  const sock_fprog program{static_cast<unsigned short>(program_.size()),
                           const_cast<sock_filter*>(program_.data())};
  return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0 ? 0 : errno;
}

}  // namespace ssh2core::tools
