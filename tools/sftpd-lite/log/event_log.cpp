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
using enum TraceChannel;

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
  LogBit bit;
  TraceChannel channel;
  unsigned trace;  // the level of Trace
  std::vector<std::pair<std::string_view, Value>> fields;
  void add_if(bool condition, std::string_view key, Value value) {
    if (condition) fields.emplace_back(key, value);
  }
};

struct Render {
  double seconds;  // since the session began

  Rendered operator()(const server::SessionOpen& e) const {
    return {"session_open",
            LogLevel::Info,
            kLogConnections,
            Ssh2,
            1,
            {{"peer", e.peer}, {"banner", e.banner}}};
  }
  Rendered operator()(const server::Negotiated& e) const {
    return {"negotiated",
            LogLevel::Debug,
            kLogDebugging,
            Ssh2,
            3,
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
    const bool query = e.result == "query";
    Rendered line{"auth",
                  query ? LogLevel::Debug : LogLevel::Info,
                  query ? kLogDebugging : kLogLogins,
                  Ssh2,
                  query ? 5U : 1U,
                  {{"user", e.user}, {"method", e.method}, {"result", e.result}}};
    line.add_if(!e.key_fingerprint.empty(), "key_fingerprint", e.key_fingerprint);
    line.add_if(!e.reason.empty(), "reason", e.reason);
    return line;
  }
  Rendered operator()(const server::ChannelChange& e) const {
    Rendered line{"channel",
                  e.what == "refused" ? LogLevel::Info : LogLevel::Debug,
                  kLogHandOvers,
                  Ssh2,
                  e.what == "refused" ? 1U : 5U,
                  {{"channel", std::uint64_t{e.channel}}, {"what", e.what}}};
    line.add_if(!e.detail.empty(), "detail", e.detail);
    return line;
  }
  Rendered operator()(const server::SftpStarted& e) const {
    return {
        "sftp", LogLevel::Debug, kLogHandOvers, Sftp, 3, {{"version", std::uint64_t{e.version}}}};
  }
  Rendered operator()(const server::ClientProduct& e) const {
    return {
        "vendor_id",
        LogLevel::Debug,
        kLogDebugging,
        Sftp,
        3,
        {{"vendor", e.vendor}, {"product", e.product}, {"version", e.version}, {"build", e.build}}};
  }
  Rendered operator()(const server::FileDone& e) const {
    const bool scp = e.protocol == server::FileProtocol::Scp;
    Rendered line{
        "file", LogLevel::Info, kLogFiles, scp ? Scp : Sftp, 1, {{"op", e.op}, {"path", e.path}}};
    line.add_if(!e.path2.empty(), "path2", e.path2);
    line.add_if(true, "bytes", e.bytes);
    line.add_if(true, "status", std::uint64_t{e.status});
    line.add_if(e.error != 0, "errno", static_cast<std::uint64_t>(e.error));
    line.add_if(e.aborted, "aborted", true);
    line.add_if(scp, "protocol", "scp");
    return line;
  }
  Rendered operator()(const server::Request& e) const {
    const bool ssh = e.layer == server::Request::Layer::Ssh;
    Rendered line{"request",      LogLevel::Debug,
                  kLogRequests,   ssh ? Ssh2 : Sftp,
                  kTraceRequests, {{"layer", ssh ? "ssh2" : "sftp"}, {"name", e.name}}};
    line.add_if(!e.argument.empty(), "argument", e.argument);
    line.add_if(!e.path.empty(), "path", e.path);
    line.add_if(!e.path2.empty(), "path2", e.path2);
    line.add_if(!e.handle.empty(), "handle", e.handle);
    line.add_if(e.offset.has_value(), "offset", e.offset.value_or(0));
    line.add_if(e.length.has_value(), "length", e.length.value_or(0));
    line.add_if(e.bytes.has_value(), "bytes", e.bytes.value_or(0));
    line.add_if(e.status.has_value(), "status", std::uint64_t{e.status.value_or(0)});
    line.add_if(e.error != 0, "errno", static_cast<std::uint64_t>(e.error));
    return line;
  }
  Rendered operator()(const server::Rekeyed& e) const {
    return {"rekey", LogLevel::Debug, kLogDebugging, Ssh2, 3, {{"count", e.count}}};
  }
  Rendered operator()(const server::Problem& e) const {
    return {"problem", LogLevel::Warning, kLogWarnings, Ssh2, 1, {{"what", e.what}}};
  }
  Rendered operator()(const server::SessionClose& e) const {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto time = [](const timeval& t) {
      return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return {"session_close",
            LogLevel::Info,
            kLogConnections,
            Ssh2,
            1,
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

bool LogOutputs::shows(LogLevel of_line, unsigned bit) const {
  if (!text) return false;
  if (mask) return (*mask & bit) != 0;
  if (bit == kLogRequests) return requests;
  return of_line <= level && level != LogLevel::Quiet;
}

std::string EventLog::line_of(const std::string& text, bool stamp) const {
  const std::string where = session_.empty() ? "" : fmt::format("[{} {}] ", session_, peer_);
  return stamp ? fmt::format("{} {}{}", timestamp_now(), where, text) : where + text;
}

void EventLog::write_text(LogLevel level, unsigned bit, const std::string& text) const {
  if (!outputs_.shows(level, bit)) return;
  const bool stamp =
      !outputs_.text.is_syslog() && (outputs_.mask.value_or(kLogStamps) & kLogStamps);
  outputs_.text.write(level, line_of(text, stamp));
}

void EventLog::message(LogLevel level, const std::string& text) const {
  constexpr unsigned kBits[] = {kLogDebugging, kLogErrors, kLogWarnings, kLogConnections,
                                kLogDebugging};
  if (outputs_.trace) outputs_.trace.write(level, line_of(text, true));
  write_text(level, kBits[static_cast<std::size_t>(level)], text);
}

sftp::Wanted EventLog::wanted() const {
  const bool traced = outputs_.trace && outputs_.traces.requests();
  return outputs_.requests || traced ? sftp::Wanted::Requests : sftp::Wanted::Files;
}

void EventLog::on_listening(const std::string& host, unsigned port,
                            const std::vector<std::string>& keys) {
  if (outputs_.json)
    write_json({{"event", "listening"},
                {"time", timestamp_now()},
                {"host", host},
                {"port", port},
                {"host_keys", keys}});
  write_text(LogLevel::Info, kLogConnections, fmt::format("listening on {} port {}", host, port));
}

void EventLog::on_event(const server::Event& event) {
  if (const auto* open = std::get_if<server::SessionOpen>(&event)) peer_ = open->peer;
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
  Rendered line = std::visit(Render{seconds}, event);
  for (auto& [key, value] : line.fields)
    if (auto* text = std::get_if<std::string_view>(&value)) *text = text->substr(0, kLongestText);
  const bool traced = outputs_.trace && outputs_.traces.take(line.channel, line.trace);
  if (traced || outputs_.shows(line.level, line.bit)) {
    const std::string text = to_text(line);
    if (traced) outputs_.trace.write(line.level, line_of(text, true));
    write_text(line.level, line.bit, text);
  }
  if (!outputs_.json || (line.bit == kLogRequests && !outputs_.requests)) return;
  Json json = {{"event", line.name}, {"time", timestamp_now()}, {"session", session_}};
  if (line.name == "session_open") json["id"] = session_;
  for (const auto& [key, value] : line.fields)
    std::visit([&json, k = std::string(key)](const auto& plain) { json[k] = plain; }, value);
  write_json(std::move(json));
}

}  // namespace ssh2core::tools
