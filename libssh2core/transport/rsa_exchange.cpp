#include "libssh2core/transport/rsa_exchange.h"

#include "libssh2core/transport/kex_messages.h"

namespace ssh2core {

namespace {

class RsaServer final : public KexConversation {
 public:
  RsaServer(const KexEntry& kex, TransientRsaKeys* keys, ByteView host_key)
      : kex_(kex), key_(keys ? keys->get() : TransientRsaKey::generate()), host_key_(host_key) {}

  Bytes begin() override { return encode(RsaPublicKey{host_key_, key_->public_blob()}); }

  KexStep on_message(ByteView payload) override {
    if (over_ || payload[0] != RsaSecret::kId) refuse_kex_message(payload[0]);
    over_ = true;
    const auto message = decode<RsaSecret>(payload);
    // One sentence for all that may be wrong with it: the reason is no client's business.
    auto shared = key_->decrypt(message.encrypted_secret, kex_.hash);
    if (!shared) throw ProtocolError(Reason::KeyExchange, "the encrypted secret is wrong");
    KexStep step;
    step.outcome = KexOutcome{std::move(*shared),
                              encode_rsa_exchange(key_->public_blob(), message.encrypted_secret),
                              {},
                              {}};
    return step;
  }

  Bytes last_message(ByteView signature) const override { return encode(RsaDone{signature}); }
  Secret private_key() const override { return {}; }

 private:
  const KexEntry& kex_;
  const std::shared_ptr<const TransientRsaKey> key_;
  const ByteView host_key_;
  bool over_ = false;
};

class RsaClient final : public KexConversation {
 public:
  explicit RsaClient(const KexEntry& kex) : kex_(kex) {}

  KexStep on_message(ByteView payload) override {
    if (next_ == Next::PublicKey && payload[0] == RsaPublicKey::kId)
      return answer(decode<RsaPublicKey>(payload));
    if (next_ == Next::Done && payload[0] == RsaDone::kId) {
      const auto message = decode<RsaDone>(payload);
      next_ = Next::Nothing;
      outcome_.signature.assign(message.signature.begin(), message.signature.end());
      return {{}, std::move(outcome_)};
    }
    refuse_kex_message(payload[0]);
  }

  Bytes last_message(ByteView) const override { return {}; }
  Secret private_key() const override { return {}; }

 private:
  enum class Next { PublicKey, Done, Nothing };

  KexStep answer(const RsaPublicKey& message) {
    // RFC 4432 sections 5 and 6: the least size is in the method's name.
    const int least_bits = kex_.name.starts_with("rsa1024") ? 1024 : 2048;
    auto secret = encrypt_fresh_secret(message.transient_key, kex_.hash, least_bits);
    if (!secret)
      throw ProtocolError(Reason::KeyExchange, "the server's transient key is no RSA key of " +
                                                   std::to_string(least_bits) + " bits or more");
    outcome_ = {std::move(secret->shared),
                encode_rsa_exchange(message.transient_key, secret->encrypted),
                {message.host_key.begin(), message.host_key.end()},
                {}};
    next_ = Next::Done;
    return {encode(RsaSecret{secret->encrypted}), {}};
  }

  const KexEntry& kex_;
  Next next_ = Next::PublicKey;
  KexOutcome outcome_;
};

}  // namespace

Bytes encode_rsa_exchange(ByteView transient_key, ByteView encrypted_secret) {
  Buffer values;
  Writer w(values);
  w.string(transient_key);
  w.string(encrypted_secret);
  return values.to_bytes();
}

std::unique_ptr<KexConversation> make_rsa_exchange(const KexEntry& kex, Role role,
                                                   TransientRsaKeys* keys, ByteView host_key) {
  if (role == Role::Server) return std::make_unique<RsaServer>(kex, keys, host_key);
  return std::make_unique<RsaClient>(kex);
}

}  // namespace ssh2core
