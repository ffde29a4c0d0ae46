#include "libssh2core/transport/kex_conversation.h"

#include "libssh2core/transport/group_exchange.h"
#include "libssh2core/transport/key_exchange.h"
#include "libssh2core/transport/messages.h"
#include "libssh2core/transport/rsa_exchange.h"

namespace ssh2core {

ByteView read_kex_value(ValueEncoding encoding, ByteView framed) {
  if (encoding == ValueEncoding::String) return framed;
  if (!framed.empty() && (framed[0] & 0x80) != 0)
    throw ProtocolError(Reason::KeyExchange, "negative key exchange value");
  while (!framed.empty() && framed[0] == 0) framed = framed.subspan(1);
  return framed;
}

void refuse_kex_message(std::uint8_t id) {
  throw ProtocolError(Reason::Protocol, "message " + std::to_string(id) + " not expected here");
}

namespace {

/// A value of the client, one of the server: RFC 4253 section 8, RFC 5656 section 4.
class OneRound final : public KexConversation {
 public:
  OneRound(const KexEntry& kex, Role role, ByteView host_key)
      : kex_(kex), role_(role), host_key_(host_key), agreement_(kex.make(kex)) {}

  Bytes begin() override {
    if (role_ == Role::Server) return {};
    client_value_ = agreement_->client_value();
    Buffer message;
    Writer w(message);
    w.u8(KexValueInit::kId);
    put_kex_value(w, kex_.values, client_value_);
    return message.to_bytes();
  }

  KexStep on_message(ByteView payload) override {
    const std::uint8_t expected = role_ == Role::Server ? KexValueInit::kId : KexValueReply::kId;
    if (over_ || payload[0] != expected) refuse_kex_message(payload[0]);
    over_ = true;
    KexStep step;
    step.outcome = role_ == Role::Server ? on_init(payload) : on_reply(payload);
    return step;
  }

  Bytes last_message(ByteView signature) const override {
    Buffer message;
    Writer w(message);
    w.u8(KexValueReply::kId);
    w.string(host_key_);
    put_kex_value(w, kex_.values, server_value_);
    w.string(signature);
    return message.to_bytes();
  }

  Secret private_key() const override { return agreement_->private_key(); }

 private:
  KexOutcome on_init(ByteView payload) {
    const auto message = decode<KexValueInit>(payload);
    const ByteView value = read_kex_value(kex_.values, message.client_value);
    KeyAgreement::Answer answer = agreement_->server_answer(value);
    server_value_ = std::move(answer.server_value);
    return {std::move(answer.shared), encode_kex_values(kex_, value, server_value_), {}, {}};
  }
  KexOutcome on_reply(ByteView payload) {
    const auto message = decode<KexValueReply>(payload);
    const ByteView value = read_kex_value(kex_.values, message.server_value);
    return {agreement_->client_finish(value),
            encode_kex_values(kex_, client_value_, value),
            {message.host_key.begin(), message.host_key.end()},
            {message.signature.begin(), message.signature.end()}};
  }

  const KexEntry& kex_;
  const Role role_;
  const ByteView host_key_;
  std::unique_ptr<KeyAgreement> agreement_;
  Bytes client_value_, server_value_;
  bool over_ = false;
};

}  // namespace

std::unique_ptr<KexConversation> make_conversation(const KexEntry& kex, Role role,
                                                   const TransportSettings& settings,
                                                   ByteView host_key) {
  if (kex.shape == KexShape::GroupExchange)
    return make_group_exchange(role, settings.group_exchange, host_key);
  if (kex.shape == KexShape::RsaTransport)
    return make_rsa_exchange(kex, role, settings.transient_rsa_keys.get(), host_key);
  return std::make_unique<OneRound>(kex, role, host_key);
}

}  // namespace ssh2core
