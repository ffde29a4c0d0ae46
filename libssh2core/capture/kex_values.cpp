#include "libssh2core/capture/kex_values.h"

#include "libssh2core/crypto/key_pair_agreement.h"
#include "libssh2core/transport/group_exchange.h"
#include "libssh2core/transport/kex_messages.h"
#include "libssh2core/transport/key_exchange.h"
#include "libssh2core/transport/messages.h"
#include "libssh2core/transport/rsa_exchange.h"

namespace ssh2core {

namespace {

Bytes to_bytes(ByteView view) { return {view.begin(), view.end()}; }

/// A value as KeyAgreement and the exchange hash want it, from its frame in the packet.
Bytes read_value(ValueEncoding encoding, ByteView framed) {
  if (encoding == ValueEncoding::Mpint)
    while (!framed.empty() && framed[0] == 0) framed = framed.subspan(1);
  return to_bytes(framed);
}

}  // namespace

void KexValues::on_message(const KexEntry& kex, Way way, ByteView payload) {
  // Of a wrong guess the server sees nothing: of the client's messages the last one of a number
  // before the server's answer counts.
  if (complete_) return;
  switch (kex.shape) {
    case KexShape::OneRound:
      return on_one_round(kex, way, payload);
    case KexShape::GroupExchange:
      return on_group_exchange(way, payload);
    case KexShape::RsaTransport:
      return on_rsa(way, payload);
  }
}

void KexValues::on_one_round(const KexEntry& kex, Way way, ByteView payload) {
  if (way == Way::ToServer && payload[0] == KexValueInit::kId)
    client_value_ = read_value(kex.values, decode<KexValueInit>(payload).client_value);
  if (way == Way::ToClient && payload[0] == KexValueReply::kId) {
    const auto reply = decode<KexValueReply>(payload);
    server_value_ = read_value(kex.values, reply.server_value);
    host_key_ = to_bytes(reply.host_key);
    signature_ = to_bytes(reply.signature);
    complete_ = !client_value_.empty();
  }
}

void KexValues::on_group_exchange(Way way, ByteView payload) {
  const std::uint8_t id = payload[0];
  if (way == Way::ToServer && (id == GexRequest::kId || id == GexRequestOld::kId)) {
    request_ = to_bytes(payload.subspan(1));
  } else if (way == Way::ToClient && id == GexGroup::kId) {
    const auto message = decode<GexGroup>(payload);
    group_ = {read_value(ValueEncoding::Mpint, message.prime),
              read_value(ValueEncoding::Mpint, message.generator)};
  } else if (way == Way::ToServer && id == GexInit::kId) {
    client_value_ = read_value(ValueEncoding::Mpint, decode<GexInit>(payload).client_value);
  } else if (way == Way::ToClient && id == GexReply::kId) {
    const auto reply = decode<GexReply>(payload);
    server_value_ = read_value(ValueEncoding::Mpint, reply.server_value);
    host_key_ = to_bytes(reply.host_key);
    signature_ = to_bytes(reply.signature);
    complete_ = !client_value_.empty() && !group_.prime.empty() && !request_.empty();
  }
}

void KexValues::on_rsa(Way way, ByteView payload) {
  if (way == Way::ToClient && payload[0] == RsaPublicKey::kId) {
    const auto message = decode<RsaPublicKey>(payload);
    host_key_ = to_bytes(message.host_key);
    server_value_ = to_bytes(message.transient_key);
  } else if (way == Way::ToServer && payload[0] == RsaSecret::kId) {
    client_value_ = to_bytes(decode<RsaSecret>(payload).encrypted_secret);
  } else if (way == Way::ToClient && payload[0] == RsaDone::kId) {
    signature_ = to_bytes(decode<RsaDone>(payload).signature);
    complete_ = !client_value_.empty() && !server_value_.empty();
  }
}

Bytes KexValues::hashed(const KexEntry& kex) const {
  switch (kex.shape) {
    case KexShape::GroupExchange:
      return encode_group_exchange(request_, group_, client_value_, server_value_);
    case KexShape::RsaTransport:
      return encode_rsa_exchange(server_value_, client_value_);
    case KexShape::OneRound:
      break;
  }
  return encode_kex_values(kex, client_value_, server_value_);
}

/// A run that goes on with the private key; nullptr when the method has none.
std::unique_ptr<KeyAgreement> KexValues::agreement(const KexEntry& kex,
                                                   ByteView private_key) const {
  std::unique_ptr<KeyAgreement> run;
  if (kex.shape == KexShape::OneRound) run = kex.make(kex);
  if (kex.shape == KexShape::GroupExchange) {
    // A capture may say anything; what we compute with is bounded here as between peers.
    if (bits_of(group_.prime) > kMostDhBits || group_.generator.size() > group_.prime.size() ||
        dh_group_fault(group_) != nullptr)
      return nullptr;
    run = make_dh_in(group_);
  }
  auto* pair = dynamic_cast<KeyPairAgreement*>(run.get());
  if (pair == nullptr) return nullptr;
  pair->use_private_key(private_key);
  return run;
}

std::optional<Secret> KexValues::shared(const KexEntry& kex, Way side, ByteView private_key) const {
  try {
    const auto run = agreement(kex, private_key);
    if (!run) return std::nullopt;
    if (side == Way::ToServer) {
      if (run->client_value() != client_value_) return std::nullopt;
      return run->client_finish(server_value_);
    }
    auto answer = run->server_answer(client_value_);
    if (answer.server_value != server_value_) return std::nullopt;
    return std::move(answer.shared);
  } catch (const CryptoError&) {  // no private key of this method
    return std::nullopt;
  } catch (const ProtocolError&) {  // a public value that the method does not allow
    return std::nullopt;
  }
}

}  // namespace ssh2core
