#include "tools/sftpd-lite/access/login_outcome.h"

#include <sys/wait.h>
#include <csignal>

#include "libssh2core/server/session.h"
#include "tools/common/exit_code.h"

namespace ssh2core::tools {

namespace {

constexpr int kFirstCode = 64;  // beyond those of programs

}  // namespace

void LoginOutcome::on_event(const server::Event& event) {
  if (const auto* attempt = std::get_if<server::AuthAttempt>(&event)) {
    logged_in_ |= attempt->result == "accepted";
    failed_ |= attempt->result == "refused";
  }
  if (const auto* close = std::get_if<server::SessionClose>(&event))
    late_ = close->reason == server::kLoginTookTooLong;
  next_.on_event(event);
}

Offence LoginOutcome::offence() const {
  if (logged_in_) return Offence::None;
  if (late_) return Offence::GraceExceeded;
  return failed_ ? Offence::AuthFailed : Offence::NoAttempt;
}

int exit_code_of(Offence offence) {
  return offence == Offence::None ? int{kDone} : kFirstCode + static_cast<int>(offence);
}

Offence offence_of_status(int status) {
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) return Offence::GraceExceeded;
  if (WIFSIGNALED(status))
    return WTERMSIG(status) == SIGTERM || WTERMSIG(status) == SIGKILL ? Offence::None
                                                                      : Offence::Crash;
  for (const Offence one : {Offence::NoAttempt, Offence::AuthFailed, Offence::GraceExceeded})
    if (WIFEXITED(status) && WEXITSTATUS(status) == exit_code_of(one)) return one;
  return Offence::None;
}

}  // namespace ssh2core::tools
