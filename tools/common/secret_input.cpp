#include "tools/common/secret_input.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "tools/common/exit_code.h"
#include "tools/common/files.h"

namespace ssh2core::tools {
namespace {

volatile std::sig_atomic_t pending_signal = 0;
void remember_signal(int number) { pending_signal = number; }

/// The terminal with its echo off. Signals that would end the program are held until the echo is
/// back, then raised again.
class SilentTerminal {
 public:
  SilentTerminal() : fd_(open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {
    if (fd_ < 0 || tcgetattr(fd_, &before_) != 0) {
      if (fd_ >= 0) close(fd_);
      throw ExitError(kUsage,
                      "no terminal to ask for the password on; use --passphrase-fd, "
                      "--passphrase-file or --passphrase-env");
    }
    pending_signal = 0;
    struct sigaction action{};
    action.sa_handler = remember_signal;  // without SA_RESTART: read() returns
    for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &action, &old_[i]);
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHOE | ECHOK);
    silent.c_lflag |= ECHONL;
    silent.c_cc[VSUSP] = _POSIX_VDISABLE;  // a stopped program would leave the echo off
    tcsetattr(fd_, TCSAFLUSH, &silent);
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;
  ~SilentTerminal() {
    tcsetattr(fd_, TCSAFLUSH, &before_);
    for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &old_[i], nullptr);
    close(fd_);
    if (pending_signal != 0) raise(static_cast<int>(pending_signal));
  }
  int fd() const { return fd_; }

 private:
  static constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  int fd_;
  termios before_{};
  std::array<struct sigaction, kSignals.size()> old_{};
};

/// The first line of a descriptor, byte by byte so that nothing behind it is taken.
Secret read_line(int fd, const char* name) {
  Secret line(kMaxSecretBytes);
  std::size_t size = 0;
  while (true) {
    char next = 0;
    const ssize_t count = read(fd, &next, 1);
    if (count < 0 && errno == EINTR && pending_signal == 0) continue;
    if (count < 0)
      throw ExitError(kFailed, std::string("cannot read ") + name + ": " + std::strerror(errno));
    if (count == 0 || next == '\n') break;
    if (size == kMaxSecretBytes)
      throw ExitError(kUsage, std::string(name) + " is longer than " +
                                  std::to_string(kMaxSecretBytes) + " bytes");
    line.mutable_view()[size++] = static_cast<std::uint8_t>(next);
  }
  if (size > 0 && line.view()[size - 1] == '\r') --size;
  line.truncate(size);
  return line;
}

Secret ask_once(const std::string& prompt) {
  SilentTerminal terminal;
  // A failed prompt is no reason not to read the answer.
  [[maybe_unused]] const ssize_t shown = write(terminal.fd(), prompt.data(), prompt.size());
  return read_line(terminal.fd(), "the terminal");
}

Secret from_file(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw ExitError(kFailed, "cannot open " + path + ": " + std::strerror(errno));
  try {
    Secret line = read_line(fd, path.c_str());
    close(fd);
    return line;
  } catch (const ExitError&) {
    close(fd);
    throw;
  }
}

Secret from_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) throw ExitError(kUsage, "the environment variable " + name + " is not set");
  if (std::strlen(value) > kMaxSecretBytes)
    throw ExitError(kUsage, "the environment variable " + name + " is too long for a password");
  return Secret(as_bytes(value));
}

}  // namespace

Secret read_secret(const SecretSource& source, const std::string& prompt, Ask ask) {
  if (source.descriptor) return read_line(*source.descriptor, "the password's descriptor");
  if (!source.file.empty()) return from_file(source.file);
  if (!source.variable.empty()) return from_variable(source.variable);
  Secret first = ask_once(prompt);
  if (ask == Ask::Twice) {
    const Secret second = ask_once("The same again: ");
    if (!equal_in_constant_time(first.view(), second.view()))
      throw ExitError(kUsage, "the two passwords differ; nothing was changed");
  }
  return first;
}

}  // namespace ssh2core::tools
