#include "libssh2core/transport/transport.h"

#include <algorithm>

namespace ssh2core {

namespace {
// Messages of ours that may wait for the end of a key exchange. Answers to requests that the peer
// sent before its KEXINIT are few; a peer that keeps asking and never sends KEXINIT is refused.
constexpr std::size_t kMostHeld = 4096, kMostHeldBytes = 1048576;
// RFC 4250 section 4.1.1
constexpr std::uint8_t kFirstKexMessage = 30, kFirstUpperMessage = 50;
constexpr std::uint8_t kUserAuthSuccess = 52;  // RFC 4252 section 6
}  // namespace

/// What may arrive when; anything else ends the connection.
struct Transport::Rule {
  std::uint8_t id;
  std::uint8_t phases;  // bit n: allowed in Exchange n
  std::optional<Role> receiver;
  void (Transport::*handle)(ByteView payload);
};

std::span<const Transport::Rule> Transport::rules() {
  constexpr auto in = [](auto... phase) {
    return static_cast<std::uint8_t>(((1U << static_cast<unsigned>(phase)) | ...));
  };
  constexpr std::uint8_t kAny = 0xff;
  using enum Exchange;
  static constexpr auto kRules = std::to_array<Rule>({
      {Disconnect::kId, kAny, {}, &Transport::on_disconnect},
      {Ignore::kId, kAny, {}, &Transport::on_ignored},
      {Unimplemented::kId, kAny, {}, &Transport::on_ignored},
      {Debug::kId, kAny, {}, &Transport::on_ignored},
      {Ping::kId, kAny, {}, &Transport::on_ping},
      {Pong::kId, kAny, {}, &Transport::on_ignored},
      {ExtInfo::kId, in(None, InitSent), {}, &Transport::on_ext_info},
      {KexInit::kId, in(None, InitSent), {}, &Transport::on_kexinit},
      {NewKeys::kId, in(NewKeys), {}, &Transport::on_newkeys},
  });
  return kRules;
}

Transport::Transport(Role role, const TransportSettings& settings,
                     const TransportSurroundings& around)
    : role_(role),
      settings_(settings),
      around_(around),
      writer_(around.random),
      identification_(role, role == Role::Client || settings.accept_old_clients),
      last_exchange_(around.clock.now()),
      padding_(around.random),
      alive_(std::make_shared<Transport*>(this)) {
  // Without waiting for the peer's; normally in one segment with KEXINIT.
  writer_.buffer().append(as_bytes(settings.identification));
  writer_.buffer().append(as_bytes("\r\n"));
  if (settings.kexinit_at_once) send_kexinit();
}

Transport::~Transport() = default;

void Transport::received(std::size_t count) {
  reader_.received(count);
  process();
}

void Transport::feed(ByteView input) {
  while (!input.empty() && !closed()) {
    const MutableView room = receive_room();
    const std::size_t count = std::min(room.size(), input.size());
    std::copy_n(input.begin(), count, room.begin());
    input = input.subspan(count);
    received(count);
  }
}

void Transport::process() {
  if (processing_ || closed()) return;
  processing_ = true;
  do {  // once, unless packets inflate to very much
    try {
      process_packets();
    } catch (const ProtocolError& e) {  // the only catch of it in the library
      disconnect(e.reason, e.what());
    }
    around_.handler.on_input_done();
  } while (!closed() && reader_.resume());
  processing_ = false;
  if (ending_) {
    end(*ending_);
  } else {
    rekey_if_due();
  }
}

void Transport::process_packets() {
  while (!closed() && input_holds_ == 0 && exchange_ != Exchange::Signing) {
    if (state_ == State::Identification) {
      auto line = identification_.read(reader_.buffer());
      if (!line) return;
      peer_version_ = std::move(*line);
      state_ = State::FirstExchange;
      if (const TransportSettings* others = around_.handler.settings_for(peer_version_))
        adopt(*others);
      around_.handler.on_identification(peer_version_);
      if (exchange_ == Exchange::None && !closed()) send_kexinit();
    } else {
      const auto payload = reader_.next();
      if (!payload) return;
      handle(*payload);
    }
  }
}

void Transport::adopt(const TransportSettings& settings) {
  std::string sent = std::move(settings_.identification);
  settings_ = settings;
  settings_.identification = std::move(sent);  // it is a part of the exchange hash
}

void Transport::handle(MutableView payload) {
  const std::uint8_t id = payload[0];  // PacketReader gives one byte at least
  // PROTOCOL, "strict key exchange": until the first NEWKEYS nothing but the exchange itself.
  if (strict_ && state_ == State::FirstExchange && id < KexInit::kId && id != Disconnect::kId)
    throw ProtocolError(Reason::Protocol,
                        "message " + std::to_string(id) + " inside a strict key exchange");
  const bool ping = id == Ping::kId || id == Pong::kId;
  if (ping && state_ != State::Running)
    throw ProtocolError(Reason::Protocol, "ping before the first keys");
  if ((id >= kFirstUpperMessage && !ping) || id == ServiceRequest::kId || id == ServiceAccept::kId)
    return handle_upper(payload);
  const bool of_method = exchange_ == Exchange::Values && id >= kFirstKexMessage && !ping;
  if (drop_guess_ && of_method) {
    drop_guess_ = false;  // RFC 4253 section 7.1: the wrongly guessed packet
    return;
  }
  // RFC 4250 section 4.1.1: what they mean is the method's affair, also which of them comes next.
  if (of_method) return on_kex_message(payload);
  bool known = false;
  for (const Rule& rule : rules()) {
    if (rule.id != id || (rule.receiver && *rule.receiver != role_)) continue;
    known = true;
    if ((rule.phases >> static_cast<unsigned>(exchange_) & 1U) != 0)
      return (this->*rule.handle)(payload);
  }
  if (known || id >= KexInit::kId || state_ != State::Running)
    throw ProtocolError(Reason::Protocol, "message " + std::to_string(id) + " not expected here");
  send(Unimplemented{reader_.sequence()});
}

void Transport::handle_upper(MutableView payload) {
  if (state_ != State::Running)
    throw ProtocolError(Reason::Protocol,
                        "message " + std::to_string(payload[0]) + " during key exchange");
  if (role_ == Role::Client && payload[0] == kUserAuthSuccess) note_login();
  // RFC 4253 section 7.1 forbids such messages between a peer's KEXINIT and its NEWKEYS. AsyncSSH
  // 2.10 and older PuTTY send data there all the same; it is under the old keys, so taken.
  if (!around_.handler.on_message(payload)) send(Unimplemented{reader_.sequence()});
}

void Transport::release_input() {
  if (input_holds_ > 0 && --input_holds_ == 0) process();
}

bool Transport::allowed_in_exchange(std::uint8_t id) {
  return id < kFirstUpperMessage && id != ServiceRequest::kId && id != ServiceAccept::kId &&
         id != ExtInfo::kId;
}

void Transport::hold(Bytes message) {
  held_bytes_ += message.size();
  if (held_.size() < kMostHeld && held_bytes_ <= kMostHeldBytes)
    return held_.push_back(std::move(message));
  // Reported by flush() or at the end of the processing: whoever sends here is in the middle of
  // something, and must not lose its channels under its hands.
  const Ending ending{Reason::KeyExchange, "the peer does not answer our KEXINIT", false};
  send(Disconnect{static_cast<std::uint32_t>(ending.reason), ending.why, ""});
  state_ = State::Closed;
  ending_ = ending;
}

void Transport::flush() {
  writer_.end();
  if (ending_ && !processing_) end(*ending_);
}

void Transport::send_held() {
  held_bytes_ = 0;
  for (const Bytes& message : std::exchange(held_, {})) {
    writer_.begin();
    writer_.buffer().append(message);
    writer_.end();
    note_sent(message[0]);
  }
}

/// Delayed compression begins behind USERAUTH_SUCCESS, wherever that message comes from.
void Transport::note_sent(std::uint8_t id) {
  if (role_ == Role::Server && id == kUserAuthSuccess) note_login();
}

void Transport::note_login() {
  writer_.on_login();
  reader_.on_login();
}

void Transport::disconnect(Reason reason, std::string_view description) {
  if (closed()) return;
  send(Disconnect{static_cast<std::uint32_t>(reason), description, ""});
  end({reason, std::string(description), false});
}

void Transport::end_of_input() {
  if (!closed()) end({Reason::Lost, "the peer closed the connection", true});
}

void Transport::end(const Ending& ending) {
  state_ = State::Closed;
  if (processing_) {
    if (!ending_) ending_ = ending;
    return;
  }
  const Ending report = ending_.value_or(ending);
  ending_.reset();
  around_.handler.on_end(report);
}

void Transport::on_disconnect(ByteView payload) {
  const auto message = decode<Disconnect>(payload);
  // For a log line: whoever sends more does not mean it well.
  constexpr std::size_t kMostText = 512;
  end({static_cast<Reason>(message.reason), std::string(message.description.substr(0, kMostText)),
       true});
}

void Transport::on_ignored(ByteView) {}  // content is nothing to us; peers send any

void Transport::on_ping(ByteView payload) { send(Pong{decode<Ping>(payload).data}); }

void Transport::on_ext_info(ByteView payload) {
  // RFC 8308 section 2.4: after NEWKEYS only; what came before was protected by nothing.
  if (state_ != State::Running)
    throw ProtocolError(Reason::Protocol, "EXT_INFO before the first keys");
  const auto message = decode<ExtInfo>(payload);
  Reader r(message.extensions.bytes);
  for (std::uint32_t i = 0; i < message.count; ++i) {
    const std::string_view name = r.text();
    around_.handler.on_extension(name, r.string());
  }
  r.expect_end();
}

/// The first exchange is not counted: a login time-out covers it.
bool Transport::patience_counts() const {
  return exchanging() && state_ == State::Running && settings_.rekey.patience.count() != 0;
}

std::optional<Clock::Steady> Transport::deadline() const {
  const auto keys = rekey_deadline();
  const auto quiet = may_send_data() ? padding_.deadline() : std::nullopt;
  return keys && quiet ? std::min(*keys, *quiet) : keys ? keys : quiet;
}

std::optional<Clock::Steady> Transport::rekey_deadline() const {
  if (patience_counts()) return exchange_started_ + settings_.rekey.patience;
  if (!rekeying_ || !may_send_data() || settings_.rekey.time.count() == 0) return std::nullopt;
  return last_exchange_ + settings_.rekey.time;
}

void Transport::on_deadline() {
  if (patience_counts() && around_.clock.now() >= exchange_started_ + settings_.rekey.patience)
    return disconnect(Reason::KeyExchange, "the exchange of new keys takes too long");
  if (may_send_data()) {
    if (const auto bytes = padding_.on_quiet(around_.clock.now())) {
      const bool nothing_else = writer_.output().empty();
      send_ignore(*bytes);
      output_is_padding_ = nothing_else;
    }
  }
  rekey_if_due();
}

void Transport::set_rekeying(bool by_limits) { rekeying_ = by_limits; }

void Transport::rekey_if_due() {
  if (!rekeying_ || !may_send_data()) return;
  const RekeyLimits& limits = settings_.rekey;
  const auto due = rekey_deadline();
  if (writer_.key_bytes() >= limits.bytes || reader_.key_bytes() >= limits.bytes ||
      writer_.key_packets() >= limits.packets || reader_.key_packets() >= limits.packets ||
      (due && around_.clock.now() >= *due))
    rekey();
}

void Transport::rekey() {
  if (may_send_data()) send_kexinit();
}

void Transport::shrink() {
  reader_.shrink();
  writer_.buffer().shrink(0);
}

}  // namespace ssh2core
