// Host key rotation of OpenSSH's PROTOCOL, section 2.5: after the login the server names all its
// host keys, and proves on request that it has them, so that clients know a key before it is used.
#pragma once

#include <memory>
#include <vector>

#include "libssh2core/connection/connection.h"
#include "libssh2core/transport/host_keys.h"

namespace ssh2core::server {

inline constexpr std::string_view kHostKeysRequest = "hostkeys-00@openssh.com";
inline constexpr std::string_view kProveRequest = "hostkeys-prove-00@openssh.com";

class HostKeyRotation {
 public:
  HostKeyRotation(Transport& transport, Connection& connection, HostKeySigner& keys)
      : transport_(transport), connection_(connection), keys_(keys) {}

  /// Names all keys; nothing when the signer has no list of them.
  void announce();
  /// Inside on_global_request() for kProveRequest: answers it through Connection::answer_global(),
  /// now or when the signatures are there.
  void prove(ByteView details);

 private:
  struct Work;
  static void sign_next(std::shared_ptr<Work> work);
  std::string_view algorithm_for(ByteView blob) const;

  Transport& transport_;
  Connection& connection_;
  HostKeySigner& keys_;
  std::shared_ptr<Work> work_;  // of the request that is being answered
};

}  // namespace ssh2core::server
