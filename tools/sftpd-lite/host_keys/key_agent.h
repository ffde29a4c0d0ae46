// Host keys that an ssh-agent keeps (draft-ietf-sshm-ssh-agent): they sign without leaving it.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "libssh2core/transport/host_keys.h"

namespace ssh2core::tools {

/// Whether the type begins like one of these.
bool is_excluded(const std::vector<std::string>& beginnings, std::string_view type);

/// One agent behind a socket. Answers are bounded in size and waited for at most ten seconds.
class KeyAgent {
 public:
  explicit KeyAgent(std::string socket) : socket_(std::move(socket)) {}
  KeyAgent(KeyAgent&& other) noexcept;
  KeyAgent& operator=(KeyAgent&&) = delete;
  ~KeyAgent();

  /// The blobs of its keys, or one sentence why there are none.
  std::variant<std::vector<Bytes>, std::string> keys();
  /// The signature in wire form; empty when it cannot sign.
  Bytes sign(ByteView blob, std::string_view algorithm, ByteView data);
  /// Closes the connection; the next question makes a new one. A process that was forked must not
  /// share it.
  void disconnect();
  const std::string& socket() const { return socket_; }

 private:
  std::string connect();
  std::variant<Bytes, std::string> ask(ByteView question);
  bool transfer(bool out, MutableView bytes);

  std::string socket_;
  int fd_ = -1;
};

/// Keys of this process, and behind them those of agents. The connection to an agent is made at the
/// first signature and kept: later ones may come when the process has no right to connect any more.
class HostKeyRing final : public HostKeySigner {
 public:
  explicit HostKeyRing(LocalHostKeys& local) : local_(local) {}
  /// Adds the keys of an agent that we know how to use, but no `excluded` types. One sentence when
  /// there are none.
  std::string add_agent(const std::string& socket, const std::vector<std::string>& excluded);

  ByteView public_blob(std::string_view algorithm) const override;
  void sign(std::string_view algorithm, ByteView data, std::function<void(Bytes)> done) override;
  std::vector<Bytes> all_keys() const override;
  void sign_by(ByteView blob, std::string_view algorithm, ByteView data,
               std::function<void(Bytes)> done) override;

 private:
  struct Held {
    Bytes blob;
    std::string type;
    std::size_t agent;
  };
  const Held* find(std::string_view algorithm) const;

  LocalHostKeys& local_;
  std::vector<std::unique_ptr<KeyAgent>> agents_;
  std::vector<Held> held_;
};

}  // namespace ssh2core::tools
