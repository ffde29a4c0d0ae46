#include "tools/sftpd-lite/login/exec_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "libssh2core/io/descriptor.h"
#include "tools/sftpd-lite/login/trusted_file.h"

namespace ssh2core::tools {
namespace {

constexpr int kCannotRun = 127;

/// In the child: becomes the account and the program. Never returns.
[[noreturn]] void become_program(const std::string& program, const KeyQuestion& question,
                                 const std::optional<Account>& account, int output) {
  setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int number : {SIGPIPE, SIGTERM, SIGINT, SIGCHLD}) signal(number, SIG_DFL);
  const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (dup2(nothing, 0) < 0 || dup2(output, 1) < 0 || dup2(nothing, 2) < 0) _exit(kCannotRun);
  close_range(3, UINT_MAX, 0);  // no descriptor of ours goes along, whatever its flags
  if (geteuid() == 0 && (!account || account->uid == 0 || become(*account))) _exit(kCannotRun);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (chdir("/") != 0) _exit(kCannotRun);
  std::array<const char*, 5> arguments{program.c_str(), question.user.c_str(),
                                       question.key_type.c_str(), question.fingerprint.c_str(),
                                       nullptr};
  std::array<const char*, 2> environment{"PATH=/usr/local/bin:/usr/bin:/bin", nullptr};
  execve(program.c_str(), const_cast<char* const*>(arguments.data()),
         const_cast<char* const*>(environment.data()));
  _exit(kCannotRun);
}

/// Reads to the end, or says which limit was exceeded.
std::string read_output(int fd, std::string& text, const ProgramLimits& limits) {
  const auto end = std::chrono::steady_clock::now() + limits.time;
  std::array<char, 65536> buffer{};
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    if (left.count() <= 0) return fmt::format("took longer than {} ms", limits.time.count());
    pollfd one{fd, POLLIN, 0};
    const int ready = poll(&one, 1, static_cast<int>(left.count()));
    if (ready < 0 && errno != EINTR) return strerror(errno);
    if (ready <= 0) continue;
    const ssize_t count = read(fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return strerror(errno);
    if (count == 0) return {};
    text.append(buffer.data(), static_cast<std::size_t>(count));
    if (text.size() > limits.output) return fmt::format("wrote more than {} bytes", limits.output);
  }
}

/// Waits for the end within what is left of the time; the whole group is killed in any case.
std::string end_program(pid_t child, bool kill_now, const ProgramLimits& limits) {
  const auto end = std::chrono::steady_clock::now() + limits.time;
  int status = 0;
  pid_t ended = 0;
  while (!kill_now && (ended = waitpid(child, &status, WNOHANG)) == 0) {
    kill_now = std::chrono::steady_clock::now() >= end;
    usleep(1000);
  }
  kill(-child, SIGKILL);
  if (ended == 0) waitpid(child, &status, 0);
  if (kill_now) return fmt::format("took longer than {} ms", limits.time.count());
  if (WIFSIGNALED(status)) return fmt::format("was ended by signal {}", WTERMSIG(status));
  if (WEXITSTATUS(status) == kCannotRun) return "cannot be run";
  if (WEXITSTATUS(status) != 0) return fmt::format("ended with code {}", WEXITSTATUS(status));
  return {};
}

/// Strangers choose names, and a program may hand them on to a shell, to SQL or to LDAP: letters,
/// digits and `._@+-` are asked about, and whatever is beyond ASCII. Not `-` at the beginning,
/// which makes an option of it, nor `.`.
bool is_harmless(std::string_view name) {
  const auto fits = [](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return letter || (static_cast<unsigned char>(c) & 0x80U) != 0 ||
           std::string_view("._@+-").find(c) != std::string_view::npos;
  };
  return !name.empty() && name.front() != '-' && name.front() != '.' &&
         std::ranges::all_of(name, fits);
}

}  // namespace

ProgramAnswer ask_program(const std::string& program, const KeyQuestion& question,
                          const std::optional<Account>& account, const ProgramLimits& limits) {
  ProgramAnswer answer;
  const auto fail = [&](std::string_view what) {
    answer.text.clear();
    answer.problem = fmt::format("exec:{} {}", program, what);
    return answer;
  };
  if (!is_harmless(question.user)) return fail("is not asked about such a name");
  if (std::string why = untrusted_program(program, "exec"); !why.empty()) {
    answer.problem = std::move(why);
    return answer;
  }
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return fail(strerror(errno));
  io::Descriptor output(ends[0]), input(ends[1]);
  const pid_t child = fork();
  if (child < 0) return fail(strerror(errno));
  if (child == 0) become_program(program, question, account, input.get());
  setpgid(child, child);  // whoever comes first
  input = io::Descriptor();
  const std::string too_much = read_output(output.get(), answer.text, limits);
  output = io::Descriptor();
  const std::string ending = end_program(child, !too_much.empty(), limits);
  if (!too_much.empty()) return fail(too_much);
  if (!ending.empty()) return fail(ending);
  return answer;
}

}  // namespace ssh2core::tools
