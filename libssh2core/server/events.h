// What happens in a server session, typed. Text log, JSON lines and the matrix's record are
// renderings of these. The names of the members are those of the JSON (contract, section 2).
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "libssh2core/sftp/observer.h"
#include "libssh2core/wire/bytes.h"

namespace ssh2core::server {

struct SessionOpen {
  std::string peer;    // address and port of the client, or "-" on pipes
  std::string banner;  // the client's identification without CR LF
};
struct Negotiated {
  std::string kex, host_key, cipher_in, cipher_out, mac_in, mac_out, compression_in,
      compression_out;
  bool strict_kex = false;
};
/// result: "accepted", "partial", "refused", or "query" (a key that would be accepted).
struct AuthAttempt {
  std::string user, method, result, key_fingerprint, reason;
};
struct ChannelChange {
  std::uint32_t channel;
  std::string what;    // "open", "subsystem", "refused", "close"
  std::string detail;  // the request's name and argument, or why it was refused
};
struct SftpStarted {
  std::uint32_t version;
};
struct FileDone {
  std::string op, path, path2;
  std::uint64_t bytes;
  std::uint32_t status;
  int error;
  bool aborted;
};
struct Rekeyed {
  std::uint64_t count;  // key exchanges so far, the first one not counted
};
struct Problem {
  std::string what;  // one sentence: something odd that did not end the session
};
struct SessionClose {
  std::string reason;
  std::uint64_t bytes_in, bytes_out;  // on the wire
};

using Event = std::variant<SessionOpen, Negotiated, AuthAttempt, ChannelChange, SftpStarted,
                           FileDone, Rekeyed, Problem, SessionClose>;

class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void on_event(const Event& event) = 0;
};

}  // namespace ssh2core::server
