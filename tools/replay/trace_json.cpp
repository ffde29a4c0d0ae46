#include "tools/replay/trace_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "tools/common/utf8.h"

namespace ssh2core::tools {
namespace {

template <class... Function>
struct Overloaded : Function... {
  using Function::operator()...;
};
template <class... Function>
Overloaded(Function...) -> Overloaded<Function...>;

/// A text of the peer: most are UTF-8, the others are shown in hex.
Json text(std::string_view value) {
  if (is_utf8(value)) return value;
  return {{"hex", hex_text(as_bytes(value))}};
}

}  // namespace

Json TraceJson::data(ByteView bytes) {
  if (bytes.size() > kMostShown) {
    sha256_.update(bytes);
    return {{"length", bytes.size()}, {"sha256", hex_text(sha256_.finish())}};
  }
  if (is_printable(as_text(bytes))) return as_text(bytes);
  return {{"hex", hex_text(bytes)}};
}

Json TraceJson::value(const TraceValue& value) {
  return std::visit(
      Overloaded{[](bool v) { return Json(v); }, [](std::uint64_t v) { return Json(v); },
                 [](std::int64_t v) { return Json(v); },
                 [](const std::string& v) { return text(v); },
                 [&](const TraceValue::Data& v) { return data(v.bytes); },
                 [](const TraceValue::Hex& v) { return Json(hex_text(v.bytes)); },
                 [](TraceValue::Masked) { return Json{{"masked", true}}; },
                 [&](const TraceValue::List& list) {
                   Json array = Json::array();
                   for (const TraceValue& one : list) array.push_back(this->value(one));
                   return array;
                 },
                 [&](const TraceValue::Object& object) {
                   Json result = Json::object();
                   add(result, object);
                   return result;
                 }},
      value.content);
}

void TraceJson::add(Json& object, const TraceFields& fields) {
  for (const TraceMember& member : fields) object[member.name] = value(member.value);
}

Json TraceJson::message(std::uint64_t number, const TraceMessage& message) {
  Json json{{"n", number}, {"time", instant_text(message.time)}};
  if (message.session != 0) {
    json["session"] = message.session;
    json["dir"] = name_of(message.way);
    json["layer"] = name_of(message.layer);
  }
  if (!message.type.empty()) json["type"] = message.type;
  if (message.bytes) json["bytes"] = *message.bytes;
  add(json, message.fields);
  if (!message.error.empty()) json["error"] = message.error;
  return json;
}

Json TraceJson::session(const TraceSession& session) {
  Json json{{"id", session.id},
            {"client", address_text(session.client)},
            {"server", address_text(session.server)}};
  json["client_ident"] = session.client_ident.empty() ? Json() : text(session.client_ident);
  json["server_ident"] = session.server_ident.empty() ? Json() : text(session.server_ident);
  json["negotiated"] = nullptr;
  if (!session.negotiated.empty()) {
    json["negotiated"] = Json::object();
    add(json["negotiated"], session.negotiated);
  }
  return json;
}

}  // namespace ssh2core::tools
