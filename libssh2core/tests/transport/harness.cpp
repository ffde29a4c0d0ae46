#include "libssh2core/tests/transport/harness.h"

#include "libssh2core/tests/dsa_key.h"

namespace ssh2core {

namespace {

PrivateKey make_key(std::string_view type) {
  if (type == "ssh-ed25519") {
    const Bytes seed(32, 7);
    return PrivateKey::ed25519_from_seed(Secret(ByteView(seed)));
  }
  EvpPkey key;
  if (type == "ssh-rsa") {
    key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048}));
  } else if (type == "ssh-ed448") {
    key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED448"));
  } else if (type == "ssh-dss") {
    key = new_dsa_key();
  } else {
    const SignatureEntry* row = find_signature(type);
    key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", row->group));
  }
  return PrivateKey::from_evp(std::move(key)).value();
}

}  // namespace

const PrivateKey& test_key(std::string_view type) {
  static std::map<std::string, PrivateKey, std::less<>> keys;
  const auto at = keys.find(type);
  return at != keys.end() ? at->second : keys.emplace(type, make_key(type)).first->second;
}

const PrivateKey* TestHostKeys::find(std::string_view algorithm) const {
  for (const std::string& type : types)
    if (test_key(type).can_sign(algorithm)) return &test_key(type);
  return nullptr;
}

ByteView TestHostKeys::public_blob(std::string_view algorithm) const {
  const PrivateKey* key = find(algorithm);
  return key == nullptr ? ByteView{} : ByteView{key->public_blob()};
}

void TestHostKeys::sign(std::string_view algorithm, ByteView data,
                        std::function<void(Bytes)> done) {
  ++signatures;
  signature = fails ? Bytes{} : find(algorithm)->sign(algorithm, data);
  waiting = std::move(done);
  if (!delayed) answer();
}

void TestHostKeys::answer() {
  const auto done = std::exchange(waiting, nullptr);
  done(signature);
}

void Side::inject(ByteView payload) {
  PacketWriter& writer = transport->writer();
  writer.begin();
  writer.buffer().append(payload);
  writer.end();
}

void TransportPair::start() {
  server.transport = std::make_unique<Transport>(Role::Server, server.settings,
                                                 TransportSurroundings{.clock = clock,
                                                                       .random = server.random,
                                                                       .handler = server.handler,
                                                                       .signer = &host_keys});
  client.transport = std::make_unique<Transport>(Role::Client, client.settings,
                                                 TransportSurroundings{.clock = clock,
                                                                       .random = client.random,
                                                                       .handler = client.handler,
                                                                       .verifier = &verifier});
}

std::size_t TransportPair::move(Side& from, Side& to, std::size_t cut) {
  from.transport->flush();
  const ByteView output = from.transport->output();
  const Bytes bytes(output.begin(), output.end());
  from.transport->sent(bytes.size());
  for (std::size_t at = 0; at < bytes.size(); at += std::min(cut, bytes.size() - at))
    to.transport->feed(ByteView(bytes).subspan(at, std::min(cut, bytes.size() - at)));
  if (!bytes.empty()) from.sent_log.push_back(bytes);
  return bytes.size();
}

std::size_t TransportPair::exchange(std::size_t cut) {
  std::size_t all = 0, moved = 0;
  do {
    moved = move(client, server, cut) + move(server, client, cut);
    all += moved;
  } while (moved != 0 && all < (std::size_t{1} << 28));
  return all;
}

void TransportPair::connect() {
  if (!client.transport) start();
  exchange();
  ASSERT_EQ(client.ending(), nullptr) << client.ending()->why;
  ASSERT_EQ(server.ending(), nullptr) << server.ending()->why;
  ASSERT_TRUE(client.transport->may_send_data());
  ASSERT_TRUE(server.transport->may_send_data());
}

std::optional<Disconnect> find_disconnect(ByteView output) {
  const std::string_view text = as_text(output);
  const std::size_t line = text.find('\n');
  if (line != std::string_view::npos && text.starts_with("SSH-")) output = output.subspan(line + 1);
  std::optional<Disconnect> found;
  for (Reader packets(output); packets.remaining() != 0;) {
    const ByteView packet = packets.string();
    const ByteView payload = packet.subspan(1, packet.size() - 1 - packet[0]);
    if (payload[0] == Disconnect::kId) {
      const auto message = decode<Disconnect>(payload);
      found = message;
    }
  }
  return found;
}

std::string legal_test_name(std::string_view name) {
  std::string legal(name);
  for (char& c : legal)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return legal;
}

Bytes numbered_message(std::uint32_t number) {
  Buffer out;
  Writer w(out);
  w.u8(200);
  w.u32(number);
  return out.to_bytes();
}

}  // namespace ssh2core
