#include "libssh2core/connection/connection.h"

#include <algorithm>

namespace ssh2core {

namespace {
constexpr std::uint32_t kSmallestMaxPacket = 64;  // bytes of data; below it no stream can work
}  // namespace

struct Connection::Rule {
  std::uint8_t id;
  void (Connection::*handle)(ByteView payload);
};

std::span<const Connection::Rule> Connection::rules() {
  static constexpr auto kRules = std::to_array<Rule>({
      {ChannelData::kId, &Connection::on_channel_data},
      {ChannelWindowAdjust::kId, &Connection::on_window_adjust},
      {ChannelRequest::kId, &Connection::on_channel_request},
      {ChannelOpen::kId, &Connection::on_channel_open},
      {ChannelOpenConfirmation::kId, &Connection::on_confirmation},
      {ChannelOpenFailure::kId, &Connection::on_open_failure},
      {ChannelExtendedData::kId, &Connection::on_channel_extended_data},
      {ChannelEof::kId, &Connection::on_channel_eof},
      {ChannelClose::kId, &Connection::on_channel_close},
      {ChannelSuccess::kId, &Connection::on_channel_answer},
      {ChannelFailure::kId, &Connection::on_channel_answer},
      {GlobalRequest::kId, &Connection::on_global},
      {RequestSuccess::kId, &Connection::on_global_answer},
      {RequestFailure::kId, &Connection::on_global_answer},
  });
  return kRules;
}

Connection::Connection(Transport& transport, ChannelHandler& handler, std::size_t max_channels,
                       const ReceiveLimits& receive)
    : transport_(transport), handler_(handler), max_channels_(max_channels), receive_(receive) {}

bool Connection::on_message(ByteView payload) {
  for (const Rule& rule : rules()) {
    if (rule.id != payload[0]) continue;
    (this->*rule.handle)(payload);
    return true;
  }
  return false;
}

std::size_t Connection::count() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(channels_, [](const auto& channel) { return channel != nullptr; }));
}

Channel* Connection::find(std::uint32_t number) {
  return number < channels_.size() ? channels_[number].get() : nullptr;
}

Channel& Connection::require(std::uint32_t number) {
  Channel* channel = find(number);
  if (channel == nullptr)
    throw ProtocolError(Reason::Protocol,
                        "message for channel " + std::to_string(number) + ", which is not open");
  return *channel;
}

/// A channel number is of use for data and requests only after its confirmation.
Channel& Connection::require_confirmed(std::uint32_t number) {
  Channel& channel = require(number);
  if (!channel.confirmed())
    throw ProtocolError(Reason::Protocol, "message for a channel before its confirmation");
  return channel;
}

Channel* Connection::add() {
  if (count() >= max_channels_) return nullptr;
  auto place = std::find(channels_.begin(), channels_.end(), nullptr);
  if (place == channels_.end()) place = channels_.emplace(channels_.end());
  *place = std::make_unique<Channel>();
  (*place)->number_ = static_cast<std::uint32_t>(place - channels_.begin());
  (*place)->window_ = (*place)->full_window_ = receive_.window;
  return place->get();
}

void Connection::on_channel_open(ByteView payload) {
  const auto open = decode<ChannelOpen>(payload);
  const auto refuse = [&](OpenFailure reason, std::string_view text) {
    transport_.send(ChannelOpenFailure{open.sender, static_cast<std::uint32_t>(reason), text, ""});
  };
  if (open.max_packet < kSmallestMaxPacket)
    return refuse(OpenFailure::ResourceShortage, "maximum packet size too small");
  Channel* channel = add();
  if (channel == nullptr) return refuse(OpenFailure::ResourceShortage, "too many channels");
  channel->recipient_ = open.sender;
  channel->writer_ =
      std::make_unique<ChannelWriter>(transport_, open.sender, open.window, open.max_packet);
  if (const auto refusal = handler_.on_open(open, *channel)) {
    remove(*channel);
    return refuse(refusal->reason, refusal->text);
  }
  transport_.send(ChannelOpenConfirmation{
      open.sender, channel->number_, receive_.window, receive_.max_packet, {}});
}

std::optional<std::uint32_t> Connection::open_session() {
  const Channel* channel = add();
  if (channel == nullptr) return std::nullopt;
  transport_.send(
      ChannelOpen{"session", channel->number_, receive_.window, receive_.max_packet, {}});
  return channel->number_;
}

