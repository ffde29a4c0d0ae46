#include "libssh2core/transport/negotiation.h"

#include <variant>

#include "libssh2core/auth/messages.h"
#include "libssh2core/connection/messages.h"
#include "libssh2core/tests/fuzz/fuzz_input.h"
#include "libssh2core/tests/fuzz/targets.h"
#include "libssh2core/transport/identification.h"
#include "libssh2core/transport/messages.h"
#include "libssh2core/transport/settings.h"

namespace ssh2core::fuzz {

namespace {

// --- Identification lines ---

struct Line {
  bool refused = false;
  std::optional<std::string> text;
  bool operator==(const Line&) const = default;
};

Line read_line(Role role, ByteView stream, std::size_t cut) {
  IdentificationReader reader(role);
  Buffer buffer;
  Line line;
  try {
    while (!stream.empty() && !line.text) {
      const std::size_t count = std::min(cut, stream.size());
      buffer.append(stream.first(count));
      stream = stream.subspan(count);
      line.text = reader.read(buffer);
    }
  } catch (const ProtocolError&) {
    line.refused = true;
  }
  return line;
}

void check_identification(Role role, ByteView stream, std::size_t cut) {
  const Line whole = read_line(role, stream, stream.size());
  const Line pieces = read_line(role, stream, std::max<std::size_t>(cut, 1));
  require(whole == pieces, "cuts do not change the identification");
  if (!whole.text) return;
  require(whole.text->find('\n') == std::string::npos, "an identification is a line");
  require(whole.text->size() + 2 <= kMaxIdentification, "an identification is short");
  is_legal_identification(*whole.text);
}

// --- Messages ---

/// A message that can be decoded survives being written again: the same bytes from then on.
template <class Message>
void check_message(ByteView packet) {
  if (packet.empty() || packet[0] != Message::kId) return;
  std::optional<Message> message;
  try {
    message = decode<Message>(packet);
  } catch (const ProtocolError&) {
    return;
  }
  const Bytes written = encode(*message);
  require(encode(decode<Message>(written)) == written, "a message survives being written");
}

template <class... Message>
void check_messages(ByteView packet) {
  (check_message<Message>(packet), ...);
}

void check_every_message(ByteView packet) {
  check_messages<Disconnect, Ignore, Unimplemented, Debug, ServiceRequest, ServiceAccept, ExtInfo,
                 KexInit, NewKeys, KexValueInit, KexValueReply>(packet);
  check_messages<UserAuthRequest, UserAuthFailure, UserAuthSuccess, UserAuthBanner, UserAuthPkOk>(
      packet);
  check_messages<GlobalRequest, RequestSuccess, RequestFailure, ChannelOpen,
                 ChannelOpenConfirmation, ChannelOpenFailure, ChannelWindowAdjust, ChannelData,
                 ChannelExtendedData, ChannelEof, ChannelClose, ChannelRequest, ChannelSuccess,
                 ChannelFailure>(packet);
}

// --- KEXINIT ---

KexInit ours() {
  const AlgorithmLists lists = AlgorithmLists::defaults();
  KexInit init;
  init.kex = lists.kex;
  init.host_key = lists.host_key;
  init.cipher_c2s = init.cipher_s2c = lists.ciphers;
  init.mac_c2s = init.mac_s2c = lists.macs;
  init.compression_c2s = init.compression_s2c = lists.compression;
  return init;
}

void check_direction(const DirectionAlgorithms& chosen, const NameList& ciphers,
                     const NameList& macs) {
  require(chosen.cipher != nullptr && contains(ciphers, chosen.cipher->name),
          "the cipher was offered");
  require((chosen.mac == nullptr) == chosen.cipher->is_aead(), "a MAC where it is needed");
  require(chosen.mac == nullptr || contains(macs, chosen.mac->name), "the MAC was offered");
}

void check_negotiation(const KexInit& client, const KexInit& server) {
  guess_is_right(client, server);
  const auto result = negotiate(client, server);
  if (const auto* why = std::get_if<std::string>(&result)) {
    require(!why->empty() && why->size() < 1000, "a refusal says something, in a line");
    return;
  }
  const auto& chosen = std::get<NegotiatedAlgorithms>(result);
  for (const KexInit* init : {&client, &server}) {
    require(contains(init->kex, chosen.kex->name), "the method was offered");
    require(contains(init->host_key, chosen.host_key->name), "the host key was offered");
    check_direction(chosen.c2s, init->cipher_c2s, init->mac_c2s);
    check_direction(chosen.s2c, init->cipher_s2c, init->mac_s2c);
  }
}

void check_kexinit(ByteView packet) {
  static const KexInit mine = ours();
  KexInit init;
  try {
    init = decode<KexInit>(packet);
  } catch (const ProtocolError&) {
    return;
  }
  check_negotiation(init, mine);
  check_negotiation(mine, init);
  check_negotiation(init, init);
}

}  // namespace

void negotiation(ByteView input) {
  FuzzInput in(input);
  const Role role = (in.u8() & 1) == 0 ? Role::Server : Role::Client;
  const std::size_t cut = in.u8();
  check_identification(role, in.piece(), cut);
  const ByteView packet = in.rest();
  check_every_message(packet);
  check_kexinit(packet);
}

}  // namespace ssh2core::fuzz
