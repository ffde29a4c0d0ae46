// One attempt to log in, as UserAuthServer remembers it. Not for users of the library.
#pragma once

#include "libssh2core/auth/user_auth_server.h"

namespace ssh2core {

/// What must survive until an answer comes; packets do not.
struct UserAuthServer::Attempt {
  std::string user, method;      // the method as it is reported
  std::string element;           // of a chain: the method, with a driver behind it if it has one
  std::string fingerprint = {};  // of the key
  // Of publickey and hostbased:
  std::string algorithm = {};
  Bytes blob = {}, signature = {};
  Bytes plain_blob = {};  // of publickey: the key itself, without a certificate around it
  bool has_signature = false;
  bool host_bound = false;
  Bytes host_key = {};                             // ours, to which the request is bound
  std::string client_host = {}, client_user = {};  // as the client writes them
};

}  // namespace ssh2core
