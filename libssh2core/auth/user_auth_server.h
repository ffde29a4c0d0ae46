// User authentication, the server's side (RFC 4252, RFC 4256): none, publickey, hostbased, password
// and keyboard-interactive.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "libssh2core/auth/authenticator.h"
#include "libssh2core/auth/messages.h"
#include "libssh2core/crypto/fingerprint.h"
#include "libssh2core/transport/transport.h"

namespace ssh2core {

/// One decided attempt, for the log. Texts are borrowed.
struct AuthReport {
  std::string_view user, method;
  enum class Result { Accepted, Partial, Refused, Query } result = Result::Refused;
  std::string_view key_fingerprint;  // of publickey and hostbased
  std::string_view reason;           // why it was refused, or a remark
};

class UserAuthServer {
 public:
  struct Options {
    /// Failed attempts, queries for keys included; `none` is free. 0: no end.
    unsigned max_failures = 6;
    NameList key_algorithms;              // signature algorithms accepted from users
    FingerprintFormat fingerprints = {};  // how keys are reported
    /// Chains of methods: who passes every method of one chain, in its order, is logged in. No
    /// chain is empty. A driver may follow keyboard-interactive behind a colon. Without chains each
    /// method of the authenticator is enough.
    std::vector<NameList> chains = {};
    /// Sent once, before the first answer (RFC 4252 section 5.4); empty: none.
    std::string banner = {};
    /// Whether methods that send a secret are offered over a cipher or MAC `none` too.
    bool allow_insecure_login = false;
    /// How long the answer to the first wrong password is kept back; twice as long for each further
    /// one, up to `longest_delay`. The same for every user. Needs a clock.
    std::chrono::milliseconds first_delay{0}, longest_delay{2000};
    const Clock* clock = nullptr;
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
  /// The connection is over, for this reason. Who has named a user, or took too long, and was not
  /// refused yet, is reported as refused: each login that fails is told.
  void connection_ended(std::string_view why, bool too_late);
  /// When on_deadline() must be called: an answer is kept back until then.
  std::optional<Clock::Steady> deadline() const;
  void on_deadline();
  /// For clients that cannot take a banner.
  void forget_banner() {
    options_.banner.clear();
    banners_ = false;
  }

 private:
  /// Deciding: an answer of the authenticator is awaited. Asking: the client's answers to questions
  /// are. Delaying: a refusal is kept back.
  enum class State { AwaitService, Ready, Deciding, Asking, Delaying, Done };
  struct Attempt;

  void on_service_request(ByteView payload);
  void on_request(MutableView payload);
  void on_answers(MutableView payload);
  void try_password(const UserAuthRequest& request, MutableView payload);
  void try_key(const UserAuthRequest& request);
  void try_host(const UserAuthRequest& request);
  void try_interactive(const UserAuthRequest& request);
  void read_key_request(const UserAuthRequest& request, Attempt& attempt);
  std::shared_ptr<PublicKey> usable_key(const Attempt& attempt, std::string_view& why);
  void decide_key(const Attempt& attempt, const PublicKey& key, const AuthDecision& decision);
  void decide_host(const Attempt& attempt, const PublicKey& key, const AuthDecision& decision);
  void on_step(const Attempt& attempt, const Conversation::Step& step);
  std::string choose_driver(std::string_view hints);
  void decided(const Attempt& attempt, const AuthDecision& decision);
  void succeed(const Attempt& attempt, const AuthDecision& decision);
  void tell(const std::string& message);
  void refuse(const Attempt& attempt, std::string_view reason);
  void refuse_secret(const Attempt& attempt, std::string_view reason);
  NameList offered();
  bool is_offered(std::string_view method);
  bool is_too_open(std::string_view method) const;
  NameList pass(std::string_view element);
  void note_user(std::string_view user);
  void send_failure(const NameList* methods, bool partial);
  /// Runs `ask` with a callback that continues with `then` unless we are gone by then.
  void await(const std::function<void(Conversation::Next)>& ask, Conversation::Next then);

  Transport& transport_;
  Authenticator& authenticator_;
  Options options_;
  std::function<void(const AuthReport&)> report_;
  std::function<void(const std::string&)> done_;
  State state_ = State::AwaitService;
  unsigned failures_ = 0, wrong_secrets_ = 0;
  bool banners_ = true;              // the client can take them
  std::optional<std::string> user_;  // of the first request, and of all others
  std::vector<std::size_t> passed_;  // methods of each chain
  std::vector<Bytes> used_keys_;     // that have succeeded: none counts twice
  std::optional<Clock::Steady> delayed_until_;
  /// The dialogue under way. One that is over stays until the next request: it may be the one that
  /// is just telling us its end.
  std::unique_ptr<Conversation> conversation_;
  std::shared_ptr<Attempt> dialogue_;
  std::uint32_t questions_ = 0;  // asked last
  unsigned dialogues_ = 0;       // begun
  std::shared_ptr<UserAuthServer*> alive_;
};

}  // namespace ssh2core
