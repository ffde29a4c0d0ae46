#include "libssh2core/server/request_report.h"

#include "libssh2core/auth/messages.h"
#include "libssh2core/connection/messages.h"
#include "libssh2core/transport/messages.h"

namespace ssh2core::server {

namespace {

constexpr std::size_t kMostText = 256;  // bytes of a text that is told

std::string cut(std::string_view text) { return std::string(text.substr(0, kMostText)); }

void append_word(std::string& text, std::string_view word) {
  if (!text.empty()) text += ' ';
  text.append(word.substr(0, kMostText));
}

/// Adds what may be told of a method's details.
void describe_method(std::string& text, const UserAuthRequest& request) {
  const auto with_key = [&text](const auto& details) {
    append_word(text, details.has_signature ? "signed" : "query");
    append_word(text, details.algorithm);
  };
  if (request.method == "password") {
    append_word(text, "(hidden)");
  } else if (request.method == "publickey") {
    with_key(decode_fields<PublicKeyDetails>(request.details.bytes));
  } else if (request.method == kHostBoundMethod) {
    with_key(decode_fields<HostBoundDetails>(request.details.bytes));
  } else if (request.method == "hostbased") {
    const auto details = decode_fields<HostBasedDetails>(request.details.bytes);
    for (const std::string_view word :
         {details.algorithm, details.client_host, details.client_user})
      append_word(text, word);
  }
}

std::string describe_login(ByteView payload) {
  const auto request = decode<UserAuthRequest>(payload);
  std::string text = cut(request.user);
  append_word(text, request.method);
  describe_method(text, request);
  return text;
}

std::string describe_channel_request(ByteView payload) {
  const auto request = decode<ChannelRequest>(payload);
  std::string text = cut(request.request);
  if (request.request == "subsystem")
    append_word(text, decode_fields<TextDetails>(request.details.bytes).text);
  if (request.request == "env")
    append_word(text, decode_fields<VariableDetails>(request.details.bytes).name);
  return text;
}

std::string no_argument(ByteView) { return {}; }

struct Row {
  std::uint8_t id;
  std::string_view name;
  std::string (*argument)(ByteView payload);
};

constexpr auto kRows = std::to_array<Row>({
    {ServiceRequest::kId, ServiceRequest::kName,
     [](ByteView payload) { return cut(decode<ServiceRequest>(payload).service); }},
    {UserAuthRequest::kId, UserAuthRequest::kName, describe_login},
    {UserAuthInfoResponse::kId, UserAuthInfoResponse::kName,
     [](ByteView) { return std::string("(hidden)"); }},
    {GlobalRequest::kId, GlobalRequest::kName,
     [](ByteView payload) { return cut(decode<GlobalRequest>(payload).request); }},
    {ChannelOpen::kId, ChannelOpen::kName,
     [](ByteView payload) { return cut(decode<ChannelOpen>(payload).type); }},
    {ChannelRequest::kId, ChannelRequest::kName, describe_channel_request},
    {ChannelEof::kId, ChannelEof::kName, no_argument},
    {ChannelClose::kId, ChannelClose::kName, no_argument},
});

}  // namespace

std::optional<Request> describe_message(ByteView payload) {
  for (const Row& row : kRows) {
    if (payload.empty() || row.id != payload[0]) continue;
    Request told{Request::Layer::Ssh, std::string(row.name), {}};
    try {
      told.argument = row.argument(payload);
    } catch (const ProtocolError&) {
      // Only a description: what a malformed message leads to is decided where it is served.
      told.argument = "(malformed)";
    }
    return told;
  }
  return std::nullopt;
}

}  // namespace ssh2core::server
