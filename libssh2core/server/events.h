// What happens in a server session, typed. Text log, JSON lines and the matrix's record are
// renderings of these. The names of the members are those of the JSON (contract, section 2).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
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
  std::string what;    // "open", "subsystem", "exec", "refused", "close"
  std::string detail;  // the request's name and argument, or why it was refused
};
struct SftpStarted {
  std::uint32_t version;
};
/// What a client says of itself by vendor-id.
struct ClientProduct {
  std::string vendor, product, version;
  std::uint64_t build;
};
enum class FileProtocol { Sftp, Scp };
struct FileDone {
  std::string op, path, path2;
  std::uint64_t bytes;
  std::uint32_t status;
  int error;
  bool aborted;
  bool append = false;
  std::chrono::steady_clock::duration time{};  // the file was open
  // Known only when details are wanted:
  std::optional<bool> existed = {};
  std::optional<std::uint64_t> size = {};
  FileProtocol protocol = FileProtocol::Sftp;
};
/// A message of the client by which it asks for something. Secrets are left out of it. Only for
/// those who want requests.
struct Request {
  enum class Layer { Ssh, Sftp } layer;
  std::string name;      // "CHANNEL_REQUEST", "OPEN", "EXTENDED"
  std::string argument;  // what an SSH message asks for; of an extended SFTP request its name
  // Of SFTP requests only:
  std::string path = {}, path2 = {}, handle = {};  // the handle in hexadecimal
  std::optional<std::uint64_t> offset = {}, length = {}, bytes = {};
  std::optional<std::uint32_t> status = {};  // absent: not answered by a STATUS
  int error = 0;
  std::chrono::steady_clock::duration time{};
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
                           ClientProduct, FileDone, Request, Rekeyed, Problem, SessionClose>;

class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void on_event(const Event& event) = 0;
  /// How much is to be told; must not change during a session.
  virtual sftp::Wanted wanted() const { return sftp::Wanted::Files; }
};

}  // namespace ssh2core::server
