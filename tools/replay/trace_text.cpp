#include "tools/replay/trace_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "libssh2core/sftp/status.h"
#include "tools/common/utf8.h"

namespace ssh2core::tools {
namespace {

template <class... Function>
struct Overloaded : Function... {
  using Function::operator()...;
};
template <class... Function>
Overloaded(Function...) -> Overloaded<Function...>;

constexpr std::size_t kMostText = 200;  // of a field, in bytes
constexpr std::size_t kMostData = 24;

std::string quoted(std::string_view text) {
  const bool whole = text.size() <= kMostText;
  return fmt::format("\"{}\"{}", safe_text(text.substr(0, kMostText)), whole ? "" : "...");
}

std::string data_text(ByteView bytes) {
  if (bytes.size() > kMostData) return fmt::format("({} bytes)", bytes.size());
  return is_printable(as_text(bytes)) ? quoted(as_text(bytes)) : hex_text(bytes);
}

std::string value_text(const TraceValue& value);

std::string fields_text(const TraceFields& fields) {
  std::string line;
  for (const TraceMember& member : fields) {
    if (!line.empty()) line += ' ';
    line.append(member.name).append("=").append(value_text(member.value));
  }
  return line;
}

std::string list_text(const TraceValue::List& list) {
  std::string line = "[";
  for (const TraceValue& value : list) {
    if (line.size() > 1) line += ' ';
    const auto* name = std::get_if<std::string>(&value.content);  // of an algorithm, mostly
    line += name != nullptr ? safe_text(*name) : value_text(value);
  }
  return line + "]";
}

std::string value_text(const TraceValue& value) {
  return std::visit(Overloaded{[](bool v) { return std::string(v ? "yes" : "no"); },
                               [](std::uint64_t v) { return std::to_string(v); },
                               [](std::int64_t v) { return std::to_string(v); },
                               [](const std::string& v) { return quoted(v); },
                               [](const TraceValue::Data& v) { return data_text(v.bytes); },
                               [](const TraceValue::Hex& v) { return hex_text(v.bytes); },
                               [](TraceValue::Masked) { return std::string("(masked)"); },
                               [](const TraceValue::List& list) { return list_text(list); },
                               [](const TraceValue::Object& object) {
                                 return fmt::format("{{{}}}", fields_text(object));
                               }},
                    value.content);
}

const TraceMember* find(const TraceFields& fields, std::string_view name) {
  const auto at = std::ranges::find(fields, name, &TraceMember::name);
  return at == fields.end() ? nullptr : &*at;
}

/// " NO_SUCH_FILE" for a STATUS.
std::string status_name(const TraceMessage& message) {
  const TraceMember* code = find(message.fields, "code");
  if (message.type != "STATUS" || code == nullptr) return {};
  const auto number = std::get<std::uint64_t>(code->value.content);
  for (const sftp::StatusEntry& entry : sftp::status_table())
    if (static_cast<std::uint64_t>(entry.code) == number) return fmt::format(" {}", entry.name);
  return {};
}

/// The lists of a KEXINIT have a line each.
std::string kexinit_text(const TraceFields& fields) {
  std::string lines;
  for (const TraceMember& member : fields)
    lines += fmt::format("\n{:>18}{}: {}", "", member.name, value_text(member.value));
  return lines;
}

}  // namespace

std::string TraceText::message(const TraceMessage& message) {
  if (!first_) first_ = message.time;
  const std::chrono::duration<double> since = message.time - *first_;
  std::string line = fmt::format("{:12.6f} ", since.count());
  if (message.session != 0)
    line += fmt::format("{} {} ", message.session, message.way == Way::ToServer ? ">" : "<");
  if (message.layer == Layer::Sftp) line += "  ";
  line += message.type;
  if (message.type == "KEXINIT") {
    line += kexinit_text(message.fields);
  } else {
    line += status_name(message);
    if (message.bytes && (message.type == "ENCRYPTED" || message.type.empty()))
      line += fmt::format(" {} bytes", *message.bytes);
    if (!message.fields.empty()) line.append(" ").append(fields_text(message.fields));
  }
  if (!message.error.empty())
    line += (message.type.empty() ? "error: " : " error: ") + safe_text(message.error);
  return line;
}

std::string TraceText::session(const TraceSession& session) const {
  const auto ident = [](const std::string& line) {
    return line.empty() ? std::string("not seen") : safe_text(line);
  };
  std::string text = fmt::format("session {}: {} ({}) to {} ({})", session.id,
                                 address_text(session.client), ident(session.client_ident),
                                 address_text(session.server), ident(session.server_ident));
  if (!session.negotiated.empty()) text.append("\n  ").append(fields_text(session.negotiated));
  return text;
}

}  // namespace ssh2core::tools
