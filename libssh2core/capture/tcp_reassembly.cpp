#include "libssh2core/capture/tcp_reassembly.h"

#include <algorithm>

namespace ssh2core {

namespace {
// Closed connections are remembered, so that a late repetition does not open one anew.
constexpr std::size_t kMostClosed = 1024;
}  // namespace

TcpReassembly::Key TcpReassembly::key_of(const TcpSegment& segment) {
  // The ends in a fixed order, so that both directions have the same key.
  const auto end_key = [](const CaptureEnd& end) {
    std::array<std::uint8_t, 18> key{};
    std::ranges::copy(end.address, key.begin());
    key[16] = static_cast<std::uint8_t>(end.port >> 8);
    key[17] = static_cast<std::uint8_t>(end.port);
    return key;
  };
  const auto a = end_key(segment.source), b = end_key(segment.target);
  Key key{};
  key[0] = segment.source.ipv6 ? 6 : 4;
  std::ranges::copy(std::min(a, b), key.begin() + 1);
  std::ranges::copy(std::max(a, b), key.begin() + 19);
  return key;
}

/// The position that `sequence` means: the one within 2^31 of what is waited for. Those before the
/// stream's beginning come out as huge numbers.
std::uint64_t TcpReassembly::position(const Stream& stream, std::uint32_t sequence) {
  const std::uint32_t next = stream.first + static_cast<std::uint32_t>(stream.next);
  const auto distance = static_cast<std::int32_t>(sequence - next);
  return stream.next + static_cast<std::uint64_t>(static_cast<std::int64_t>(distance));
}

TcpReassembly::Connection* TcpReassembly::find_or_open(const TcpSegment& segment,
                                                       Clock::Wall time) {
  const Key key = key_of(segment);
  const auto at = connections_.find(key);
  const bool opens = segment.syn && !segment.ack;
  if (at != connections_.end()) {
    Connection& known = at->second;
    if (!opens || (known.about.from_start && known.client_isn == segment.sequence)) return &known;
    close(known, time);  // the same ports, used again
    --closed_;
    connections_.erase(at);
  } else if (!segment.syn && segment.payload.empty()) {
    return nullptr;
  }
  end_silent(time);
  forget_closed();
  Connection& made = connections_[key];
  made.about.id = ++last_id_;
  made.about.from_start = segment.syn;
  const bool from_client = segment.syn ? !segment.ack : segment.source.port >= segment.target.port;
  made.about.client = from_client ? segment.source : segment.target;
  made.about.server = from_client ? segment.target : segment.source;
  if (opens) made.client_isn = segment.sequence;
  return &made;
}

void TcpReassembly::segment(const TcpSegment& segment, Clock::Wall time) {
  Connection* found = find_or_open(segment, time);
  if (found == nullptr || found->closed) return;
  Connection& connection = *found;
  connection.last_segment = ++segments_;
  const bool from_client = segment.source.port == connection.about.client.port &&
                           segment.source.address == connection.about.client.address;
  const Way way = from_client ? Way::ToServer : Way::ToClient;
  Stream& stream = connection.streams[index_of(way)];
  Stream& back = connection.streams[index_of(other_way(way))];
  if (!stream.begun) {
    stream.begun = true;
    stream.first = segment.sequence + (segment.syn ? 1 : 0);
  }
  if (segment.ack && !segment.rst) {
    if (!back.begun) {  // its beginning is not in the capture: the other end knows where it stands
      back.begun = true;
      back.first = segment.acknowledged;
    }
    const std::uint64_t acknowledged = position(back, segment.acknowledged);
    if (acknowledged - back.next < std::uint64_t{1} << 32)
      back.acknowledged = std::max(back.acknowledged, acknowledged);
  }
  if (!segment.syn) place(connection, way, segment, time);
  const auto ended = [](const Stream& s) { return s.fin && s.next >= *s.fin; };
  if (segment.rst || (ended(stream) && ended(back))) close(connection, time);
}

/// Whether all that was acknowledged came out. One byte more may be a FIN that was not captured.
bool TcpReassembly::has_come_to(const Stream& stream, std::uint64_t acknowledged) {
  const auto ahead = static_cast<std::int64_t>(acknowledged - stream.next);
  return ahead <= 1 || (stream.fin && stream.next >= *stream.fin);
}

void TcpReassembly::place(Connection& connection, Way way, const TcpSegment& segment,
                          Clock::Wall time) {
  Stream& stream = connection.streams[index_of(way)];
  const Stream& back = connection.streams[index_of(other_way(way))];
  auto ahead = static_cast<std::int64_t>(position(stream, segment.sequence) - stream.next);
  const auto length = static_cast<std::int64_t>(segment.payload.size() + segment.cut_off);
  if (segment.fin && !stream.fin && ahead + length >= 0)
    stream.fin = stream.next + static_cast<std::uint64_t>(ahead + length);
  if (length == 0 || ahead + length <= 0) return;  // nothing, or nothing new
  // As far as it is known already, it is left out. What was cut off is the end.
  ByteView bytes = segment.payload;
  std::size_t cut_off = segment.cut_off;
  if (ahead < 0) {
    const auto known = std::min(static_cast<std::size_t>(-ahead), bytes.size());
    bytes = bytes.subspan(known);
    cut_off -= static_cast<std::size_t>(-ahead) - known;
    ahead = 0;
  }
  connection.used = true;
  const std::uint64_t after = segment.ack ? position(back, segment.acknowledged) : std::uint64_t{0};
  if (ahead == 0 && has_come_to(back, after)) {
    deliver(connection, way, bytes, cut_off, time);
    return deliver_ready(connection, time);
  }
  keep(stream, stream.next + static_cast<std::uint64_t>(ahead), {bytes, cut_off, after});
  while (stream.waiting_bytes > kMostWaitingBytes || stream.waiting.size() > kMostWaitingSegments)
    give_up_waiting(connection, way, time);
}

void TcpReassembly::keep(Stream& stream, std::uint64_t at, const Piece& piece) {
  const auto [entry, is_new] = stream.waiting.try_emplace(at);
  Waiting& kept = entry->second;
  kept.after = is_new ? piece.after : std::min(kept.after, piece.after);
  if (!is_new && kept.bytes.size() >= piece.bytes.size()) return;
  stream.waiting_bytes += piece.bytes.size() - kept.bytes.size();
  kept.bytes.assign(piece.bytes.begin(), piece.bytes.end());
  kept.cut_off = piece.cut_off;
}

void TcpReassembly::deliver(Connection& connection, Way way, ByteView bytes, std::size_t cut_off,
                            Clock::Wall time) {
  connection.streams[index_of(way)].next += bytes.size();
  if (!bytes.empty()) sink_.on_bytes(connection.about, way, bytes, time);
  if (cut_off != 0) gap(connection, way, cut_off, time);
}

/// What one stream has may be what the other waits for.
void TcpReassembly::deliver_ready(Connection& connection, Clock::Wall time) {
  bool moved = true;
  while (moved) {
    moved = false;
    for (const Way way : {Way::ToServer, Way::ToClient})
      while (deliver_first(connection, way, time)) moved = true;
  }
}

bool TcpReassembly::deliver_first(Connection& connection, Way way, Clock::Wall time) {
  Stream& stream = connection.streams[index_of(way)];
  const Stream& back = connection.streams[index_of(other_way(way))];
  if (stream.waiting.empty()) return false;
  const auto& [at, first] = *stream.waiting.begin();
  if (at > stream.next || !has_come_to(back, first.after)) return false;
  auto node = stream.waiting.extract(stream.waiting.begin());
  const Waiting& kept = node.mapped();
  stream.waiting_bytes -= kept.bytes.size();
  const std::uint64_t overlap = stream.next - node.key();
  if (overlap >= kept.bytes.size() + kept.cut_off) return true;
  const auto known = static_cast<std::size_t>(std::min<std::uint64_t>(overlap, kept.bytes.size()));
  const auto cut_off = static_cast<std::size_t>(kept.cut_off - (overlap - known));
  deliver(connection, way, ByteView(kept.bytes).subspan(known), cut_off, time);
  return true;
}

/// What the first waiting segment of a stream waits for is lost.
void TcpReassembly::give_up_waiting(Connection& connection, Way way, Clock::Wall time) {
  Stream& stream = connection.streams[index_of(way)];
  Stream& back = connection.streams[index_of(other_way(way))];
  auto& [at, first] = *stream.waiting.begin();
  if (at > stream.next) {
    gap(connection, way, at - stream.next, time);
  } else {
    const std::uint64_t end =
        back.waiting.empty() ? first.after : std::min(first.after, back.waiting.begin()->first);
    first.after = 0;
    if (end > back.next) gap(connection, other_way(way), end - back.next, time);
  }
  deliver_ready(connection, time);
}

void TcpReassembly::gap(Connection& connection, Way way, std::uint64_t count, Clock::Wall time) {
  connection.used = true;
  connection.streams[index_of(way)].next += count;
  sink_.on_gap(connection.about, way, count, time);
}

void TcpReassembly::close(Connection& connection, Clock::Wall time) {
  if (connection.closed) return;
  connection.closed = true;
  ++closed_;
  for (const Way way : {Way::ToServer, Way::ToClient})
    while (!connection.streams[index_of(way)].waiting.empty())
      give_up_waiting(connection, way, time);
  for (const Way way : {Way::ToServer, Way::ToClient}) {
    const Stream& stream = connection.streams[index_of(way)];
    // What the other end acknowledged was there. One byte more may be a FIN that was not captured.
    std::uint64_t end = stream.next;
    if (stream.fin)
      end = *stream.fin;
    else if (stream.acknowledged > stream.next + 1)
      end = stream.acknowledged;
    if (end > stream.next) gap(connection, way, end - stream.next, time);
  }
  if (connection.used) sink_.on_end(connection.about, time);
}

/// Half of them at once, so that looking for them costs little for each new connection.
void TcpReassembly::end_silent(Clock::Wall time) {
  if (connections_.size() - closed_ < kMostOpen) return;
  std::vector<std::uint64_t> latest;
  for (const auto& [key, connection] : connections_)
    if (!connection.closed) latest.push_back(connection.last_segment);
  const auto middle = latest.begin() + static_cast<std::ptrdiff_t>(latest.size() / 2);
  std::ranges::nth_element(latest, middle);
  for (auto& [key, connection] : connections_)
    if (connection.last_segment < *middle) close(connection, time);
}

void TcpReassembly::forget_closed() {
  if (closed_ <= kMostClosed) return;
  for (auto at = connections_.begin(); at != connections_.end() && closed_ > kMostClosed / 2;) {
    if (at->second.closed) {
      at = connections_.erase(at);
      --closed_;
    } else {
      ++at;
    }
  }
}

void TcpReassembly::end(Clock::Wall time) {
  for (auto& [key, connection] : connections_) close(connection, time);
}

}  // namespace ssh2core
