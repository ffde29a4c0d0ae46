#include "libssh2core/auth/user_auth_server.h"

#include <algorithm>

#include "libssh2core/auth/user_auth_attempt.h"

namespace ssh2core {

namespace {

constexpr std::size_t kLongestUser = 256;   // bytes of a name
constexpr std::size_t kLongestMethod = 64;  // of a name that is reported
constexpr std::string_view kNone = "none";  // the cipher, the MAC and the method
constexpr std::string_view kNotOffered = "method not offered";
constexpr std::string_view kTooOpen =
    "no passwords without encryption (SFTPOptions AllowInsecureLogin)";

/// An element of a chain without its driver.
std::string_view method_of(std::string_view element) {
  return element.substr(0, element.find(':'));
}

}  // namespace

UserAuthServer::UserAuthServer(Transport& transport, Authenticator& authenticator, Options options,
                               std::function<void(const AuthReport&)> report,
                               std::function<void(const std::string&)> done)
    : transport_(transport),
      authenticator_(authenticator),
      options_(std::move(options)),
      report_(std::move(report)),
      done_(std::move(done)),
      passed_(options_.chains.size(), 0),
      alive_(std::make_shared<UserAuthServer*>(this)) {}

bool UserAuthServer::on_message(MutableView payload) {
  switch (payload[0]) {
    case ServiceRequest::kId:
      // Conch of Twisted 22.4 asks for ssh-userauth again when the server renewed the keys, and
      // lives on with UNIMPLEMENTED, which is OpenSSH's answer.
      if (state_ == State::Done) return false;
      on_service_request(payload);
      return true;
    case UserAuthRequest::kId:
      on_request(payload);
      return true;
    case UserAuthInfoResponse::kId:
      on_answers(payload);
      return true;
    default:
      return false;
  }
}

void UserAuthServer::on_service_request(ByteView payload) {
  const auto message = decode<ServiceRequest>(payload);
  if (message.service != kUserAuthService)
    throw ProtocolError(Reason::ServiceNotAvailable, "service not available");
  transport_.send(ServiceAccept{message.service});
  if (state_ == State::AwaitService) state_ = State::Ready;
}

void UserAuthServer::on_request(MutableView payload) {
  if (state_ == State::Done) return;  // RFC 4252 section 5.3: ignored silently
  if (state_ == State::AwaitService)
    throw ProtocolError(Reason::Protocol, "authentication before its service was requested");
  const auto request = decode<UserAuthRequest>(payload);
  if (request.service != kConnectionService)
    throw ProtocolError(Reason::ServiceNotAvailable, "only ssh-connection can be logged in to");
  note_user(request.user);
  // RFC 4256 section 3.1: a new request ends a dialogue. It counts, or questions would be free.
  if (state_ == State::Asking) {
    state_ = State::Ready;
    report_({dialogue_->user, dialogue_->method, AuthReport::Result::Refused, "",
             "the dialogue was given up"});
    ++failures_;
  }
  conversation_.reset();
  if (options_.max_failures != 0 && failures_ >= options_.max_failures)
    return transport_.disconnect(Reason::NoMoreAuthMethods, "Too many authentication failures");
  if (!options_.banner.empty())
    transport_.send(UserAuthBanner{std::exchange(options_.banner, {}), ""});
  if (request.method == "password") return try_password(request, payload);
  if (request.method == "publickey" || request.method == kHostBoundMethod) return try_key(request);
  if (request.method == "hostbased") return try_host(request);
  if (request.method == kInteractiveMethod) return try_interactive(request);
  // `none` asks for the list of methods and is not counted as a failure.
  if (request.method == kNone) return send_failure(nullptr, false);
  const std::string method(request.method.substr(0, kLongestMethod));
  refuse({.user = std::string(request.user), .method = method, .element = method}, kNotOffered);
}

/// RFC 4252 section 5 lets a server disconnect when the name changes: nobody tries many names in
/// one connection, and what one user has passed never counts for another.
void UserAuthServer::note_user(std::string_view user) {
  if (user.size() > kLongestUser || user.find('\0') != std::string_view::npos)
    throw ProtocolError(Reason::IllegalUserName, "illegal user name");
  if (!user_) user_ = user;
  if (*user_ != user)
    throw ProtocolError(Reason::Protocol, "the user name changed between requests");
}

/// RFC 4252 section 8: a secret is not taken over a transport that does not hide it; nor over one
/// that does not authenticate it, where anybody may have put it.
bool UserAuthServer::is_too_open(std::string_view method) const {
  if (options_.allow_insecure_login || (method != "password" && method != kInteractiveMethod))
    return false;
  const DirectionAlgorithms& in = transport_.algorithms().c2s;
  return in.cipher == nullptr || in.cipher->name == kNone ||
         (in.mac != nullptr && in.mac->name == kNone);
}

/// The methods that may come next: the authenticator's, or of each chain the first not passed yet.
NameList UserAuthServer::offered() {
  NameList names;
  const auto add = [&](std::string_view name) {
    if (!is_too_open(name) && !contains(names, name)) names.emplace_back(name);
  };
  if (options_.chains.empty())
    for (const std::string& name : authenticator_.methods(user_.value_or(""))) add(name);
  for (std::size_t i = 0; i < options_.chains.size(); ++i)
    add(method_of(options_.chains[i][passed_[i]]));
  return names;
}

/// Without chains the authenticator refuses what it does not offer.
bool UserAuthServer::is_offered(std::string_view method) {
  if (is_too_open(method)) return false;
  return options_.chains.empty() || contains(offered(), method);
}

/// Notes a success in every chain whose turn it was. Returns what is needed now; nothing when a
/// chain is complete.
NameList UserAuthServer::pass(std::string_view element) {
  for (std::size_t i = 0; i < options_.chains.size(); ++i) {
    const NameList& chain = options_.chains[i];
    if (chain[passed_[i]] == element && ++passed_[i] == chain.size()) return {};
  }
  return options_.chains.empty() ? NameList{} : offered();
}

void UserAuthServer::await(const std::function<void(Conversation::Next)>& ask,
                           Conversation::Next then) {
  state_ = State::Deciding;
  transport_.hold_input();
  std::weak_ptr<UserAuthServer*> alive = alive_;
  // One answer each time: a driver that answers twice does no harm.
  const auto answered = std::make_shared<bool>(false);
  ask([alive, answered, then = std::move(then)](const Conversation::Step& step) {
    const auto self = alive.lock();
    if (!self || (*self)->state_ != State::Deciding || std::exchange(*answered, true)) return;
    (*self)->state_ = State::Ready;
    Transport& transport = (*self)->transport_;
    if (transport.closed()) return;  // nobody is there to be logged in
    then(step);
    transport.release_input();
  });
}

void UserAuthServer::try_password(const UserAuthRequest& request, MutableView payload) {
  const auto details = decode_fields<PasswordDetails>(request.details.bytes);
  const Attempt attempt{.user = std::string(request.user),
                        .method = std::string(request.method),
                        .element = std::string(request.method)};
  const bool change = details.change;
  Reader rest(details.new_password.bytes);
  if (change) rest.string();
  rest.expect_end();
  const auto password = std::make_shared<Secret>(details.password);
  Secret::cleanse(payload);  // ends the life of `request` and `details`
  if (is_too_open(attempt.method)) return refuse(attempt, kTooOpen);
  if (!is_offered(attempt.method)) return refuse(attempt, kNotOffered);
  if (change) return refuse(attempt, "password change is not offered");
  await(
      [&](Authenticator::Done done) {
        authenticator_.check_password(attempt.user, *password, std::move(done));
      },
      // The secret lives until the answer is there.
      [this, attempt, password](const Conversation::Step& step) {
        decided(attempt, std::get<AuthDecision>(step));
      });
}

void UserAuthServer::decided(const Attempt& attempt, const AuthDecision& decision) {
  if (!decision.accepted) {
    const bool secret = attempt.method == "password" || attempt.method == kInteractiveMethod;
    return secret ? refuse_secret(attempt, decision.reason) : refuse(attempt, decision.reason);
  }
  await(
      [&](Authenticator::Done done) {
        authenticator_.check_account(attempt.user, std::move(done));
      },
      [this, attempt, decision](const Conversation::Step& step) {
        const auto& account = std::get<AuthDecision>(step);
        tell(decision.message + account.message);
        account.accepted ? succeed(attempt, decision) : refuse(attempt, account.reason);
      });
}

/// Only who has proved itself is told anything.
void UserAuthServer::tell(const std::string& message) {
  if (!message.empty() && banners_) transport_.send(UserAuthBanner{message, ""});
}

void UserAuthServer::succeed(const Attempt& attempt, const AuthDecision& decision) {
  const NameList rest =
      decision.still_needed.empty() ? pass(attempt.element) : decision.still_needed;
  const bool partial = !rest.empty();
  if (attempt.method == "publickey") used_keys_.push_back(attempt.plain_blob);
  report_({attempt.user, attempt.method,
           partial ? AuthReport::Result::Partial : AuthReport::Result::Accepted,
           attempt.fingerprint, decision.reason});
  if (partial) return send_failure(&rest, true);
  state_ = State::Done;
  transport_.send(UserAuthSuccess{});
  done_(attempt.user);
}

void UserAuthServer::refuse(const Attempt& attempt, std::string_view reason) {
  report_({attempt.user, attempt.method, AuthReport::Result::Refused, attempt.fingerprint, reason});
  if (++failures_ == options_.max_failures)
    return transport_.disconnect(Reason::NoMoreAuthMethods, "Too many authentication failures");
  if (!delayed_until_) return send_failure(nullptr, false);
  state_ = State::Delaying;
  transport_.hold_input();
}

/// Refuses what can be guessed: the more slowly, the more often it was.
void UserAuthServer::refuse_secret(const Attempt& attempt, std::string_view reason) {
  if (options_.clock != nullptr && options_.first_delay.count() > 0) {
    constexpr unsigned kMostDoublings = 20;
    const auto delay = options_.first_delay * (1U << std::min(wrong_secrets_, kMostDoublings));
    ++wrong_secrets_;
    delayed_until_ = options_.clock->now() + std::min(delay, options_.longest_delay);
  }
  refuse(attempt, reason);
}

void UserAuthServer::connection_ended(std::string_view why, bool too_late) {
  if (state_ == State::Done) return;
  if (state_ == State::Asking)
    report_({dialogue_->user, dialogue_->method, AuthReport::Result::Refused, "", why});
  else if (failures_ == 0 && (user_ || too_late))
    report_({user_ ? std::string_view(*user_) : "", kNone, AuthReport::Result::Refused, "", why});
}

std::optional<Clock::Steady> UserAuthServer::deadline() const {
  return state_ == State::Delaying ? delayed_until_ : std::nullopt;
}

void UserAuthServer::on_deadline() {
  if (state_ != State::Delaying || options_.clock->now() < *delayed_until_) return;
  state_ = State::Ready;
  delayed_until_.reset();
  send_failure(nullptr, false);
  transport_.release_input();
}

void UserAuthServer::send_failure(const NameList* methods, bool partial) {
  UserAuthFailure failure;
  failure.methods = methods != nullptr ? *methods : offered();
  failure.partial_success = partial;
  transport_.send(failure);
}

}  // namespace ssh2core
