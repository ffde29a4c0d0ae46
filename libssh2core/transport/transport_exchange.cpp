// The key exchange part of Transport: RFC 4253 sections 7 and 8.
#include "libssh2core/transport/transport.h"

namespace ssh2core {

KexInit Transport::our_kexinit() {
  const AlgorithmLists& lists = settings_.algorithms;
  KexInit init;
  around_.random.fill(init.cookie);
  init.kex = lists.kex;
  const bool client = role_ == Role::Client;
  if (exchanges_ == 0 && settings_.offer_ext_info)  // RFC 8308 section 2.1: the first KEXINIT only
    init.kex.emplace_back(client ? kExtInfoClient : kExtInfoServer);
  // It counts in the first KEXINIT only, but OpenSSH repeats it, and phpseclib 2.0.42 takes a later
  // KEXINIT without it for the end of the strict numbering.
  if (settings_.offer_strict_kex)
    init.kex.emplace_back(client ? kStrictKexClient : kStrictKexServer);
  for (const std::string& name : lists.host_key)
    if (role_ == Role::Client || !around_.signer->public_blob(name).empty())
      init.host_key.push_back(name);
  init.cipher_c2s = init.cipher_s2c = lists.ciphers;
  init.mac_c2s = init.mac_s2c = lists.macs;
  init.compression_c2s = init.compression_s2c = lists.compression;
  return init;
}

void Transport::send_kexinit() {
  our_init_ = our_kexinit();
  our_init_payload_ = encode(our_init_);
  writer_.begin();
  writer_.buffer().append(our_init_payload_);
  writer_.end();
  exchange_started_ = around_.clock.now();
  exchange_ = Exchange::InitSent;
}

void Transport::note_markers() {
  const bool client = role_ == Role::Client;
  strict_ = settings_.offer_strict_kex &&
            contains(peer_init_.kex, client ? kStrictKexServer : kStrictKexClient);
  peer_wants_ext_info_ = contains(peer_init_.kex, client ? kExtInfoServer : kExtInfoClient);
  if (strict_ && reader_.sequence() != 0)
    throw ProtocolError(Reason::Protocol, "KEXINIT is not the first packet of a strict exchange");
}

void Transport::on_kexinit(ByteView payload) {
  peer_init_ = decode<KexInit>(payload);
  require_sane(peer_init_);
  peer_init_payload_.assign(payload.begin(), payload.end());
  if (exchanges_ == 0) note_markers();
  if (exchange_ == Exchange::None) send_kexinit();
  const KexInit& client = role_ == Role::Client ? our_init_ : peer_init_;
  const KexInit& server = role_ == Role::Client ? peer_init_ : our_init_;
  const auto chosen = negotiate(client, server);
  if (const auto* why = std::get_if<std::string>(&chosen))
    throw ProtocolError(Reason::KeyExchange, *why);
  algorithms_ = std::get<NegotiatedAlgorithms>(chosen);
  drop_guess_ = peer_init_.first_kex_packet_follows && !guess_is_right(client, server);
  exchange_ = Exchange::Values;
  if (role_ == Role::Server) {
    const ByteView host_key = around_.signer->public_blob(algorithms_.host_key->name);
    host_key_.assign(host_key.begin(), host_key.end());
  }
  conversation_ = make_conversation(*algorithms_.kex, role_, settings_,
                                    role_ == Role::Server ? ByteView(host_key_) : ByteView());
  send_payload(conversation_->begin());
}

/// A message of the key exchange that is encoded already; none when empty.
void Transport::send_payload(ByteView payload) {
  if (payload.empty()) return;
  writer_.begin();
  writer_.buffer().append(payload);
  writer_.end();
}

void Transport::on_kex_message(ByteView payload) {
  const KexStep step = conversation_->on_message(payload);
  send_payload(step.send);
  if (!step.outcome) return;
  if (role_ == Role::Client) {
    host_key_ = step.outcome->host_key;
    const auto key = PublicKey::from_blob(host_key_);
    if (!key) throw ProtocolError(Reason::KeyExchange, "the server's host key is malformed");
    agree(*step.outcome);
    check_server(*key, step.outcome->signature);
    return send_newkeys();
  }
  agree(*step.outcome);
  exchange_ = Exchange::Signing;
  std::weak_ptr<Transport*> alive = alive_;
  around_.signer->sign(algorithms_.host_key->name, exchange_hash_, [alive](const Bytes& signature) {
    if (const auto transport = alive.lock()) (*transport)->on_signature(signature);
  });
}

void Transport::on_signature(const Bytes& signature) {
  if (closed() || exchange_ != Exchange::Signing) return;
  if (signature.empty()) return disconnect(Reason::KeyExchange, "the host key cannot sign");
  send_payload(conversation_->last_message(signature));
  if (settings_.newkeys_at_once)
    send_newkeys();
  else
    exchange_ = Exchange::NewKeys;
  process();  // no effect inside the processing that asked for the signature
}

void Transport::check_server(const PublicKey& key, ByteView signature) {
  const std::string_view algorithm = algorithms_.host_key->name;
  if (!key.verify(algorithm, exchange_hash_, signature))
    throw ProtocolError(Reason::KeyExchange, "the signature of the host key is wrong");
  if (!around_.verifier->accept(algorithm, key))
    throw ProtocolError(Reason::HostKey, "the host key is not the expected one");
}

/// Makes H and the keys of both directions from the outcome.
void Transport::agree(const KexOutcome& outcome) {
  const bool client = role_ == Role::Client;
  const KexEntry& kex = *algorithms_.kex;
  exchange_hash_ = exchange_hash(
      kex, {.client_version = client ? std::string_view(settings_.identification) : peer_version_,
            .server_version = client ? std::string_view(peer_version_) : settings_.identification,
            .client_kexinit = client ? our_init_payload_ : peer_init_payload_,
            .server_kexinit = client ? peer_init_payload_ : our_init_payload_,
            .host_key = host_key_,
            .values = outcome.values,
            .shared = outcome.shared.view()});
  if (session_id_.empty()) {
    session_id_ = exchange_hash_;
    first_host_key_ = host_key_;
  }
  const KeyDerivation keys(kex, outcome.shared.view(), exchange_hash_, session_id_);
  const DirectionAlgorithms& in = client ? algorithms_.s2c : algorithms_.c2s;
  const DirectionAlgorithms& out = client ? algorithms_.c2s : algorithms_.s2c;
  next_opener_ = make_direction(keys, peer_role(), in, Direction::Open);
  next_sealer_ = make_direction(keys, role_, out, Direction::Seal);
  if (around_.key_log != nullptr)
    around_.key_log->on_key_exchange(our_init_.cookie, conversation_->private_key(),
                                     outcome.shared);
}

void Transport::send_newkeys() {
  conversation_.reset();
  send(NewKeys{});
  writer_.change_cipher(std::move(next_sealer_), strict_);
  writer_.use_compression(role_ == Role::Client ? compression_of(algorithms_.c2s)
                                                : compression_of(algorithms_.s2c));
  exchange_ = Exchange::NewKeys;
  if (exchanges_ == 0 && role_ == Role::Server && peer_wants_ext_info_ && settings_.offer_ext_info)
    send_ext_info();
}

void Transport::send_ext_info() {
  Buffer extensions;
  Writer w(extensions);
  std::uint32_t count = 0;
  w.string("server-sig-algs");  // RFC 8308 section 3.1
  NameList names;               // of signatures: a certificate's key signs as the plain key does
  for (const std::string& name : settings_.user_key_algorithms)
    if (find_signature(name) != nullptr) names.push_back(name);
  w.name_list(names);
  ++count;
  w.string("publickey-hostbound@openssh.com");  // OpenSSH PROTOCOL, section 3.1
  w.string("0");
  ++count;
  w.string("ping@openssh.com");  // PROTOCOL of OpenSSH, section 1.9
  w.string("0");
  ++count;
  writer_.begin();
  encode_to(writer_.buffer(), ExtInfo{count, Tail{extensions.view()}});
  writer_.end();
}

void Transport::on_newkeys(ByteView payload) {
  decode<NewKeys>(payload);
  if (next_sealer_ != nullptr) send_newkeys();  // it waited for the peer's
  reader_.change_cipher(std::move(next_opener_), strict_);
  reader_.use_compression(role_ == Role::Client ? compression_of(algorithms_.s2c)
                                                : compression_of(algorithms_.c2s));
  exchange_ = Exchange::None;
  state_ = State::Running;
  ++exchanges_;
  last_exchange_ = around_.clock.now();
  choose_padding();
  send_held();
  around_.handler.on_keys(algorithms_, exchanges_);
}

}  // namespace ssh2core
