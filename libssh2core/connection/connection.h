// The connection protocol of RFC 4254 for either role: channels with their windows, channel
// requests, global requests.
#pragma once

#include <memory>
#include <vector>

#include "libssh2core/connection/channel_writer.h"
#include "libssh2core/connection/messages.h"

namespace ssh2core {

/// What we allow the peer to send on a channel before we say more, in bytes; also the bound of what
/// one channel may have to keep.
inline constexpr std::uint32_t kReceiveWindow = 2097152;
/// The data that we take in one packet, as announced.
inline constexpr std::uint32_t kMaxDataIn = 32768;

/// What a side allows its peer on each channel, as announced when the channel opens.
struct ReceiveLimits {
  std::uint32_t window = kReceiveWindow;  // bytes; given back when half of it was processed
  std::uint32_t max_packet = kMaxDataIn;  // bytes of data
};

/// One channel. What belongs to it in the layers above is found by its number.
class Channel {
 public:
  std::uint32_t number() const { return number_; }  // ours
  /// Only when confirmed().
  ChannelWriter& writer() { return *writer_; }
  bool confirmed() const { return writer_ != nullptr; }

 private:
  friend class Connection;
  /// How far one direction has come.
  enum class Flow { Open, Eof, Closed };
  std::uint32_t number_ = 0, recipient_ = 0;
  std::uint32_t full_window_ = 0;  // when it was opened
  std::uint32_t window_ = 0;       // what the peer may still send
  std::uint32_t granted_ = 0;      // processed, not yet given back to the window
  unsigned answers_due_ = 0;       // to requests of ours
  Flow sent_ = Flow::Open, received_ = Flow::Open;
  bool eof_due_ = false;                      // send_eof() was called; waits for what is kept
  std::optional<std::uint32_t> exit_status_;  // finish() was called; waits for what is kept
  std::unique_ptr<ChannelWriter> writer_;
};

/// The layers above, as the connection sees them. May throw ProtocolError inside
/// Transport::received().
class ChannelHandler {
 public:
  virtual ~ChannelHandler() = default;
  struct Refusal {
    OpenFailure reason;
    std::string_view text;
  };
  /// The peer wants a channel. Nothing returned: accepted.
  virtual std::optional<Refusal> on_open(const ChannelOpen& open, Channel& channel) = 0;
  /// A channel that we opened is ready, or was refused.
  virtual void on_opened(Channel& channel) = 0;
  virtual void on_open_refused(std::uint32_t number, const ChannelOpenFailure& failure) = 0;
  /// True: the answer is CHANNEL_SUCCESS; it is sent when the peer wants one.
  virtual bool on_request(Channel& channel, std::string_view request, ByteView details) = 0;
  /// Right after the answer to a request.
  virtual void after_request(Channel& channel) = 0;
  /// The answer to a request of ours that wanted one.
  virtual void on_answer(Channel& channel, bool success) = 0;
  /// The same for a global request of ours.
  virtual void on_global_answer(bool /*success*/) {}
  /// The view stays valid until on_input_done() of the transport.
  virtual void on_data(Channel& channel, ByteView data) = 0;
  virtual void on_extended_data(Channel& channel, std::uint32_t type, ByteView data) = 0;
  virtual void on_eof(Channel& channel) = 0;
  /// There may be room to send again.
  virtual void on_writable(Channel& channel) = 0;
  /// Both sides have closed, or the connection ended; the channel is gone after the call.
  virtual void on_closed(Channel& channel) = 0;
  /// Answer of a global request: nullopt for REQUEST_FAILURE, else the data of REQUEST_SUCCESS.
  /// What is returned does not count after Connection::answer_later().
  virtual std::optional<Bytes> on_global_request(std::string_view request, ByteView details) = 0;
};

class Connection {
 public:
  /// `max_channels` bounds the channels open at once, ours and the peer's.
  Connection(Transport& transport, ChannelHandler& handler, std::size_t max_channels,
             const ReceiveLimits& receive = {});
  /// Another bound; channels that are open stay.
  void set_max_channels(std::size_t most) { max_channels_ = most; }

  /// Takes messages 80 to 127. Returns false for one that is not known. Throws ProtocolError.
  [[nodiscard]] bool on_message(ByteView payload);

  /// Opens a session channel of ours; its number, or nullopt when there are too many.
  std::optional<std::uint32_t> open_session();
  /// Sends a channel request.
  void request(Channel& channel, std::string_view name, bool want_reply, ByteView details);
  /// Sends a global request.
  void global_request(std::string_view name, bool want_reply, ByteView details);
  /// Asks for any answer: by a request on the first channel that is open, which servers did before
  /// clients knew global ones; without a channel by a global request.
  void ask_for_life();
  /// For channels that are opened from now on.
  void set_receive(const ReceiveLimits& receive) { receive_ = receive; }
  /// Inside on_global_request(): the answer comes with answer_global(). Until then no input is
  /// handled, since answers have to keep the order of the requests (RFC 4254 section 4).
  void answer_later();
  /// To be called once for each answer_later().
  void answer_global(const std::optional<Bytes>& answer);
  /// The layer above has processed `bytes` of the channel's data: the window is given back in large
  /// steps.
  void processed(Channel& channel, std::size_t bytes);
  /// Text for the user of the client: a line or two, shown by the client as it is.
  void send_stderr(Channel& channel, std::string_view text);
  /// Ends our side once everything kept is sent: EOF, exit-status, CLOSE.
  void finish(Channel& channel, std::uint32_t exit_status);
  /// Sends EOF once everything kept is sent; no data may be added any more.
  void send_eof(Channel& channel);
  /// Sends CLOSE at once; what is kept is lost.
  void close(Channel& channel);
  /// Sends what waited for the window or for new keys, and lets the layer above go on.
  void writable();
  /// The connection is over: reports on_closed() for every channel.
  void end();
  /// Channels open now.
  std::size_t count() const;
  /// The channel with this number of ours, nullptr when there is none.
  Channel* find(std::uint32_t number);

 private:
  struct Rule;
  static std::span<const Rule> rules();
  Channel& require(std::uint32_t number);
  Channel& require_confirmed(std::uint32_t number);
  Channel* add();
  void remove(const Channel& channel) { channels_[channel.number_].reset(); }

  void on_channel_open(ByteView payload);
  void on_confirmation(ByteView payload);
  void on_open_failure(ByteView payload);
  void on_window_adjust(ByteView payload);
  void on_channel_data(ByteView payload);
  void on_channel_extended_data(ByteView payload);
  void on_channel_eof(ByteView payload);
  void on_channel_close(ByteView payload);
  void on_channel_request(ByteView payload);
  void on_channel_answer(ByteView payload);
  void on_global(ByteView payload);
  void on_global_answer(ByteView payload);
  void send_global_answer(const std::optional<Bytes>& answer);
  void take_window(Channel& channel, std::size_t bytes);
  void finish_if_drained(Channel& channel);
  void go_on(Channel& channel);

  Transport& transport_;
  ChannelHandler& handler_;
  std::size_t max_channels_;
  ReceiveLimits receive_;
  std::vector<std::unique_ptr<Channel>> channels_;  // by our number; empty places are free
  unsigned global_answers_due_ = 0;                 // by the peer
  bool global_wants_reply_ = false, global_deferred_ = false;  // of the peer's last request
};

}  // namespace ssh2core
