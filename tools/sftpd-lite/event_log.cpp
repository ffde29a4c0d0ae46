#include "tools/sftpd-lite/event_log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "tools/common/version.h"

namespace ssh2core::tools {

namespace {

using Json = nlohmann::ordered_json;

std::int64_t microseconds_now() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// An event as both renderings need it: name, fields in order, and how loud it is.
struct Rendered {
  std::string_view name;
  LogLevel level = LogLevel::Info;
  Json fields = Json::object();
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
    if (!e.key_fingerprint.empty()) line.fields["key_fingerprint"] = e.key_fingerprint;
    if (!e.reason.empty()) line.fields["reason"] = e.reason;
    return line;
  }
  Rendered operator()(const server::ChannelChange& e) const {
    Rendered line{"channel",
                  e.what == "refused" ? LogLevel::Info : LogLevel::Debug,
                  {{"channel", e.channel}, {"what", e.what}}};
    if (!e.detail.empty()) line.fields["detail"] = e.detail;
    return line;
  }
  Rendered operator()(const server::SftpStarted& e) const {
    return {"sftp", LogLevel::Debug, {{"version", e.version}}};
  }
  Rendered operator()(const server::FileDone& e) const {
    Rendered line{"file", LogLevel::Info, {{"op", e.op}, {"path", e.path}}};
    if (!e.path2.empty()) line.fields["path2"] = e.path2;
    line.fields["bytes"] = e.bytes;
    line.fields["status"] = e.status;
    if (e.error != 0) line.fields["errno"] = e.error;
    if (e.aborted) line.fields["aborted"] = true;
    return line;
  }
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

/// "name key=value key="two words""
std::string to_text(const Rendered& event) {
  std::string text(event.name);
  for (const auto& [key, value] : event.fields.items()) {
    std::string shown = value.is_string() ? printable(value.get<std::string>()) : value.dump();
    if (shown.empty() || shown.find_first_of(" \"=") != std::string::npos)
      shown = fmt::format("\"{}\"", shown);
    text += fmt::format(" {}={}", key, shown);
  }
  return text;
}

}  // namespace

std::string timestamp_now() {
  const std::int64_t now = microseconds_now();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", fmt::gmtime(static_cast<time_t>(now / 1000000)),
                     now % 1000000);
}

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out += std::string("\\") + c;
    else if (byte < 0x20 || byte == 0x7f)
      out += fmt::format("\\x{:02x}", byte);
    else
      out += c;
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
  outputs_.json.write(LogLevel::Info, line.dump(-1, ' ', false, Json::error_handler_t::replace));
}

void EventLog::write_text(LogLevel level, const std::string& text) const {
  if (!outputs_.text || level > outputs_.level || outputs_.level == LogLevel::Quiet) return;
  const std::string where = session_.empty() ? "" : fmt::format("[{} {}] ", session_, peer_);
  outputs_.text.write(level, outputs_.text.to_syslog()
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
  if (started_ == 0) started_ = microseconds_now();
  if (const auto* open = std::get_if<server::SessionOpen>(&event)) peer_ = open->peer;
  const double seconds = static_cast<double>(microseconds_now() - started_) / 1e6;
  const Rendered line = std::visit(Render{seconds}, event);
  if (outputs_.text && line.level <= outputs_.level) write_text(line.level, to_text(line));
  if (!outputs_.json) return;
  Json json = {{"event", line.name}, {"time", timestamp_now()}, {"session", session_}};
  if (line.name == "session_open") json["id"] = session_;
  json.update(line.fields);
  write_json(std::move(json));
}

}  // namespace ssh2core::tools
