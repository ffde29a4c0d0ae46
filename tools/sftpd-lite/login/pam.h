// One user's dealings with PAM over one connection: the dialogue, the account, the session.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "libssh2core/auth/authenticator.h"
#include "tools/sftpd-lite/login/identity.h"
#include "tools/sftpd-lite/login/pam_settings.h"

namespace ssh2core::tools {

/// Whether this program was built with libpam. Without it everything below fails.
bool pam_is_built();

/// libpam asks its questions from within calls. Those that may ask run in a thread of their own;
/// it and the caller take turns, never both run. What a module does may take its time; a caller
/// waits until `until` at most, and then the transaction is lost.
class PamTransaction {
 public:
  using Deadline = std::chrono::steady_clock::time_point;
  /// `peer`: the client's address, numeric.
  PamTransaction(PamSettings settings, std::string service, std::string user, std::string peer);
  ~PamTransaction();
  PamTransaction(const PamTransaction&) = delete;
  PamTransaction& operator=(const PamTransaction&) = delete;

  struct Asked {
    std::string info;  // for people, what was said before the questions
    std::vector<Challenge::Prompt> prompts;
  };
  struct Ended {
    bool ok = false;
    std::string reason;   // for the log
    std::string info;     // for people
    bool proven = false;  // the user is who it says, whatever came of it then
  };
  using Step = std::variant<Asked, Ended>;

  /// Begins to authenticate the user, and with `whole` goes on with the account and asks for a new
  /// password if the old one is too old. A dialogue under way is given up.
  Step authenticate(bool whole, bool empty_allowed, Deadline until);
  /// Goes on behind Asked, with as many answers as there were prompts.
  Step answer(std::vector<Secret> answers, Deadline until);
  /// Whether the account may log in now. A dialogue with `whole` has seen to that.
  Ended check_account(Deadline until);
  /// How long the modules want a failure to take; asked once for each.
  std::chrono::microseconds take_delay();

  /// As root: takes the account's groups, its credentials and begins its session; a process that
  /// keeps root's rights ends it when this one has gone. `connection`: descriptors that process
  /// must not keep open. Empty, or why the session cannot begin. `account` gets the groups that
  /// modules have added.
  std::string open_session(Account& account, const std::vector<int>& connection);

  const std::string& user() const;
  const std::string& service() const;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace ssh2core::tools
