#include "tools/sftpd-lite/log/event_log.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <nlohmann/json.hpp>

#include "tools/common/version.h"

namespace ssh2core::tools {

namespace {

using Json = nlohmann::ordered_json;

/// Bytes of one text in a line: a path that the system takes has no more, and what else a peer
/// sends must not fill the disk.
constexpr std::size_t kLongestText = 4096;

std::int64_t microseconds_now() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

using Value = std::variant<std::string_view, std::uint64_t, double, bool>;

/// An event as both renderings need it: name, how loud it is, fields in order. Texts are borrowed
/// from the event.
struct Rendered {
  std::string_view name;
  LogLevel level;
  std::vector<std::pair<std::string_view, Value>> fields;
  void add_if(bool condition, std::string_view key, Value value) {
    if (condition) fields.emplace_back(key, value);
  }
};

struct Render {
  double seconds;  // since the session began

  Rendered operator()(const server::SessionOpen& e) const {
    return {"session_open", LogLevel::Info, {{"peer", e.peer}, {"banner", e.banner}}};
  }
  Rendered operator()(const server::Negotiated& e) const {
    return {"negotiated",
            LogLevel::Debug,
            {{"kex", e.kex},
             {"host_key", e.host_key},
             {"cipher_in", e.cipher_in},
             {"cipher_out", e.cipher_out},
             {"mac_in", e.mac_in},
             {"mac_out", e.mac_out},
             {"compression_in", e.compression_in},
             {"compression_out", e.compression_out},
             {"strict_kex", e.strict_kex}}};
  }
  Rendered operator()(const server::AuthAttempt& e) const {
    Rendered line{"auth",
                  e.result == "query" ? LogLevel::Debug : LogLevel::Info,
                  {{"user", e.user}, {"method", e.method}, {"result", e.result}}};
    line.add_if(!e.key_fingerprint.empty(), "key_fingerprint", e.key_fingerprint);
    line.add_if(!e.reason.empty(), "reason", e.reason);
    return line;
  }
  Rendered operator()(const server::ChannelChange& e) const {
    Rendered line{"channel",
                  e.what == "refused" ? LogLevel::Info : LogLevel::Debug,
                  {{"channel", std::uint64_t{e.channel}}, {"what", e.what}}};
    line.add_if(!e.detail.empty(), "detail", e.detail);
    return line;
  }
  Rendered operator()(const server::SftpStarted& e) const {
    return {"sftp", LogLevel::Debug, {{"version", std::uint64_t{e.version}}}};
  }
  Rendered operator()(const server::FileDone& e) const {
    Rendered line{"file", LogLevel::Info, {{"op", e.op}, {"path", e.path}}};
    line.add_if(!e.path2.empty(), "path2", e.path2);
    line.add_if(true, "bytes", e.bytes);
    line.add_if(true, "status", std::uint64_t{e.status});
    line.add_if(e.error != 0, "errno", static_cast<std::uint64_t>(e.error));
    line.add_if(e.aborted, "aborted", true);
    return line;
  }
  Rendered operator()(const server::Request&) const { return {"", LogLevel::Quiet, {}}; }
  Rendered operator()(const server::Rekeyed& e) const {
    return {"rekey", LogLevel::Debug, {{"count", e.count}}};
  }
  Rendered operator()(const server::Problem& e) const {
    return {"problem", LogLevel::Warning, {{"what", e.what}}};
  }
  Rendered operator()(const server::SessionClose& e) const {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto time = [](const timeval& t) {
      return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return {"session_close",
            LogLevel::Info,
            {{"reason", e.reason},
             {"bytes_in", e.bytes_in},
             {"bytes_out", e.bytes_out},
             {"seconds", seconds},
             {"cpu_seconds", time(usage.ru_utime) + time(usage.ru_stime)},
             {"max_rss", static_cast<std::uint64_t>(usage.ru_maxrss) * 1024}}};
  }
};

/// The value as it stands behind `key=`: quoted where it would not be one word.
struct TextValue {
  std::string& out;
  void operator()(std::string_view text) const {
    const std::string shown = printable(text);
    const bool quoted = shown.empty() || shown.find_first_of(" \"=") != std::string::npos;
    if (quoted) out += '"';
    out += shown;
    if (quoted) out += '"';
  }
  void operator()(std::uint64_t number) const { out += std::to_string(number); }
  void operator()(double number) const { out += fmt::format("{:.6f}", number); }
  void operator()(bool truth) const { out += truth ? "true" : "false"; }
};

/// "name key=value key="two words""
std::string to_text(const Rendered& event) {
  std::string text(event.name);
  for (const auto& [key, value] : event.fields) {
    text.append(" ").append(key).append("=");
    std::visit(TextValue{text}, value);
  }
  return text;
}

}  // namespace

std::size_t shown_bytes(std::string_view text) {
  const auto byte = [text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
  if (first < 0xc2 || first > 0xf4) return 0;
  const std::size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (text.size() < length) return 0;
  std::uint32_t code = first & (0x7fU >> length);
  for (std::size_t at = 1; at < length; ++at) {
    if ((byte(at) & 0xc0) != 0x80) return 0;
    code = code << 6 | (byte(at) & 0x3fU);
  }
  constexpr std::array<std::uint32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
  if (code < kSmallest[length] || code > 0x10ffff) return 0;
  constexpr std::array<std::array<std::uint32_t, 2>, 5> kHidden{
      {{0x80, 0x9f}, {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2066, 0x2069}, {0xd800, 0xdfff}}};
  const bool hidden = std::ranges::any_of(
      kHidden, [code](const auto& range) { return code >= range[0] && code <= range[1]; });
  return hidden ? 0 : length;
}

std::string timestamp_now() {
  const std::int64_t now = microseconds_now();
  const time_t seconds = now / 1000000;
  tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", utc.tm_year + 1900,
                     utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                     now % 1000000);
}

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const char c = text[0];
    const std::size_t shown = shown_bytes(text);
    if (c == '"' || c == '\\') out += '\\';
    if (shown != 0)
      out += text.substr(0, shown);
    else
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    text.remove_prefix(std::max<std::size_t>(shown, 1));
  }
  return out;
}