void Connection::on_confirmation(ByteView payload) {
  const auto message = decode<ChannelOpenConfirmation>(payload);
  Channel& channel = require(message.recipient);
  if (channel.confirmed() || message.max_packet < kSmallestMaxPacket)
    throw ProtocolError(Reason::Protocol, "bad CHANNEL_OPEN_CONFIRMATION");
  channel.recipient_ = message.sender;
  channel.writer_ = std::make_unique<ChannelWriter>(transport_, message.sender, message.window,
                                                    message.max_packet);
  handler_.on_opened(channel);
}

void Connection::on_open_failure(ByteView payload) {
  const auto message = decode<ChannelOpenFailure>(payload);
  const Channel& channel = require(message.recipient);
  if (channel.confirmed()) throw ProtocolError(Reason::Protocol, "bad CHANNEL_OPEN_FAILURE");
  remove(channel);
  handler_.on_open_refused(message.recipient, message);
}

void Connection::on_window_adjust(ByteView payload) {
  const auto message = decode<ChannelWindowAdjust>(payload);
  Channel& channel = require_confirmed(message.recipient);
  channel.writer().widen(message.bytes);
  go_on(channel);
}

void Connection::take_window(Channel& channel, std::size_t bytes) {
  if (channel.received_ != Channel::Flow::Open)
    throw ProtocolError(Reason::Protocol, "data after EOF or CLOSE");
  if (bytes > channel.window_)
    throw ProtocolError(Reason::Protocol, "more data than the window allows");
  channel.window_ -= static_cast<std::uint32_t>(bytes);
}

void Connection::on_channel_data(ByteView payload) {
  const auto message = decode<ChannelData>(payload);
  Channel& channel = require_confirmed(message.recipient);
  take_window(channel, message.data.size());
  if (channel.sent_ != Channel::Flow::Closed) handler_.on_data(channel, message.data);
}

void Connection::on_channel_extended_data(ByteView payload) {
  const auto message = decode<ChannelExtendedData>(payload);
  Channel& channel = require_confirmed(message.recipient);
  take_window(channel, message.data.size());
  if (channel.sent_ == Channel::Flow::Closed) return;
  handler_.on_extended_data(channel, message.type, message.data);
  processed(channel, message.data.size());
}

void Connection::processed(Channel& channel, std::size_t bytes) {
  channel.granted_ += static_cast<std::uint32_t>(bytes);
  if (channel.granted_ < channel.full_window_ / 2 || channel.received_ != Channel::Flow::Open ||
      channel.sent_ == Channel::Flow::Closed)
    return;
  channel.window_ += channel.granted_;
  transport_.send(ChannelWindowAdjust{channel.recipient_, std::exchange(channel.granted_, 0)});
}

void Connection::on_channel_eof(ByteView payload) {
  Channel& channel = require_confirmed(decode<ChannelEof>(payload).recipient);
  // Go's library sends it again now and then when a file is closed and the session with it. It says
  // nothing new, and RFC 4254 section 5.3 does not forbid it.
  if (channel.received_ != Channel::Flow::Open) return;
  channel.received_ = Channel::Flow::Eof;
  if (channel.sent_ != Channel::Flow::Closed) handler_.on_eof(channel);
}

void Connection::on_channel_close(ByteView payload) {
  Channel& channel = require_confirmed(decode<ChannelClose>(payload).recipient);
  channel.received_ = Channel::Flow::Closed;
  close(channel);  // RFC 4254 section 5.3: answered at once, what is kept is lost with it
  handler_.on_closed(channel);
  remove(channel);
}

void Connection::on_channel_request(ByteView payload) {
  const auto message = decode<ChannelRequest>(payload);
  Channel& channel = require_confirmed(message.recipient);
  if (channel.sent_ == Channel::Flow::Closed) return;
  const bool done = handler_.on_request(channel, message.request, message.details.bytes);
  if (message.want_reply && done) transport_.send(ChannelSuccess{channel.recipient_});
  if (message.want_reply && !done) transport_.send(ChannelFailure{channel.recipient_});
  handler_.after_request(channel);
}

void Connection::on_channel_answer(ByteView payload) {
  const bool success = payload[0] == ChannelSuccess::kId;
  Channel& channel = require_confirmed(success ? decode<ChannelSuccess>(payload).recipient
                                               : decode<ChannelFailure>(payload).recipient);
  if (channel.answers_due_ == 0)
    throw ProtocolError(Reason::Protocol, "answer to a channel request that was never sent");
  --channel.answers_due_;
  handler_.on_answer(channel, success);
}

