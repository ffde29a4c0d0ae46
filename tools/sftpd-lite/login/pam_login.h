// Logging in with PAM: the transaction of a connection's user, as decisions and dialogues. A user
// who may not log in has the same dialogue, and its answers are exchanged for wrong ones.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "tools/sftpd-lite/login/hash_gate.h"
#include "tools/sftpd-lite/login/pam.h"

namespace ssh2core::tools {

/// What PAM is used for.
struct PamUse {
  PamSettings settings = {};
  bool passwords = false, dialogues = false;
  bool empty_passwords = true;  // as AllowEmptyPasswords
  std::string decoy = {};       // hashed for names that no account has
  bool any() const { return passwords || dialogues; }
};

class PamLogin {
 public:
  explicit PamLogin(PamUse use) : use_(std::move(use)) {}
  const PamUse& use() const { return use_; }

  /// A connection begins. `gate` (may be null) is passed while answers are checked.
  void begin(std::string peer, PamTransaction::Deadline until, std::shared_ptr<HashGate> gate);

  /// What a name is to PAM.
  struct Person {
    std::string name;
    bool allowed = false;  // an account of the system that may log in by PAM
    bool known = false;    // some account of the system
  };
  /// Whether it is the password of someone who is allowed.
  AuthDecision judge(const Person& person, const Secret& password);
  /// A dialogue. `otherwise` (may be null) is asked about the first secret answer when PAM has not
  /// accepted the user.
  using Otherwise = std::function<AuthDecision(const Secret&)>;
  std::unique_ptr<Conversation> converse(Person person, Otherwise otherwise);
  /// Whether the account may log in now, however the user has proved itself.
  AuthDecision check_account(const std::string& user);
  /// As PamTransaction::open_session().
  std::string open_session(Account& account, const std::vector<int>& connection);

 private:
  class Dialogue;
  PamTransaction& transaction(const std::string& user, const std::string& service);
  /// Passes answers on: wrong ones for who is not allowed. Behind it the delay that a failure
  /// takes.
  PamTransaction::Step answer(PamTransaction& transaction, const Person& person,
                              std::vector<Secret> answers);
  const std::string& password_service() const;

  PamUse use_;
  std::string peer_;
  PamTransaction::Deadline until_{};
  std::shared_ptr<HashGate> gate_;
  std::unique_ptr<PamTransaction> transaction_;
};

}  // namespace ssh2core::tools
