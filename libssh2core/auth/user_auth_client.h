// User authentication, the client's side (RFC 4252, RFC 4256): publickey, hostbased,
// keyboard-interactive, then password.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "libssh2core/auth/authenticator.h"
#include "libssh2core/auth/messages.h"
#include "libssh2core/transport/transport.h"

namespace ssh2core {

/// What a client may show. Held until the connection ends.
struct Credentials {
  std::string user;
  const PrivateKey* key = nullptr;  // tried first
  const Secret* password = nullptr;
  bool query_key_first = false;  // ask whether the key would do before signing, as PuTTY does
  /// Begin with `none`, and show afterwards only what the server names, as PuTTY does.
  bool ask_methods_first = false;
  /// Answers the questions of keyboard-interactive, one for each prompt. Null: not tried.
  std::function<std::vector<Secret>(const Challenge&)> answer = {};
  /// Hostbased: the key of this host, its name, and who asks here. Null: not tried.
  const PrivateKey* host_key = nullptr;
  std::string client_host = {}, client_user = {};
  bool bind_to_host = false;  // publickey-hostbound-v00@openssh.com instead of publickey
};

/// How the authentication of a client ended.
struct AuthOutcome {
  bool accepted = false;
  NameList methods;    // that the server named in its last refusal
  std::string banner;  // USERAUTH_BANNER texts, one after the other
};

class UserAuthClient {
 public:
  /// `done` is called once. It and the other arguments must outlive this object.
  UserAuthClient(Transport& transport, const Credentials& credentials,
                 std::function<void(const AuthOutcome&)> done)
      : transport_(transport), credentials_(credentials), done_(std::move(done)) {}

  /// Requests the service and shows the first credential; `none` first when there is no other.
  void start();
  /// Names of the server's server-sig-algs (RFC 8308).
  void set_server_algorithms(NameList names) { server_algorithms_ = std::move(names); }
  /// Takes SERVICE_ACCEPT and messages 50 to 79. Returns false for one that is not known.
  [[nodiscard]] bool on_message(ByteView payload);
  bool succeeded() const { return state_ == State::Done && outcome_.accepted; }

 private:
  enum class State {
    Start,
    AwaitService,
    AskMethods,
    KeyQuery,
    Key,
    Host,
    Interactive,
    Password,
    None,
    Done
  };
  void take_failure(const UserAuthFailure& failure);
  void show_next();
  bool may_show(std::string_view method) const;
  void send_key(bool with_signature);
  void send_host();
  void answer_questions(ByteView payload);
  void send_request(std::string_view method, ByteView details);
  std::string algorithm_of(const PrivateKey& key) const;
  void finish(bool accepted);

  Transport& transport_;
  Credentials credentials_;
  std::function<void(const AuthOutcome&)> done_;
  NameList server_algorithms_;
  State state_ = State::Start;
  int steps_ = 0;  // of a chain that were taken
  AuthOutcome outcome_;
};

}  // namespace ssh2core
