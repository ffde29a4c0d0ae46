#include "libssh2core/auth/user_auth_client.h"

namespace ssh2core {

namespace {
constexpr std::size_t kMostBanner = 65536;   // bytes kept of all banners together
constexpr std::uint32_t kMostPrompts = 100;  // in one message; no server has so many questions
constexpr int kMostSteps = 8;                // of a chain; no server wants so many
}  // namespace

void UserAuthClient::start() {
  state_ = State::AwaitService;
  transport_.send(ServiceRequest{kUserAuthService});
}

bool UserAuthClient::on_message(ByteView payload) {
  switch (payload[0]) {
    case ServiceAccept::kId:
      if (decode<ServiceAccept>(payload).service != kUserAuthService ||
          state_ != State::AwaitService)
        throw ProtocolError(Reason::Protocol, "SERVICE_ACCEPT of another service");
      show_next();
      return true;
    case UserAuthBanner::kId: {
      const auto banner = decode<UserAuthBanner>(payload);
      if (outcome_.banner.size() + banner.message.size() <= kMostBanner)
        outcome_.banner += banner.message;
      return true;
    }
    case UserAuthPkOk::kId:
      // RFC 4252 section 8: the same number asks for a new password, which we have not.
      if (state_ == State::Password) {
        finish(false);
        return true;
      }
      if (state_ == State::Interactive) {
        answer_questions(payload);
        return true;
      }
      if (state_ != State::KeyQuery)
        throw ProtocolError(Reason::Protocol, "USERAUTH_PK_OK without a query");
      decode<UserAuthPkOk>(payload);
      state_ = State::Key;
      send_key(true);
      return true;
    case UserAuthFailure::kId:
      if (state_ == State::AwaitService || state_ == State::Done)
        throw ProtocolError(Reason::Protocol, "USERAUTH_FAILURE without a request");
      take_failure(decode<UserAuthFailure>(payload));
      return true;
    case UserAuthSuccess::kId:
      if (state_ == State::AwaitService || state_ == State::Done)
        throw ProtocolError(Reason::Protocol, "USERAUTH_SUCCESS without a request");
      decode<UserAuthSuccess>(payload);
      finish(true);
      return true;
    default:
      return false;
  }
}

/// A refusal, or a step of a chain behind which the server may want something of an earlier kind.
void UserAuthClient::take_failure(const UserAuthFailure& failure) {
  outcome_.methods = failure.methods;
  if (failure.partial_success && credentials_.ask_methods_first && ++steps_ <= kMostSteps)
    state_ = State::AskMethods;
  show_next();
}

/// Whether the server takes the method, as far as it is asked.
bool UserAuthClient::may_show(std::string_view method) const {
  return !credentials_.ask_methods_first || contains(outcome_.methods, method);
}

/// Shows the first credential behind the one that was refused, or that did not suffice.
void UserAuthClient::show_next() {
  const bool fresh = state_ == State::AwaitService;
  if (fresh && credentials_.ask_methods_first) {
    state_ = State::AskMethods;
    return send_request("none", {});
  }
  if (state_ < State::KeyQuery && credentials_.key != nullptr && may_show("publickey")) {
    state_ = credentials_.query_key_first ? State::KeyQuery : State::Key;
    return send_key(!credentials_.query_key_first);
  }
  if (state_ < State::Host && credentials_.host_key != nullptr && may_show("hostbased")) {
    state_ = State::Host;
    return send_host();
  }
  if (state_ < State::Interactive && credentials_.answer && may_show(kInteractiveMethod)) {
    state_ = State::Interactive;
    Buffer details;
    Writer w(details);
    encode_fields(w, InteractiveDetails{});
    return send_request(kInteractiveMethod, details.view());
  }
  if (state_ < State::Password && credentials_.password != nullptr && may_show("password")) {
    state_ = State::Password;
    Buffer details;
    details.room(credentials_.password->size() + 16);  // written once, never moved
    Writer w(details);
    encode_fields(w, PasswordDetails{false, credentials_.password->view(), {}});
    send_request("password", details.view());
    return Secret::cleanse(details.mutable_view());
  }
  if (fresh) {
    state_ = State::None;
    return send_request("none", {});
  }
  finish(false);
}

/// RFC 4256 section 3.3: asks the user, and sends what the answers are.
void UserAuthClient::answer_questions(ByteView payload) {
  const auto request = decode<UserAuthInfoRequest>(payload);
  Challenge challenge{std::string(request.name), std::string(request.instruction), {}};
  Reader prompts(request.prompts.bytes);
  if (request.count > kMostPrompts)
    throw ProtocolError(Reason::Protocol, "too many questions at once");
  for (std::uint32_t i = 0; i < request.count; ++i) {
    std::string text(prompts.text());
    challenge.prompts.push_back({std::move(text), prompts.boolean()});
  }
  prompts.expect_end();
  const std::vector<Secret> answers = credentials_.answer(challenge);
  std::size_t size = 16;
  for (const Secret& answer : answers) size += answer.size() + 4;
  Buffer responses;
  responses.room(size);  // written once, never moved
  Writer w(responses);
  for (const Secret& answer : answers) w.string(answer.view());
  transport_.send(
      UserAuthInfoResponse{static_cast<std::uint32_t>(answers.size()), Tail{responses.view()}});
  Secret::cleanse(responses.mutable_view());
}

std::string UserAuthClient::algorithm_of(const PrivateKey& key) const {
  std::string first;
  for (const SignatureEntry& row : kSignatures) {
    if (!key.can_sign(row.name)) continue;
    if (server_algorithms_.empty() || contains(server_algorithms_, row.name))
      return std::string(row.name);
    if (first.empty()) first = row.name;
  }
  return first;
}

namespace {

/// The signature, as a string, over what a request says.
template <class SignedData>
void sign_to(Buffer& signature, const PrivateKey& key, const SignedData& data) {
  Buffer to_sign;
  Writer w(to_sign);
  encode_fields(w, data);
  Writer(signature).string(key.sign(data.algorithm, to_sign.view()));
}

}  // namespace

void UserAuthClient::send_key(bool with_signature) {
  const std::string algorithm = algorithm_of(*credentials_.key);
  const Bytes& blob = credentials_.key->public_blob();
  const auto fill = [&](auto data) {
    data.session_id = transport_.session_id();
    data.user = credentials_.user;
    data.service = kConnectionService;
    data.algorithm = algorithm;
    data.blob = blob;
    return data;
  };
  Buffer signature, details;
  Writer w(details);
  if (credentials_.bind_to_host) {
    auto data = fill(HostBoundSignedData{});
    data.method = kHostBoundMethod;
    data.host_key = transport_.first_host_key();
    if (with_signature) sign_to(signature, *credentials_.key, data);
    encode_fields(w, HostBoundDetails{with_signature, algorithm, blob, data.host_key,
                                      Tail{signature.view()}});
    return send_request(data.method, details.view());
  }
  auto data = fill(PublicKeySignedData{});
  data.method = "publickey";
  if (with_signature) sign_to(signature, *credentials_.key, data);
  encode_fields(w, PublicKeyDetails{with_signature, algorithm, blob, Tail{signature.view()}});
  send_request(data.method, details.view());
}

void UserAuthClient::send_host() {
  const std::string algorithm = algorithm_of(*credentials_.host_key);
  HostBasedSignedData data;
  data.session_id = transport_.session_id();
  data.user = credentials_.user;
  data.service = kConnectionService;
  data.algorithm = algorithm;
  data.blob = credentials_.host_key->public_blob();
  data.client_host = credentials_.client_host;
  data.client_user = credentials_.client_user;
  Buffer to_sign, details;
  Writer signed_fields(to_sign);
  encode_fields(signed_fields, data);
  const Bytes signature = credentials_.host_key->sign(algorithm, to_sign.view());
  Writer w(details);
  encode_fields(
      w, HostBasedDetails{algorithm, data.blob, data.client_host, data.client_user, signature});
  send_request(data.method, details.view());
}

void UserAuthClient::send_request(std::string_view method, ByteView details) {
  transport_.send(UserAuthRequest{credentials_.user, kConnectionService, method, Tail{details}});
}

void UserAuthClient::finish(bool accepted) {
  state_ = State::Done;
  outcome_.accepted = accepted;
  done_(outcome_);
}

}  // namespace ssh2core
