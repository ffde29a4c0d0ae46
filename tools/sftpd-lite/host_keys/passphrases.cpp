#include "tools/sftpd-lite/host_keys/passphrases.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>

#include "tools/common/secret_input.h"
#include "tools/sftpd-lite/login/trusted_file.h"

namespace ssh2core::tools {

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto kPatience = 10s;
constexpr auto kGrace = 500ms;  // between TERM and KILL

/// Starts the program with `out` as its standard output; 0 with errno when that fails.
pid_t start(const std::string& program, const std::string& server, const std::string& key_file,
            int out) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  std::array<std::string, 3> words{program, server, key_file};
  std::array<char*, 4> arguments{words[0].data(), words[1].data(), words[2].data(), nullptr};
  std::string path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  std::array<char*, 2> environment{path.data(), nullptr};
  pid_t pid = 0;
  errno =
      posix_spawn(&pid, program.c_str(), &actions, nullptr, arguments.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  return errno == 0 ? pid : 0;
}

/// Fills `bytes` until the end of the stream; false when that does not come in time.
bool read_until_end(int fd, MutableView bytes, std::size_t& size, steady_clock::time_point until) {
  for (size = 0; size < bytes.size();) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now());
    pollfd wait{fd, POLLIN, 0};
    const int ready = poll(&wait, 1, static_cast<int>(std::max<long>(left.count(), 0)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    const ssize_t count = read(fd, bytes.data() + size, bytes.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return true;
    size += static_cast<std::size_t>(count);
  }
  return true;
}

/// Its status, after TERM and KILL when it does not end by itself; nullopt: it had to be stopped.
std::optional<int> wait_for(pid_t pid, steady_clock::time_point until) {
  int status = 0;
  for (const int signal : {0, SIGTERM, SIGKILL}) {
    if (signal != 0) kill(pid, signal);
    for (auto end = signal == 0 ? until : steady_clock::now() + kGrace;;) {
      const pid_t ended = waitpid(pid, &status, signal == SIGKILL ? 0 : WNOHANG);
      if (ended == pid) return signal == 0 ? std::optional(status) : std::nullopt;
      if (ended < 0 && errno != EINTR) return std::nullopt;
      if (steady_clock::now() >= end) break;
      std::this_thread::sleep_for(10ms);
    }
  }
  return std::nullopt;
}

}  // namespace

std::string provider_problem(const std::string& program) {
  return untrusted_program(program, "program");
}

std::optional<Secret> passphrase_from(const std::string& program, const std::string& server,
                                      const std::string& key_file, std::string& why) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    why = strerror(errno);
    return std::nullopt;
  }
  const auto until = steady_clock::now() + kPatience;
  const pid_t pid = start(program, server, key_file, ends[1]);
  const int error = errno;
  close(ends[1]);
  Secret answer(kMaxSecretBytes + 2);
  std::size_t size = 0;
  const bool ended = pid != 0 && read_until_end(ends[0], answer.mutable_view(), size, until);
  close(ends[0]);
  if (pid == 0) {
    why = strerror(error);
    return std::nullopt;
  }
  const auto status = wait_for(pid, ended ? until : steady_clock::now());
  if (!status)
    why = fmt::format("takes longer than {} seconds", kPatience.count());
  else if (!WIFEXITED(*status) || WEXITSTATUS(*status) != 0)
    why = WIFEXITED(*status) ? fmt::format("ends with status {}", WEXITSTATUS(*status))
                             : fmt::format("dies by signal {}", WTERMSIG(*status));
  if (!why.empty()) return std::nullopt;
  const std::string_view text = as_text(answer.view().first(size));
  const std::size_t line = text.substr(0, text.find_first_of("\r\n")).size();
  if (line > kMaxSecretBytes) {
    why = fmt::format("gives more than {} bytes", kMaxSecretBytes);
    return std::nullopt;
  }
  answer.truncate(line);
  return answer;
}

}  // namespace ssh2core::tools
