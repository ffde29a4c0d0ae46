#include "libssh2core/capture/ssh_messages.h"

#include <algorithm>

#include "libssh2core/capture/message_details.h"
#include "libssh2core/capture/trace_values.h"
#include "libssh2core/transport/kex_messages.h"

namespace ssh2core {

namespace {

template <class Message>
TraceFields read(ByteView payload) {
  const auto message = decode<Message>(payload);
  TraceFields fields = trace_fields(message);
  if constexpr (requires { expand_details(message, fields); }) expand_details(message, fields);
  return fields;
}

struct Row {
  std::uint8_t id;
  Layer layer;
  std::string_view type;
  TraceFields (*read)(ByteView payload);
};
template <class Message>
constexpr Row row(Layer layer) {
  return {Message::kId, layer, Message::kName, read<Message>};
}

constexpr Row kRows[] = {
    row<Disconnect>(Layer::Transport),
    row<Ignore>(Layer::Transport),
    row<Unimplemented>(Layer::Transport),
    row<Debug>(Layer::Transport),
    row<ServiceRequest>(Layer::Transport),
    row<ServiceAccept>(Layer::Transport),
    row<ExtInfo>(Layer::Transport),
    row<NewCompress>(Layer::Transport),
    row<KexInit>(Layer::Transport),
    row<NewKeys>(Layer::Transport),
    row<UserAuthRequest>(Layer::Auth),
    row<UserAuthFailure>(Layer::Auth),
    row<UserAuthSuccess>(Layer::Auth),
    row<UserAuthBanner>(Layer::Auth),
    row<GlobalRequest>(Layer::Connection),
    row<RequestSuccess>(Layer::Connection),
    row<RequestFailure>(Layer::Connection),
    row<ChannelOpen>(Layer::Connection),
    row<ChannelOpenConfirmation>(Layer::Connection),
    row<ChannelOpenFailure>(Layer::Connection),
    row<ChannelWindowAdjust>(Layer::Connection),
    row<ChannelData>(Layer::Connection),
    row<ChannelExtendedData>(Layer::Connection),
    row<ChannelEof>(Layer::Connection),
    row<ChannelClose>(Layer::Connection),
    row<ChannelRequest>(Layer::Connection),
    row<ChannelSuccess>(Layer::Connection),
    row<ChannelFailure>(Layer::Connection),
    row<Ping>(Layer::Transport),
    row<Pong>(Layer::Transport),
};

/// Numbers 60 and 61: what they mean depends on the method asked for.
struct MethodRow {
  std::string_view method;
  Row row;
};
constexpr MethodRow kMethodRows[] = {
    {"publickey", row<UserAuthPkOk>(Layer::Auth)},
    {"publickey-hostbound-v00@openssh.com", row<UserAuthPkOk>(Layer::Auth)},
    {"password", row<UserAuthPasswdChangeReq>(Layer::Auth)},
    {"keyboard-interactive", row<UserAuthInfoRequest>(Layer::Auth)},
    {"keyboard-interactive", row<UserAuthInfoResponse>(Layer::Auth)},
};

// The two shapes of exchange share the structs; RFC 4253 section 8 and RFC 5656 section 7.1 name
// them apart.
constexpr Row kDhRows[] = {
    {KexValueInit::kId, Layer::Transport, "KEXDH_INIT", read<KexValueInit>},
    {KexValueReply::kId, Layer::Transport, "KEXDH_REPLY", read<KexValueReply>}};
constexpr Row kEcdhRows[] = {
    {KexValueInit::kId, Layer::Transport, "KEX_ECDH_INIT", read<KexValueInit>},
    {KexValueReply::kId, Layer::Transport, "KEX_ECDH_REPLY", read<KexValueReply>}};
constexpr Row kGexRows[] = {row<GexRequestOld>(Layer::Transport), row<GexRequest>(Layer::Transport),
                            row<GexGroup>(Layer::Transport), row<GexInit>(Layer::Transport),
                            row<GexReply>(Layer::Transport)};
constexpr Row kRsaRows[] = {row<RsaPublicKey>(Layer::Transport), row<RsaSecret>(Layer::Transport),
                            row<RsaDone>(Layer::Transport)};

std::span<const Row> rows_of(const KexEntry& kex) {
  if (kex.shape == KexShape::GroupExchange) return kGexRows;
  if (kex.shape == KexShape::RsaTransport) return kRsaRows;
  return kex.values == ValueEncoding::Mpint ? std::span<const Row>(kDhRows) : kEcdhRows;
}

const Row* find_in(std::span<const Row> rows, std::uint8_t id) {
  const auto at = std::ranges::find(rows, id, &Row::id);
  return at == rows.end() ? nullptr : &*at;
}

const Row* find_row(std::uint8_t id, const MessageContext& context) {
  if (id >= 30 && id <= 49) {
    if (context.kex == nullptr) return nullptr;
    return find_in(rows_of(*context.kex), id);
  }
  for (const MethodRow& entry : kMethodRows)
    if (entry.row.id == id && entry.method == context.auth_method) return &entry.row;
  return find_in(kRows, id);
}

Layer layer_of(std::uint8_t id) {
  if (id < 50) return Layer::Transport;  // RFC 4250 section 4.1.1
  return id < 80 ? Layer::Auth : Layer::Connection;
}

void describe_unknown(ByteView payload, const MessageContext& context, TraceMessage& out) {
  const std::uint8_t id = payload[0];
  const std::string number = std::to_string(unsigned{id});
  out.layer = layer_of(id);
  out.type = "UNKNOWN";
  out.fields.push_back({"number", {std::uint64_t{id}}});
  if (out.layer == Layer::Auth)
    out.fields.push_back({"data", {TraceValue::Masked{}}});
  else
    out.fields.push_back({"data", trace_value(payload.subspan(1))});
  constexpr std::size_t kLongestName = 64;  // RFC 4251 section 6; a peer may send longer ones
  if (id >= 30 && id <= 49)
    out.error = "message " + number + " of key exchange method " +
                std::string(context.kex_name.substr(0, kLongestName)) + ", which is not known here";
  else
    out.error = "message " + number + " is not known here";
}

}  // namespace

void describe_message(ByteView payload, const MessageContext& context, TraceMessage& out) {
  out.bytes = payload.size();
  if (payload.empty()) {
    out.error = "a packet without a message";
    return;
  }
  const Row* row = find_row(payload[0], context);
  if (row == nullptr) return describe_unknown(payload, context, out);
  out.layer = row->layer;
  out.type = row->type;
  try {
    out.fields = row->read(payload);
  } catch (const ProtocolError& e) {  // the session goes on: the framing is intact
    out.fields.clear();
    out.error = e.what();
  }
}

}  // namespace ssh2core
