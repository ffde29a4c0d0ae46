// Who may log in: the decisions behind RFC 4252 and RFC 4256, as an interface whose answers may
// come later (from another process, after a hash). The protocol around them is in user_auth_server.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "libssh2core/crypto/key.h"

namespace ssh2core {

/// The answer to one attempt. `reason` is for the log only and never reaches the client; with
/// `accepted` it is a remark.
struct AuthDecision {
  bool accepted = false;
  std::string reason;
  /// With `accepted`: methods of which one must still succeed (partial success); empty: logged in.
  NameList still_needed = {};
  /// Of a key in a FIDO token: what the token must say in its signature.
  bool touch_required = true, verify_required = false;
  /// For the user who has proved who it is; sent as a banner. Lines end in CR LF.
  std::string message = {};
};

/// One round of questions (RFC 4256 section 3.2). Without prompts the client answers by itself.
struct Challenge {
  struct Prompt {
    std::string text;
    bool echo = false;  // what is typed may be seen
  };
  std::string name, instruction;
  std::vector<Prompt> prompts;
};

/// One dialogue of keyboard-interactive. Its questions must not depend on whether the user exists.
/// Destroyed when it is over, or when the client gives it up; a later answer is then ignored.
class Conversation {
 public:
  virtual ~Conversation() = default;
  using Step = std::variant<Challenge, AuthDecision>;
  using Next = std::function<void(const Step&)>;
  /// The first step. `next` may be called at once or later, once for each call.
  virtual void begin(Next next) = 0;
  /// As many answers as the last step had prompts, each as the client typed it.
  virtual void answer(std::vector<Secret> answers, Next next) = 0;
};

/// What a client's host says of one of its users (RFC 4252 section 9). Borrowed for the call.
struct HostClaim {
  const PublicKey& host_key;
  std::string_view client_host;  // as the client calls it, without a dot at the end
  std::string_view client_user;
};

class Authenticator {
 public:
  virtual ~Authenticator() = default;
  using Done = std::function<void(AuthDecision)>;

  /// The methods offered, in the order of SSH_MSG_USERAUTH_FAILURE ("publickey", "password"). Must
  /// not depend on whether the user exists.
  virtual NameList methods(std::string_view user) = 0;
  /// May `user` log in with this key? Asked for a query and again, before the signature is checked,
  /// for a signed request. Same work for unknown users. `done` may be called at once or later.
  virtual void check_key(std::string_view user, const PublicKey& key, Done done) = 0;
  /// Is this the user's password? Same work for unknown users.
  virtual void check_password(std::string_view user, const Secret& password, Done done) = 0;
  /// May `user` log in on the word of this host? Asked before the signature is checked.
  virtual void check_host(std::string_view /*user*/, const HostClaim& /*claim*/, Done done) {
    done({false, "hostbased is not offered"});
  }
  /// `user` has proved who it is by some method: may its account log in now? Asked before the
  /// success counts.
  virtual void check_account(std::string_view /*user*/, Done done) { done({true, {}}); }
  /// A dialogue of keyboard-interactive with a driver; an empty name is the default driver. Null
  /// when there is no such driver. Same work for unknown users.
  virtual std::unique_ptr<Conversation> converse(std::string_view /*user*/,
                                                 std::string_view /*driver*/) {
    return nullptr;
  }
};

}  // namespace ssh2core
