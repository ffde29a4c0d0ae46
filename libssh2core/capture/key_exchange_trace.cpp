#include "libssh2core/capture/key_exchange_trace.h"

#include "libssh2core/crypto/key.h"
#include "libssh2core/transport/key_exchange.h"

namespace ssh2core {

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
  if (const KexEntry* kex = method()) values_.on_message(*kex, way, payload);
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
  return values_.shared(kex, candidate.cookie_of, candidate.entry->secret.view());
}

/// The keys, when K is right: then the host key's signature over H is right, too.
bool KeyExchangeTrace::try_secret(const Secret& shared, const NegotiatedAlgorithms& rows,
                                  ExchangeSession& session) {
  const Bytes values = values_.hashed(*rows.kex);
  const Bytes hash =
      exchange_hash(*rows.kex, {.client_version = session.identification[index_of(Way::ToServer)],
                                .server_version = session.identification[index_of(Way::ToClient)],
                                .client_kexinit = init_payloads_[index_of(Way::ToServer)],
                                .server_kexinit = init_payloads_[index_of(Way::ToClient)],
                                .host_key = values_.host_key(),
                                .values = values,
                                .shared = shared.view()});
  // With a host key of a kind unknown to us, the first MAC shows whether K was right.
  const auto key = PublicKey::from_blob(values_.host_key());
  if (key && rows.host_key != nullptr &&
      !key->verify(rows.host_key->name, hash, values_.signature()))
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
  if (!values_.complete()) return state_;
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
