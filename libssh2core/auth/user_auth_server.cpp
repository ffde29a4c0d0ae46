#include "libssh2core/auth/user_auth_server.h"

#include "libssh2core/crypto/hash.h"

namespace ssh2core {

/// What must survive until an answer comes; packets do not.
struct UserAuthServer::Attempt {
  std::string user, method, fingerprint;
  std::string algorithm;
  Bytes blob, signature;
  bool has_signature = false;
};

UserAuthServer::UserAuthServer(Transport& transport, Authenticator& authenticator, Options options,
                               std::function<void(const AuthReport&)> report,
                               std::function<void(const std::string&)> done)
    : transport_(transport),
      authenticator_(authenticator),
      options_(std::move(options)),
      report_(std::move(report)),
      done_(std::move(done)),
      alive_(std::make_shared<UserAuthServer*>(this)) {}

bool UserAuthServer::on_message(MutableView payload) {
  if (payload[0] == ServiceRequest::kId) {
    // Conch of Twisted 22.4 asks for ssh-userauth again when the server renewed the keys, and lives
    // on with UNIMPLEMENTED, which is OpenSSH's answer.
    if (state_ == State::Done) return false;
    on_service_request(payload);
  } else if (payload[0] == UserAuthRequest::kId) {
    on_request(payload);
  } else {
    return false;
  }
  return true;
}

void UserAuthServer::on_service_request(ByteView payload) {
  const auto message = decode<ServiceRequest>(payload);
  if (message.service != kUserAuthService)
    throw ProtocolError(Reason::ServiceNotAvailable, "service not available");
  transport_.send(ServiceAccept{message.service});
  state_ = State::Ready;
}

void UserAuthServer::on_request(MutableView payload) {
  if (state_ == State::Done) return;  // RFC 4252 section 5.3: ignored silently
  if (state_ != State::Ready)
    throw ProtocolError(Reason::Protocol, "authentication before its service was requested");
  const auto request = decode<UserAuthRequest>(payload);
  if (request.service != kConnectionService)
    throw ProtocolError(Reason::ServiceNotAvailable, "only ssh-connection can be logged in to");
  constexpr std::size_t kLongestUser = 256;
  if (request.user.size() > kLongestUser || request.user.find('\0') != std::string_view::npos)
    throw ProtocolError(Reason::IllegalUserName, "illegal user name");
  note_user(request.user);
  if (!options_.banner.empty())
    transport_.send(UserAuthBanner{std::exchange(options_.banner, {}), ""});
  if (request.method == "password") return try_password(request, payload);
  if (request.method == "publickey") return try_key(request);
  const Attempt attempt{.user = std::string(request.user),
                        .method = std::string(request.method.substr(0, 64)),
                        .fingerprint = {},
                        .algorithm = {},
                        .blob = {},
                        .signature = {}};
  // `none` asks for the list of methods and is not counted as a failure.
  if (request.method == "none") return send_failure(attempt.user, nullptr, false);
  refuse(attempt, "method not offered");
}

/// What one user has passed counts for nobody else (RFC 4252 section 5).
void UserAuthServer::note_user(std::string_view user) {
  if (user == user_ && passed_.size() == options_.chains.size()) return;
  user_ = user;
  passed_.assign(options_.chains.size(), 0);
}

/// The methods that may come next: the authenticator's, or of each chain the first not passed yet.
NameList UserAuthServer::offered(std::string_view user) {
  NameList names;
  if (options_.chains.empty()) names = authenticator_.methods(user);
  for (std::size_t i = 0; i < options_.chains.size(); ++i)
    if (const std::string& next = options_.chains[i][passed_[i]]; !contains(names, next))
      names.push_back(next);
  std::erase_if(names, [this](const std::string& name) { return is_too_open(name); });
  return names;
}

/// RFC 4252 section 8: a secret is not taken over a transport that does not hide it; nor over one
/// that does not authenticate it, where anybody may have put it.
bool UserAuthServer::is_too_open(std::string_view method) const {
  const DirectionAlgorithms& in = transport_.algorithms().c2s;
  const bool open = (in.cipher != nullptr && in.cipher->name == "none") ||
                    (in.mac != nullptr && in.mac->name == "none");
  return open && !options_.allow_insecure_login &&
         (method == "password" || method == "keyboard-interactive");
}

/// Without chains the authenticator refuses what it does not offer.
bool UserAuthServer::is_offered(std::string_view user, std::string_view method) {
  return options_.chains.empty() || contains(offered(user), method);
}

/// Notes a success in every chain whose turn it was. Returns what is needed now; nothing when a
/// chain is complete.
NameList UserAuthServer::pass(std::string_view method) {
  for (std::size_t i = 0; i < options_.chains.size(); ++i) {
    const NameList& chain = options_.chains[i];
    if (chain[passed_[i]] == method && ++passed_[i] == chain.size()) return {};
  }
  return options_.chains.empty() ? NameList{} : offered(user_);
}

void UserAuthServer::await(const std::function<void(Authenticator::Done)>& ask,
                           std::function<void(const AuthDecision&)> next) {
  state_ = State::Deciding;
  transport_.hold_input();
  std::weak_ptr<UserAuthServer*> alive = alive_;
  ask([alive, next = std::move(next)](const AuthDecision& decision) {
    const auto self = alive.lock();
    if (!self || (*self)->state_ != State::Deciding) return;
    (*self)->state_ = State::Ready;
    Transport& transport = (*self)->transport_;
    if (transport.closed()) return;  // nobody is there to be logged in
    next(decision);
    transport.release_input();
  });
}

void UserAuthServer::try_password(const UserAuthRequest& request, MutableView payload) {
  const auto details = decode_fields<PasswordDetails>(request.details.bytes);
  Attempt attempt;
  attempt.user = request.user;
  attempt.method = request.method;
  const bool change = details.change;
  Reader rest(details.new_password.bytes);
  if (change) rest.string();
  rest.expect_end();
  const auto password = std::make_shared<Secret>(details.password);
  Secret::cleanse(payload);  // ends the life of `request` and `details`
  if (is_too_open(attempt.method))
    return refuse(attempt, "no passwords without encryption (SFTPOptions AllowInsecureLogin)");
  if (!is_offered(attempt.user, attempt.method)) return refuse(attempt, "method not offered");
  if (change) return refuse(attempt, "password change is not offered");
  await(
      [&](Authenticator::Done done) {
        authenticator_.check_password(attempt.user, *password, std::move(done));
      },
      // The secret lives until the answer is there.
      [this, attempt, password](const AuthDecision& decision) { decided(attempt, decision); });
}

void UserAuthServer::try_key(const UserAuthRequest& request) {
  const auto details = decode_fields<PublicKeyDetails>(request.details.bytes);
  Attempt attempt;
  attempt.user = request.user;
  attempt.method = request.method;
  attempt.algorithm = details.algorithm;
  attempt.blob.assign(details.blob.begin(), details.blob.end());
  attempt.has_signature = details.has_signature;
  Reader rest(details.signature.bytes);
  if (details.has_signature) {
    const ByteView signature = rest.string();
    attempt.signature.assign(signature.begin(), signature.end());
  }
  rest.expect_end();
  attempt.fingerprint = fingerprint_sha256(attempt.blob);

  if (!is_offered(attempt.user, attempt.method)) return refuse(attempt, "method not offered");
  const SignatureEntry* algorithm = find_signature(attempt.algorithm);
  if (algorithm == nullptr || !contains(options_.key_algorithms, attempt.algorithm))
    return refuse(attempt, "signature algorithm not accepted");
  auto key = PublicKey::from_blob(attempt.blob);
  if (!key) return refuse(attempt, "malformed public key");
  if (key->type() != algorithm->key_type)
    return refuse(attempt, "key and signature algorithm differ");
  const auto shared_key = std::make_shared<PublicKey>(std::move(*key));
  await(
      [&](Authenticator::Done done) {
        authenticator_.check_key(attempt.user, *shared_key, std::move(done));
      },
      [this, attempt, shared_key](const AuthDecision& decision) {
        decide_key(attempt, *shared_key, decision);
      });
}

void UserAuthServer::decide_key(const Attempt& attempt, const PublicKey& key,
                                const AuthDecision& decision) {
  if (!decision.accepted) return refuse(attempt, decision.reason);
  if (!attempt.has_signature) {
    report_({attempt.user, attempt.method, AuthReport::Result::Query, attempt.fingerprint, ""});
    return transport_.send(UserAuthPkOk{attempt.algorithm, attempt.blob});
  }
  Buffer data;
  Writer w(data);
  PublicKeySignedData signed_data;
  signed_data.session_id = transport_.session_id();
  signed_data.user = attempt.user;
  signed_data.service = kConnectionService;
  signed_data.method = attempt.method;
  signed_data.algorithm = attempt.algorithm;
  signed_data.blob = attempt.blob;
  encode_fields(w, signed_data);
  if (!key.verify(attempt.algorithm, data.view(), attempt.signature))
    return refuse(attempt, "wrong signature");
  decided(attempt, decision);
}

void UserAuthServer::decided(const Attempt& attempt, const AuthDecision& decision) {
  if (!decision.accepted) return refuse(attempt, decision.reason);
  const NameList rest =
      decision.still_needed.empty() ? pass(attempt.method) : decision.still_needed;
  const bool partial = !rest.empty();
  report_({attempt.user, attempt.method,
           partial ? AuthReport::Result::Partial : AuthReport::Result::Accepted,
           attempt.fingerprint, ""});
  if (partial) return send_failure(attempt.user, &rest, true);
  state_ = State::Done;
  transport_.send(UserAuthSuccess{});
  done_(attempt.user);
}

void UserAuthServer::refuse(const Attempt& attempt, std::string_view reason) {
  report_({attempt.user, attempt.method, AuthReport::Result::Refused, attempt.fingerprint, reason});
  if (++failures_ == options_.max_failures)
    return transport_.disconnect(Reason::NoMoreAuthMethods, "Too many authentication failures");
  send_failure(attempt.user, nullptr, false);
}

void UserAuthServer::send_failure(const std::string& user, const NameList* methods, bool partial) {
  UserAuthFailure failure;
  failure.methods = methods != nullptr ? *methods : offered(user);
  failure.partial_success = partial;
  transport_.send(failure);
}

}  // namespace ssh2core
