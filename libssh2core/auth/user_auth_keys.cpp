// The methods of UserAuthServer that rest on a signature: publickey (RFC 4252 section 7), the same
// bound to a host key, and hostbased (section 9).
#include <algorithm>

#include "libssh2core/auth/user_auth_attempt.h"
#include "libssh2core/crypto/hash.h"

namespace ssh2core {

namespace {

Bytes to_bytes(ByteView view) { return {view.begin(), view.end()}; }

/// A host's name as it is compared: OpenSSH's ssh-keysign ends it with a dot.
std::string_view without_dot(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  return host;
}

/// Why a token's signature, though right, is not enough (PROTOCOL.u2f); empty when it is, and for
/// keys that are in no token.
std::string_view token_problem(const PublicKey& key, const AuthDecision& decision,
                               ByteView signature) {
  if (!key.is_security_key()) return {};
  const TokenFlags flags = token_flags(signature).value_or(TokenFlags{});
  if (decision.touch_required && !flags.touched) return "the token was not touched";
  if (decision.verify_required && !flags.verified) return "the token did not verify its user";
  return {};
}

}  // namespace

void UserAuthServer::read_key_request(const UserAuthRequest& request, Attempt& attempt) {
  Tail signature;
  const auto take = [&](const auto& details) {
    attempt.algorithm = details.algorithm;
    attempt.blob = to_bytes(details.blob);
    attempt.has_signature = details.has_signature;
    signature = details.signature;
  };
  attempt.host_bound = request.method == kHostBoundMethod;
  if (attempt.host_bound) {
    const auto details = decode_fields<HostBoundDetails>(request.details.bytes);
    attempt.host_key = to_bytes(details.host_key);
    take(details);
  } else {
    take(decode_fields<PublicKeyDetails>(request.details.bytes));
  }
  Reader rest(signature.bytes);
  if (attempt.has_signature) attempt.signature = to_bytes(rest.string());
  rest.expect_end();
  attempt.fingerprint = fingerprint(options_.fingerprints, attempt.blob);
}

/// The key of an attempt when it may be looked up at all; else null, with the reason.
std::shared_ptr<PublicKey> UserAuthServer::usable_key(const Attempt& attempt,
                                                      std::string_view& why) {
  const SignatureEntry* algorithm = find_key_algorithm(attempt.algorithm);
  if (algorithm == nullptr || !contains(options_.key_algorithms, attempt.algorithm)) {
    why = "signature algorithm not accepted";
    return nullptr;
  }
  auto key = PublicKey::from_blob(attempt.blob);
  if (!key || key->type() != algorithm->key_type) {
    why = key ? "key and signature algorithm differ" : "malformed public key";
    return nullptr;
  }
  return std::make_shared<PublicKey>(std::move(*key));
}

void UserAuthServer::try_key(const UserAuthRequest& request) {
  Attempt attempt{.user = std::string(request.user), .method = "publickey", .element = "publickey"};
  read_key_request(request, attempt);
  if (!is_offered(attempt.method)) return refuse(attempt, "method not offered");
  if (attempt.host_bound && !std::ranges::equal(attempt.host_key, transport_.first_host_key()))
    return refuse(attempt, "the request is bound to another host key");
  std::string_view why;
  const auto key = usable_key(attempt, why);
  if (key == nullptr) return refuse(attempt, why);
  // Of the key itself, whatever certificate is around it.
  attempt.plain_blob = key->plain_blob();
  attempt.fingerprint = fingerprint(options_.fingerprints, attempt.plain_blob);
  if (std::ranges::find(used_keys_, attempt.plain_blob) != used_keys_.end())
    return refuse(attempt, "the key has been shown before");
  await(
      [&](Authenticator::Done done) {
        authenticator_.check_key(attempt.user, *key, std::move(done));
      },
      [this, attempt, key](const Conversation::Step& step) {
        decide_key(attempt, *key, std::get<AuthDecision>(step));
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
  const auto fill = [&](auto&& signed_data) {
    signed_data.session_id = transport_.session_id();
    signed_data.user = attempt.user;
    signed_data.service = kConnectionService;
    signed_data.algorithm = attempt.algorithm;
    signed_data.blob = attempt.blob;
    return signed_data;
  };
  if (attempt.host_bound) {
    auto signed_data = fill(HostBoundSignedData{});
    signed_data.method = kHostBoundMethod;
    signed_data.host_key = attempt.host_key;
    encode_fields(w, signed_data);
  } else {
    auto signed_data = fill(PublicKeySignedData{});
    signed_data.method = attempt.method;
    encode_fields(w, signed_data);
  }
  if (!key.verify(attempt.algorithm, data.view(), attempt.signature))
    return refuse(attempt, "wrong signature");
  if (const std::string_view why = token_problem(key, decision, attempt.signature); !why.empty())
    return refuse(attempt, why);
  decided(attempt, decision);
}

void UserAuthServer::try_host(const UserAuthRequest& request) {
  const auto details = decode_fields<HostBasedDetails>(request.details.bytes);
  Attempt attempt{.user = std::string(request.user),
                  .method = std::string(request.method),
                  .element = std::string(request.method),
                  .fingerprint = fingerprint(options_.fingerprints, details.blob),
                  .algorithm = std::string(details.algorithm),
                  .blob = to_bytes(details.blob),
                  .signature = to_bytes(details.signature),
                  .has_signature = true,
                  .client_host = std::string(details.client_host),
                  .client_user = std::string(details.client_user)};
  if (!is_offered(attempt.method)) return refuse(attempt, "method not offered");
  std::string_view why;
  const auto key = usable_key(attempt, why);
  if (key == nullptr) return refuse(attempt, why);
  if (key->is_security_key()) return refuse(attempt, "a host's key is in no token");
  await(
      [&](Authenticator::Done done) {
        authenticator_.check_host(attempt.user,
                                  {*key, without_dot(attempt.client_host), attempt.client_user},
                                  std::move(done));
      },
      [this, attempt, key](const Conversation::Step& step) {
        decide_host(attempt, *key, std::get<AuthDecision>(step));
      });
}

void UserAuthServer::decide_host(const Attempt& attempt, const PublicKey& key,
                                 const AuthDecision& decision) {
  if (!decision.accepted) return refuse(attempt, decision.reason);
  HostBasedSignedData signed_data;
  signed_data.session_id = transport_.session_id();
  signed_data.user = attempt.user;
  signed_data.service = kConnectionService;
  signed_data.algorithm = attempt.algorithm;
  signed_data.blob = attempt.blob;
  signed_data.client_host = attempt.client_host;
  signed_data.client_user = attempt.client_user;
  Buffer data;
  Writer w(data);
  encode_fields(w, signed_data);
  if (!key.verify(attempt.algorithm, data.view(), attempt.signature))
    return refuse(attempt, "wrong signature");
  decided(attempt, decision);
}

}  // namespace ssh2core
