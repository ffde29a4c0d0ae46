// User authentication, the server's side (RFC 4252): none, publickey, password.
#pragma once

#include <memory>

#include "libssh2core/auth/authenticator.h"
#include "libssh2core/auth/messages.h"
#include "libssh2core/transport/transport.h"

namespace ssh2core {

/// One decided attempt, for the log. Texts are borrowed.
struct AuthReport {
  std::string_view user, method;
  enum class Result { Accepted, Partial, Refused, Query } result = Result::Refused;
  std::string_view key_fingerprint;  // of public key attempts
  std::string_view reason;           // why it was refused
};

class UserAuthServer {
 public:
  struct Options {
    /// Failed attempts, queries for keys included; `none` is free. 0: no end.
    unsigned max_failures = 6;
    NameList key_algorithms;  // signature algorithms accepted from users
    /// Chains of methods: who passes every method of one chain, in its order, is logged in. No
    /// chain is empty. Without chains each method of the authenticator is enough.
    std::vector<NameList> chains = {};
    /// Sent once, before the first answer (RFC 4252 section 5.4); empty: none.
    std::string banner = {};
    /// Whether methods that send a secret are offered over a cipher or MAC `none` too.
    bool allow_insecure_login = false;
  };
  /// `report` hears of every attempt; `done` is called once, with the user, at success. Both, and
  /// the other arguments, must outlive this object.
  UserAuthServer(Transport& transport, Authenticator& authenticator, Options options,
                 std::function<void(const AuthReport&)> report,
                 std::function<void(const std::string& user)> done);

  /// Takes SERVICE_REQUEST and messages 50 to 79. Returns false for one that is not known.
  /// Passwords are wiped from the packet. Throws ProtocolError.
  [[nodiscard]] bool on_message(MutableView payload);
  bool succeeded() const { return state_ == State::Done; }

 private:
  enum class State { AwaitService, Ready, Deciding, Done };
  struct Attempt;

  void on_service_request(ByteView payload);
  void on_request(MutableView payload);
  void try_password(const UserAuthRequest& request, MutableView payload);
  void try_key(const UserAuthRequest& request);
  void decide_key(const Attempt& attempt, const PublicKey& key, const AuthDecision& decision);
  void decided(const Attempt& attempt, const AuthDecision& decision);
  void refuse(const Attempt& attempt, std::string_view reason);
  bool is_too_open(std::string_view method) const;
  NameList offered(std::string_view user);
  bool is_offered(std::string_view user, std::string_view method);
  NameList pass(std::string_view method);
  void note_user(std::string_view user);
  void send_failure(const std::string& user, const NameList* methods, bool partial);
  /// Runs `ask` with a callback that continues with `next` unless we are gone by then.
  void await(const std::function<void(Authenticator::Done)>& ask,
             std::function<void(const AuthDecision&)> next);

  Transport& transport_;
  Authenticator& authenticator_;
  Options options_;
  std::function<void(const AuthReport&)> report_;
  std::function<void(const std::string&)> done_;
  State state_ = State::AwaitService;
  unsigned failures_ = 0;
  std::string user_;                 // whom the progress belongs to
  std::vector<std::size_t> passed_;  // methods of each chain
  std::shared_ptr<UserAuthServer*> alive_;
};

}  // namespace ssh2core