void EventLog::write_json(Json line) {
  if (first_) {
    first_ = false;
    line["schema"] = "ssh2core/sftpd-lite/events/1";
    line["tool_version"] = project_version();
    line["started"] = timestamp_now();
  }
  outputs_.json.write(LogLevel::Info, line.dump(-1, ' ', true, Json::error_handler_t::replace));
}

void EventLog::write_text(LogLevel level, const std::string& text) const {
  const std::string where = session_.empty() ? "" : fmt::format("[{} {}] ", session_, peer_);
  if (outputs_.trace)
    outputs_.trace.write(level, fmt::format("{} {}{}", timestamp_now(), where, text));
  if (!outputs_.text || level > outputs_.level || outputs_.level == LogLevel::Quiet) return;
  outputs_.text.write(level, outputs_.text.is_syslog()
                                 ? where + text
                                 : fmt::format("{} {}{}", timestamp_now(), where, text));
}

void EventLog::message(LogLevel level, const std::string& text) const { write_text(level, text); }

void EventLog::on_listening(const std::string& host, unsigned port,
                            const std::vector<std::string>& keys) {
  if (outputs_.json)
    write_json({{"event", "listening"},
                {"time", timestamp_now()},
                {"host", host},
                {"port", port},
                {"host_keys", keys}});
  write_text(LogLevel::Info, fmt::format("listening on {} port {}", host, port));
}

void EventLog::on_event(const server::Event& event) {
  if (const auto* open = std::get_if<server::SessionOpen>(&event)) peer_ = open->peer;
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
  Rendered line = std::visit(Render{seconds}, event);
  for (auto& [key, value] : line.fields)
    if (auto* text = std::get_if<std::string_view>(&value)) *text = text->substr(0, kLongestText);
  if ((outputs_.text && line.level <= outputs_.level) || outputs_.trace)
    write_text(line.level, to_text(line));
  if (!outputs_.json) return;
  Json json = {{"event", line.name}, {"time", timestamp_now()}, {"session", session_}};
  if (line.name == "session_open") json["id"] = session_;
  for (const auto& [key, value] : line.fields)
    std::visit([&json, k = std::string(key)](const auto& plain) { json[k] = plain; }, value);
  write_json(std::move(json));
}

}  // namespace ssh2core::tools
