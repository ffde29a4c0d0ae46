#include "libssh2core/capture/session_decoder.h"

#include <algorithm>

#include "libssh2core/auth/messages.h"
#include "libssh2core/capture/trace_values.h"
#include "libssh2core/transport/messages.h"

namespace ssh2core {

namespace {
bool is_key_exchange_value(std::uint8_t id) { return id >= 30 && id <= 49; }
}  // namespace

SessionDecoder::SessionDecoder(TraceSession about, const KeyLogReader* keys, TraceSink& sink)
    : about_(std::move(about)),
      keys_(keys),
      sink_(sink),
      // Who reads the client's line is a server, and the other way round.
      streams_{Stream(Role::Server), Stream(Role::Client)},
      channels_([this](TraceMessage&& message) { emit(std::move(message)); }) {}

void SessionDecoder::received(Way way, ByteView bytes, Clock::Wall time) {
  time_ = time;
  switch (stream(way).state) {
    case State::Lost:
      stream(way).skipped += bytes.size();
      return;
    case State::Encrypted:
      return show_encrypted(way, bytes.size());
    case State::Identification:
    case State::Packets:
    case State::Keys:
      store(way, bytes);
      return advance();
  }
}

void SessionDecoder::store(Way way, ByteView bytes) {
  // No larger than what came: a capture may hold very many connections of a few bytes.
  stream(way).reader.buffer().append(bytes);
}

/// Handles what is there. What one stream has may be what the other waits for.
void SessionDecoder::advance() {
  bool moved = true;
  while (moved) {
    moved = false;
    for (const Way way : {Way::ToServer, Way::ToClient})
      while (step(way)) moved = true;
  }
}

/// One item of a stream; false when there is none, or not yet.
bool SessionDecoder::step(Way way) {
  try {
    switch (stream(way).state) {
      case State::Identification:
        return read_identification(way);
      case State::Packets:
        return read_packet(way);
      case State::Keys:
        return change_keys(way);
      case State::Encrypted:
      case State::Lost:
        return false;
    }
  } catch (const ProtocolError& e) {  // the framing is lost, or a MAC is wrong
    lose(way, e.what());
  }
  return false;
}

bool SessionDecoder::read_identification(Way way) {
  Stream& from = stream(way);
  Buffer& buffer = from.reader.buffer();
  const std::size_t before = buffer.size();
  auto line = from.identification.read(buffer);
  from.ident_bytes += before - buffer.size();
  if (!line) return false;
  from.state = State::Packets;
  const bool to_server = way == Way::ToServer;
  (to_server ? about_.client_ident : about_.server_ident) = *line;
  TraceMessage message = empty_message(way, Layer::Transport);
  message.type = "IDENTIFICATION";
  message.bytes = from.ident_bytes;
  message.fields = {{"line", {*line}},
                    {"from", {address_text(to_server ? about_.client : about_.server)}},
                    {"to", {address_text(to_server ? about_.server : about_.client)}}};
  if (!from.identification.other_lines().empty())
    message.fields.push_back({"other_lines", {from.identification.other_lines()}});
  session_.identification[index_of(way)] = std::move(*line);
  emit(std::move(message));
  return true;
}

bool SessionDecoder::read_packet(Way way) {
  PacketReader& reader = stream(way).reader;
  auto payload = reader.next();
  if (!payload && reader.resume()) payload = reader.next();
  if (!payload) return false;
  on_payload(way, *payload);
  return true;
}

void SessionDecoder::on_payload(Way way, ByteView payload) {
  TraceMessage message = empty_message(way, Layer::Transport);
  MessageContext context;
  context.auth_method = auth_method_;
  std::string kex_name;
  if (is_key_exchange_value(payload[0])) {
    kex_name = exchange(way).method_name();
    context.kex = exchange(way).method();
    context.kex_name = kex_name;
  }
  describe_message(payload, context, message);
  const bool understood = message.error.empty();
  if (understood && payload[0] == KexInit::kId) on_kexinit(way, payload, message);
  emit(std::move(message));
  if (understood) follow(way, payload);
}

KeyExchangeTrace& SessionDecoder::exchange(Way way) {
  const std::size_t index = stream(way).exchange - first_exchange_;
  while (exchanges_.size() <= index) exchanges_.emplace_back();
  return exchanges_[index];
}

void SessionDecoder::on_kexinit(Way way, ByteView payload, TraceMessage& message) {
  KeyExchangeTrace& current = exchange(way);
  current.on_kexinit(way, payload);
  if (!current.has_both_kexinits()) return;
  const bool is_first = stream(way).exchange == 0;
  if (is_first) session_.strict_kex = current.asks_for_strict_kex();
  AgreedNames names = current.names();
  names.strict_kex = session_.strict_kex;
  if (is_first) about_.negotiated = trace_fields(names);
  message.fields.push_back({"negotiated", {trace_fields(names)}});
}

/// What a message changes in what is known of the session.
void SessionDecoder::follow(Way way, ByteView payload) {
  const std::uint8_t id = payload[0];
  if (is_key_exchange_value(id)) return exchange(way).on_value(way, payload);
  if (id == NewKeys::kId) {
    stream(way).state = State::Keys;
  } else if (id == UserAuthRequest::kId) {
    auth_method_ = decode<UserAuthRequest>(payload).method;
  } else if (id == UserAuthSuccess::kId && way == Way::ToClient) {
    for (Stream& one : streams_) one.reader.on_login();
  } else {
    channels_.on_message(way, payload);
  }
}

/// Behind NEWKEYS: goes on with the new keys, as soon as the other stream has shown its part.
bool SessionDecoder::change_keys(Way way) {
  Stream& from = stream(way);
  KeyExchangeTrace& current = exchange(way);
  const auto found =
      keys_ == nullptr ? KeyExchangeTrace::State::NoKeys : current.find_keys(*keys_, session_);
  if (found == KeyExchangeTrace::State::Incomplete) {
    const State other = stream(other_way(way)).state;
    if (other == State::Lost || other == State::Encrypted)
      lose(way, "a key exchange of which the other direction was not decoded");
    else if (from.reader.buffer().size() > kMostWaiting)
      lose(way, "the other direction's part of the key exchange does not come");
    return false;
  }
  if (found == KeyExchangeTrace::State::NoKeys) {
    if (keys_ != nullptr && stream(other_way(way)).state != State::Encrypted) {
      TraceMessage message = empty_message(way, Layer::Transport);
      message.error = "no keys: " + current.why();
      emit(std::move(message));
    }
    from.state = State::Encrypted;
    if (!from.reader.buffer().empty()) show_encrypted(way, from.reader.buffer().size());
    from.reader = PacketReader();
    return true;
  }
  from.reader.change_cipher(current.take_cipher(way), session_.strict_kex);
  from.state = State::Packets;
  const DirectionAlgorithms direction{nullptr, nullptr,
                                      current.names().ways[index_of(way)].compression};
  from.reader.use_compression(compression_of(direction));
  ++from.exchange;
  if (current.finish(way)) {
    exchanges_.pop_front();
    ++first_exchange_;
  }
  return true;
}

void SessionDecoder::lose(Way way, const std::string& why) {
  Stream& from = stream(way);
  TraceMessage message = empty_message(way, Layer::Transport);
  message.error = why + "; this direction is not decoded further";
  emit(std::move(message));
  from.state = State::Lost;
  from.skipped += from.reader.buffer().size();
  from.reader = PacketReader();
}

void SessionDecoder::missing(Way way, std::uint64_t count, Clock::Wall time) {
  time_ = time;
  Stream& from = stream(way);
  if (from.state == State::Encrypted || from.state == State::Lost) {
    TraceMessage message = empty_message(way, Layer::Transport);
    message.error = std::to_string(count) + " bytes are missing in the capture";
    return emit(std::move(message));
  }
  lose(way, std::to_string(count) + " bytes are missing in the capture");
  advance();  // the other stream may wait for this one
}

void SessionDecoder::show_encrypted(Way way, std::uint64_t bytes) {
  TraceMessage message = empty_message(way, Layer::Transport);
  message.type = "ENCRYPTED";
  message.bytes = bytes;
  emit(std::move(message));
}

void SessionDecoder::end(Clock::Wall time) {
  time_ = time;
  for (const Way way : {Way::ToServer, Way::ToClient}) {
    Stream& from = stream(way);
    const std::uint64_t left =
        from.state == State::Lost ? from.skipped : from.reader.buffer().size();
    if (left == 0) continue;
    TraceMessage message = empty_message(way, Layer::Transport);
    message.error = "the last " + std::to_string(left) + " bytes of this direction " +
                    (from.state == State::Lost ? "were not decoded" : "are no whole packet");
    emit(std::move(message));
  }
  channels_.end();
  sink_.on_session(about_);
}

void SessionDecoder::emit(TraceMessage&& message) {
  message.session = about_.id;
  message.time = time_;
  sink_.on_message(message);
}

}  // namespace ssh2core
