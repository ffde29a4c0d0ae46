#include "libssh2core/capture/decoder.h"

#include <algorithm>

namespace ssh2core {

namespace {

constexpr std::string_view kPrefix = "SSH-";
constexpr std::size_t kMostEarly = 64 << 10;  // bytes of a server's other lines, before a client's
constexpr std::uint16_t kSshPort = 22;

/// Whether a stream begins as SSH does; nullopt while that is open.
std::optional<bool> begins_as_ssh(ByteView bytes) {
  const std::string_view start = as_text(bytes.first(std::min(bytes.size(), kPrefix.size())));
  if (!kPrefix.starts_with(start)) return false;
  if (start.size() < kPrefix.size()) return std::nullopt;
  return true;
}

}  // namespace

void Decoder::frame(const CapturedFrame& frame) {
  last_ = std::max(last_, frame.time);
  if (const auto segment = find_tcp(frame.link_type, frame.bytes))
    reassembly_.segment(*segment, frame.time);
}

void Decoder::end() { reassembly_.end(last_); }

Decoder::Connection& Decoder::connection(const TcpConnection& about) {
  const auto [at, is_new] = open_.try_emplace(about.id);
  if (is_new) ++connections_;
  return at->second;
}

void Decoder::on_bytes(const TcpConnection& about, Way way, ByteView bytes, Clock::Wall time) {
  Connection& from = connection(about);
  if (from.foreign) return;
  if (from.session) return from.session->received(way, bytes, time);
  if (from.missing[index_of(way)] != 0) return;  // this is no beginning
  Bytes& early = from.early[index_of(way)];
  early.insert(early.end(), bytes.begin(), bytes.end());
  const auto ssh = begins_as_ssh(early);
  if (ssh == true) return begin_session(about, from, time);
  // A server may say other lines first (RFC 4253 section 4.2): then the client's line decides.
  const bool is_server = way == Way::ToClient;
  if (ssh == false && (!is_server || early.size() > kMostEarly)) refuse(about, from, time);
}

void Decoder::begin_session(const TcpConnection& about, Connection& made, Clock::Wall time) {
  TraceSession session;
  session.id = ++sessions_;
  session.client = about.client;
  session.server = about.server;
  made.session = std::make_unique<SessionDecoder>(std::move(session), keys_, sink_);
  for (const Way way : {Way::ToClient, Way::ToServer}) {
    const Bytes early = std::exchange(made.early[index_of(way)], {});
    if (!early.empty()) made.session->received(way, early, time);
    const std::uint64_t missing = made.missing[index_of(way)];
    if (missing != 0) made.session->missing(way, missing, time);
  }
}

/// No SSH, or SSH whose beginning is not in the capture: on its own port that is said.
void Decoder::refuse(const TcpConnection& about, Connection& made, Clock::Wall time) {
  made.foreign = true;
  made.early = {};
  if (about.server.port != kSshPort) return;
  TraceMessage message;
  message.time = time;
  message.fields = {{"from", {address_text(about.client)}}, {"to", {address_text(about.server)}}};
  message.error = about.from_start
                      ? "a connection to port 22 that does not begin as SSH does"
                      : "a connection to port 22 whose beginning is not in the capture";
  sink_.on_message(message);
}

void Decoder::on_gap(const TcpConnection& about, Way way, std::uint64_t count, Clock::Wall time) {
  Connection& from = connection(about);
  if (from.foreign) return;
  if (from.session) return from.session->missing(way, count, time);
  from.missing[index_of(way)] += count;  // the other stream may show that it is SSH
}

void Decoder::on_end(const TcpConnection& about, Clock::Wall time) {
  const auto at = open_.find(about.id);
  if (at == open_.end()) return;
  Connection& ended = at->second;
  if (ended.session)
    ended.session->end(time);
  else if (!ended.foreign)
    refuse(about, ended, time);
  open_.erase(at);
}

}  // namespace ssh2core
