// Values of a trace out of message structs: one walk over their kFields, so that no message needs
// code of its own here.
#pragma once

#include <type_traits>

#include "libssh2core/capture/trace.h"
#include "libssh2core/sftp/extension_messages.h"
#include "libssh2core/sftp/messages.h"
#include "libssh2core/wire/codec.h"

namespace ssh2core {

/// The name as the trace has it: `_` for the hyphens of the SFTP drafts.
inline std::string trace_name(std::string_view name) {
  std::string text(name);
  for (char& c : text)
    if (c == '-' || c == ' ') c = '_';
  return text;
}

inline TraceValue trace_value(bool v) { return {v}; }
inline TraceValue trace_value(std::uint8_t v) { return {std::uint64_t{v}}; }
inline TraceValue trace_value(std::uint32_t v) { return {std::uint64_t{v}}; }
inline TraceValue trace_value(std::uint64_t v) { return {v}; }
inline TraceValue trace_value(std::string_view v) { return {std::string(v)}; }
inline TraceValue trace_value(const std::string& v) { return {v}; }
inline TraceValue trace_value(ByteView v) { return {TraceValue::Data{v}}; }
inline TraceValue trace_value(Tail v) { return {TraceValue::Data{v.bytes}}; }
inline TraceValue trace_value(Mpint v) { return {TraceValue::Data{v.magnitude}}; }
inline TraceValue trace_value(sftp::Path v) { return {std::string(v.text)}; }
inline TraceValue trace_value(const sftp::Paths& v) {
  TraceValue::List list;
  for (const sftp::Path path : v.list) list.push_back(trace_value(path));
  return {std::move(list)};
}
inline TraceValue trace_value(sftp::EndFlag v) { return {v.value.value_or(false)}; }
template <std::size_t N>
TraceValue trace_value(const std::array<std::uint8_t, N>& v) {
  return {TraceValue::Hex{{v.begin(), v.end()}}};
}
inline TraceValue trace_value(const NameList& names) {
  TraceValue::List list;
  for (const std::string& name : names) list.push_back({name});
  return {std::move(list)};
}
TraceValue trace_value(const sftp::Attributes& attributes);
TraceValue trace_value(const sftp::Statvfs& figures);

template <class Message>
  requires requires { Message::kFields; }
TraceFields trace_fields(const Message& message, sftp::ProtocolVersion version = 3);

template <class Entry>
  requires requires { Entry::kFields; }
TraceValue trace_value(const std::vector<Entry>& entries, sftp::ProtocolVersion version) {
  TraceValue::List list;
  for (const Entry& entry : entries) list.push_back({trace_fields(entry, version)});
  return {std::move(list)};
}
inline TraceValue trace_value(const sftp::ExtensionPairs& pairs, sftp::ProtocolVersion version) {
  return trace_value(pairs.list, version);
}

/// The fields of a message, in wire order; of an SFTP message those that `version` has.
template <class Message>
  requires requires { Message::kFields; }
TraceFields trace_fields(const Message& message, [[maybe_unused]] sftp::ProtocolVersion version) {
  TraceFields fields;
  [[maybe_unused]] const auto add = [&](const auto& field) {
    if constexpr (requires { field.versions; }) {
      if (!field.versions.contain(version)) return;
    }
    const auto& value = message.*field.member;
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(value)>, sftp::EndFlag>)
      if (!value.value) return;  // not said
    if constexpr (requires { trace_value(value, version); })
      fields.push_back({trace_name(field.name), trace_value(value, version)});
    else
      fields.push_back({trace_name(field.name), trace_value(value)});
  };
  std::apply([&](const auto&... field) { (add(field), ...); }, Message::kFields);
  return fields;
}

}  // namespace ssh2core