void Connection::on_global(ByteView payload) {
  const auto message = decode<GlobalRequest>(payload);
  global_wants_reply_ = message.want_reply;
  global_deferred_ = false;
  const auto answer = handler_.on_global_request(message.request, message.details.bytes);
  if (!global_deferred_ && message.want_reply) send_global_answer(answer);
}

void Connection::send_global_answer(const std::optional<Bytes>& answer) {
  if (answer)
    transport_.send(RequestSuccess{Tail{*answer}});
  else
    transport_.send(RequestFailure{});
}

void Connection::answer_later() {
  global_deferred_ = true;
  transport_.hold_input();
}

void Connection::answer_global(const std::optional<Bytes>& answer) {
  if (global_wants_reply_) send_global_answer(answer);
  transport_.release_input();
}

void Connection::on_global_answer(ByteView payload) {
  // phpseclib 2.0.42 and 3.0.19 answer requests that want no answer, too.
  if (global_answers_due_ == 0) return;
  --global_answers_due_;
  handler_.on_global_answer(payload[0] == RequestSuccess::kId);
}

void Connection::global_request(std::string_view name, bool want_reply, ByteView details) {
  if (want_reply) ++global_answers_due_;
  transport_.send(GlobalRequest{name, want_reply, Tail{details}});
}

void Connection::ask_for_life() {
  constexpr std::string_view kName = "keepalive@openssh.com";  // no client knows what to do with it
  for (const auto& channel : channels_)
    if (channel != nullptr && channel->confirmed() && channel->sent_ != Channel::Flow::Closed &&
        channel->received_ != Channel::Flow::Closed)
      return request(*channel, kName, true, {});
  global_request(kName, true, {});
}

void Connection::request(Channel& channel, std::string_view name, bool want_reply,
                         ByteView details) {
  if (want_reply) ++channel.answers_due_;
  transport_.send(ChannelRequest{channel.recipient_, name, want_reply, Tail{details}});
}

void Connection::send_stderr(Channel& channel, std::string_view text) {
  if (channel.writer().take_window(text.size()))
    transport_.send(ChannelExtendedData{channel.recipient_, 1, as_bytes(text)});
}

void Connection::send_eof(Channel& channel) {
  if (channel.sent_ != Channel::Flow::Open) return;
  channel.eof_due_ = channel.writer().kept() != 0;  // then go_on() sends it
  if (channel.eof_due_) return;
  channel.sent_ = Channel::Flow::Eof;
  transport_.send(ChannelEof{channel.recipient_});
}

void Connection::finish(Channel& channel, std::uint32_t exit_status) {
  if (channel.exit_status_ || channel.sent_ == Channel::Flow::Closed) return;
  channel.exit_status_ = exit_status;
  finish_if_drained(channel);
}

void Connection::finish_if_drained(Channel& channel) {
  if (!channel.exit_status_ || channel.sent_ == Channel::Flow::Closed ||
      channel.writer().kept() != 0)
    return;
  send_eof(channel);
  Buffer details;
  Writer w(details);
  encode_fields(w, ExitStatusDetails{*channel.exit_status_});
  request(channel, "exit-status", false, details.view());
  close(channel);
}

void Connection::close(Channel& channel) {
  if (channel.sent_ == Channel::Flow::Closed) return;
  channel.sent_ = Channel::Flow::Closed;
  transport_.send(ChannelClose{channel.recipient_});
}

void Connection::go_on(Channel& channel) {
  if (channel.sent_ == Channel::Flow::Closed) return;  // what is kept is lost
  channel.writer().drain();
  if (channel.eof_due_) send_eof(channel);
  finish_if_drained(channel);
  if (channel.sent_ == Channel::Flow::Open && !channel.eof_due_ && !channel.exit_status_)
    handler_.on_writable(channel);
}

void Connection::writable() {
  for (std::size_t i = 0; i < channels_.size(); ++i)
    if (channels_[i] != nullptr && channels_[i]->confirmed()) go_on(*channels_[i]);
}

void Connection::end() {
  for (const auto& channel : channels_)
    if (channel != nullptr && channel->confirmed()) handler_.on_closed(*channel);
  channels_.clear();
}

}  // namespace ssh2core
