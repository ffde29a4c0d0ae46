#include "libssh2core/auth/user_auth_client.h"

namespace ssh2core {

namespace {
constexpr std::size_t kMostBanner = 65536;  // bytes kept of all banners together
}

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
      if (state_ != State::KeyQuery)
        throw ProtocolError(Reason::Protocol, "USERAUTH_PK_OK without a query");
      decode<UserAuthPkOk>(payload);
      state_ = State::Key;
      send_key(true);
      return true;
    case UserAuthFailure::kId:
      if (state_ == State::AwaitService || state_ == State::Done)
        throw ProtocolError(Reason::Protocol, "USERAUTH_FAILURE without a request");
      outcome_.methods = decode<UserAuthFailure>(payload).methods;
      show_next();
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

/// Whether the server takes the method, as far as it is asked.
bool UserAuthClient::may_show(std::string_view method) const {
  return !credentials_.ask_methods_first || contains(outcome_.methods, method);
}

void UserAuthClient::show_next() {
  const bool fresh = state_ == State::AwaitService;
  if (fresh && credentials_.ask_methods_first) {
    state_ = State::AskMethods;
    return send_request("none", {});
  }
  if ((fresh || state_ == State::AskMethods) && credentials_.key != nullptr &&
      may_show("publickey")) {
    state_ = credentials_.query_key_first ? State::KeyQuery : State::Key;
    return send_key(!credentials_.query_key_first);
  }
  if (state_ != State::Password && credentials_.password != nullptr && may_show("password")) {
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

std::string UserAuthClient::key_algorithm() const {
  std::string first;
  for (const SignatureEntry& row : kSignatures) {
    if (!credentials_.key->can_sign(row.name)) continue;
    if (server_algorithms_.empty() || contains(server_algorithms_, row.name))
      return std::string(row.name);
    if (first.empty()) first = row.name;
  }
  return first;
}

void UserAuthClient::send_key(bool with_signature) {
  const std::string algorithm = key_algorithm();
  const Bytes& blob = credentials_.key->public_blob();
  Buffer signature;
  if (with_signature) {
    PublicKeySignedData data;
    data.session_id = transport_.session_id();
    data.user = credentials_.user;
    data.service = kConnectionService;
    data.method = "publickey";
    data.algorithm = algorithm;
    data.blob = blob;
    Buffer to_sign;
    Writer w(to_sign);
    encode_fields(w, data);
    Writer(signature).string(credentials_.key->sign(algorithm, to_sign.view()));
  }
  Buffer details;
  Writer w(details);
  encode_fields(w, PublicKeyDetails{with_signature, algorithm, blob, Tail{signature.view()}});
  send_request("publickey", details.view());
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
