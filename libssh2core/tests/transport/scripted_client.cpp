#include "libssh2core/tests/transport/scripted_client.h"

namespace ssh2core {

ScriptedClient::ScriptedClient() : writer(random) {
  init.kex = {"curve25519-sha256"};
  init.host_key = {"ssh-ed25519"};
  init.cipher_c2s = init.cipher_s2c = {"aes128-ctr"};
  init.mac_c2s = init.mac_s2c = {"hmac-sha2-256"};
  init.compression_c2s = init.compression_s2c = {"none"};
}

void ScriptedClient::send_identification(std::string_view with_line_end) {
  version_ = with_line_end.substr(0, with_line_end.find_first_of("\r\n"));
  writer.buffer().append(as_bytes(with_line_end));
}

void ScriptedClient::send(ByteView payload) {
  writer.begin();
  writer.buffer().append(payload);
  writer.end();
}

void ScriptedClient::send_kexinit() {
  init_payload_ = encode(init);
  send(init_payload_);
}

void ScriptedClient::send_value(std::string_view method) {
  method_ = find_kex(method);
  agreement_ = method_->make(*method_);
  value_ = agreement_->client_value();
  send_message(KexValueInit{value_});
}

void ScriptedClient::exchange(Side& server) {
  const Bytes out = writer.buffer().to_bytes();
  writer.sent(out.size());
  server.transport->feed(out);
  server.transport->flush();
  const Bytes in(server.transport->output().begin(), server.transport->output().end());
  server.transport->sent(in.size());
  take(in);
}

void ScriptedClient::take(ByteView bytes) {
  if (server_version_.empty()) {
    const std::size_t line = as_text(bytes).find("\r\n");
    server_version_ = as_text(bytes.first(line));
    bytes = bytes.subspan(line + 2);
  }
  reader.buffer().append(bytes);
  while (const auto payload = reader.next()) {
    received.emplace_back(payload->begin(), payload->end());
    if ((*payload)[0] == KexInit::kId) server_init_payload_ = received.back();
    if ((*payload)[0] == NewKeys::kId) return;  // the rest is under other keys
  }
}

const Bytes* ScriptedClient::find(std::uint8_t id) const {
  for (const Bytes& payload : received)
    if (payload[0] == id) return &payload;
  return nullptr;
}

void ScriptedClient::finish(Side& server, bool strict) {
  const Bytes* payload = find(KexValueReply::kId);
  ASSERT_NE(payload, nullptr);
  const auto reply = decode<KexValueReply>(*payload);
  const Secret shared = agreement_->client_finish(reply.server_value);
  const Bytes values = encode_kex_values(*method_, value_, reply.server_value);
  const Bytes hash = exchange_hash(*method_, {.client_version = version_,
                                              .server_version = server_version_,
                                              .client_kexinit = init_payload_,
                                              .server_kexinit = server_init_payload_,
                                              .host_key = reply.host_key,
                                              .values = values,
                                              .shared = shared.view()});
  const auto key = PublicKey::from_blob(reply.host_key);
  ASSERT_TRUE(key && key->verify("ssh-ed25519", hash, reply.signature));
  const KeyDerivation keys(*method_, shared.view(), hash, hash);
  const DirectionAlgorithms ours{find_cipher(init.cipher_c2s.at(0)), find_mac(init.mac_c2s.at(0)),
                                 "none"};
  ASSERT_NE(find(NewKeys::kId), nullptr);
  send_message(NewKeys{});
  writer.change_cipher(make_direction(keys, Role::Client, ours, Direction::Seal), strict);
  reader.change_cipher(make_direction(keys, Role::Server, ours, Direction::Open), strict);
  received.clear();
  take({});
  exchange(server);
}

}  // namespace ssh2core
