// Who may log in: the decisions behind RFC 4252, as an interface whose answers may come later (from
// another process, after a hash). The protocol around them is in user_auth_server.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "libssh2core/crypto/key.h"

namespace ssh2core {

/// The answer to one attempt. `reason` is for the log only and never reaches the client.
struct AuthDecision {
  bool accepted = false;
  std::string reason;
  /// With `accepted`: methods of which one must still succeed (partial success); empty: logged in.
  NameList still_needed = {};
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
};

}  // namespace ssh2core
