#include "libssh2core/capture/key_exchange_trace.h"

#include "libssh2core/crypto/key.h"
#include "libssh2core/crypto/key_pair_agreement.h"
#include "libssh2core/transport/key_exchange.h"

namespace ssh2core {

namespace {

/// A value as KeyAgreement and the exchange hash want it, from its frame in the packet.
Bytes read_value(const KexEntry& kex, ByteView framed) {
  if (kex.values == ValueEncoding::Mpint)
    while (!framed.empty() && framed[0] == 0) framed = framed.subspan(1);
  return {framed.begin(), framed.end()};
}

}  // namespace

void KeyExchangeTrace::on_kexinit(Way way, ByteView payload) {
  KexInit init = decode<KexInit>(payload);
  require_sane(init);
  init_payloads_[index_of(way)].assign(payload.begin(), payload.end());
  inits_[index_of(way)] = std::move(init);
  if (init_payloads_[0].empty() || init_payloads_[1].empty()) return;
  const KexInit& client = inits_[index_of(Way::ToServer)];
  const KexInit& server = inits_[index_of(Way::ToClient)];
  names_ = agree_names(client, server);
  strict_ = ask_for_strict_kex(client, server);
}

std::string KeyExchangeTrace::method_name() const {
  if (names_) return names_->kex;
  const NameList& guess = inits_[index_of(Way::ToServer)].kex;  // RFC 4253 section 7: a guess
  return guess.empty() ? std::string() : guess.front();
}

const KexEntry* KeyExchangeTrace::method() const { return find_kex(method_name()); }

void KeyExchangeTrace::on_value(Way way, ByteView payload) {
  const KexEntry* kex = method();
  if (kex == nullptr) return;
  // Of a wrong guess the server sees nothing: the client's last value before the reply counts.
  if (way == Way::ToServer && payload[0] == KexValueInit::kId && !server_value_)
    client_value_ = read_value(*kex, decode<KexValueInit>(payload).client_value);
  if (way == Way::ToClient && payload[0] == KexValueReply::kId) {
    const auto reply = decode<KexValueReply>(payload);
    server_value_ = read_value(*kex, reply.server_value);
    host_key_.assign(reply.host_key.begin(), reply.host_key.end());
    signature_.assign(reply.signature.begin(), reply.signature.end());
  }
}

KeyExchangeTrace::State KeyExchangeTrace::give_up(std::string why) {
  why_ = std::move(why);
  return state_ = State::NoKeys;
}

/// Shared secrets first: they need no arithmetic.
std::vector<KeyExchangeTrace::Candidate> KeyExchangeTrace::candidates(
    const KeyLogReader& log) const {
  std::vector<Candidate> found;
  for (const auto kind : {KeyLogReader::Kind::SharedSecret, KeyLogReader::Kind::PrivateKey})
    for (const Way way : {Way::ToClient, Way::ToServer}) {
      const auto* entries = log.find(inits_[index_of(way)].cookie);
      if (entries == nullptr) continue;
      for (const KeyLogReader::Entry& entry : *entries)
        if (entry.kind == kind) found.push_back({way, &entry});
    }
  return found;
}

/// K by a line of the key log; nullopt when the line does not belong to this exchange.
std::optional<Secret> KeyExchangeTrace::shared_of(const Candidate& candidate,
                                                  const KexEntry& kex) const {
  if (candidate.entry->kind == KeyLogReader::Kind::SharedSecret)
    return Secret(candidate.entry->secret.view());
  const auto agreement = kex.make(kex);
  auto* pair = dynamic_cast<KeyPairAgreement*>(agreement.get());
  if (pair == nullptr) return std::nullopt;
  try {
    pair->use_private_key(candidate.entry->secret.view());
    if (candidate.cookie_of == Way::ToServer) {
      if (pair->client_value() != *client_value_) return std::nullopt;
      return pair->client_finish(*server_value_);
    }
    auto answer = pair->server_answer(*client_value_);
    if (answer.server_value != *server_value_) return std::nullopt;
    return std::move(answer.shared);
  } catch (const CryptoError&) {  // no private key of this method
    return std::nullopt;
  } catch (const ProtocolError&) {  // a public value that the method does not allow
    return std::nullopt;
  }
}

/// The keys, when K is right: then the host key's signature over H is right, too.
bool KeyExchangeTrace::try_secret(const Secret& shared, const NegotiatedAlgorithms& rows,
                                  ExchangeSession& session) {
  const Bytes values = encode_kex_values(*rows.kex, *client_value_, *server_value_);
  const Bytes hash =
      exchange_hash(*rows.kex, {.client_version = session.identification[index_of(Way::ToServer)],
                                .server_version = session.identification[index_of(Way::ToClient)],
                                .client_kexinit = init_payloads_[index_of(Way::ToServer)],
                                .server_kexinit = init_payloads_[index_of(Way::ToClient)],
                                .host_key = host_key_,
                                .values = values,
                                .shared = shared.view()});
  // With a host key of a kind unknown to us, the first MAC shows whether K was right.
  const auto key = PublicKey::from_blob(host_key_);
  if (key && rows.host_key != nullptr && !key->verify(rows.host_key->name, hash, signature_))
    return false;
  if (session.session_id.empty()) session.session_id = hash;
  const KeyDerivation keys(*rows.kex, shared.view(), hash, session.session_id);
  ciphers_[index_of(Way::ToServer)] = make_direction(keys, Role::Client, rows.c2s, Direction::Open);
  ciphers_[index_of(Way::ToClient)] = make_direction(keys, Role::Server, rows.s2c, Direction::Open);
  return true;
}

KeyExchangeTrace::State KeyExchangeTrace::find_keys(const KeyLogReader& log,
                                                    ExchangeSession& session) {
  if (state_ != State::Incomplete || !names_) return state_;
  const auto rows = find_rows(*names_);
  if (const auto* missing = std::get_if<std::string>(&rows)) return give_up(*missing);
  if (!client_value_ || !server_value_) return state_;
  const auto known = candidates(log);
  if (known.empty()) return give_up("the key log has no line for this key exchange");
  for (const Candidate& candidate : known) {
    const auto shared = shared_of(candidate, *std::get<NegotiatedAlgorithms>(rows).kex);
    if (shared && try_secret(*shared, std::get<NegotiatedAlgorithms>(rows), session))
      return state_ = State::Keys;
  }
  return give_up("what the key log says of this key exchange does not fit it");
}

bool KeyExchangeTrace::finish(Way way) {
  finished_[index_of(way)] = true;
  return finished_[0] && finished_[1];
}

}  // namespace ssh2core
