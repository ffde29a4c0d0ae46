// The transport layer of RFC 4253 for either role: identification, key exchange and rekeying,
// packets in and out. Bytes go in through receive_room()/received() or feed(), come out through
// output()/sent(); messages of the layers above go to a handler. No I/O.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "libssh2core/transport/host_keys.h"
#include "libssh2core/transport/identification.h"
#include "libssh2core/transport/kex_conversation.h"
#include "libssh2core/transport/key_exchange.h"
#include "libssh2core/transport/packet_reader.h"
#include "libssh2core/transport/packet_writer.h"
#include "libssh2core/transport/settings.h"
#include "libssh2core/transport/taps.h"
#include "libssh2core/transport/traffic_policy.h"
#include "libssh2core/wire/clock.h"

namespace ssh2core {

/// How a connection ended.
struct Ending {
  Reason reason = Reason::Lost;
  std::string why;
  bool by_peer = false;  // the peer sent DISCONNECT or left
};

/// The layers above, as the transport sees them. Called inside received() and feed() only; may
/// send.
class TransportHandler {
 public:
  virtual ~TransportHandler() = default;
  /// Other settings for this peer, known by its identification line; nullptr: those there are. They
  /// are copied. Asked before our KEXINIT leaves, unless that left at once.
  virtual const TransportSettings* settings_for(std::string_view /*line*/) { return nullptr; }
  /// The peer's identification line, without CR LF.
  virtual void on_identification(std::string_view line) = 0;
  /// New keys are in use both ways. `exchanges` counts them, 1 for the first.
  virtual void on_keys(const NegotiatedAlgorithms& algorithms, std::uint64_t exchanges) = 0;
  /// A message with a number from 50 on, or SERVICE_REQUEST and SERVICE_ACCEPT. Its bytes stay
  /// until on_input_done(). Returns false when the number is not known here: UNIMPLEMENTED is
  /// answered. Throws ProtocolError to end the connection.
  [[nodiscard]] virtual bool on_message(MutableView payload) = 0;
  /// One extension of the peer's EXT_INFO (RFC 8308).
  virtual void on_extension(std::string_view name, ByteView value) = 0;
  /// All packets that have arrived are handled; views of them end with this call. Must not throw.
  virtual void on_input_done() = 0;
  /// The connection is over; nothing more is handled. Called once.
  virtual void on_end(const Ending& ending) = 0;
};

/// What a transport needs of its surroundings; all must outlive it.
struct TransportSurroundings {
  const Clock& clock;
  Random& random;
  TransportHandler& handler;
  HostKeySigner* signer = nullptr;      // server role
  HostKeyVerifier* verifier = nullptr;  // client role
  KeyLog* key_log = nullptr;
};

class Transport {
 public:
  Transport(Role role, const TransportSettings& settings, const TransportSurroundings& around);
  ~Transport();

  MutableView receive_room() { return reader_.room(); }
  /// Handles what arrived. Catches every ProtocolError, also of the layers above: the one place.
  void received(std::size_t count);
  /// The same for bytes that lie elsewhere; any cut of the stream.
  void feed(ByteView input);
  /// Bytes for the peer. Call flush() before.
  ByteView output() const { return writer_.output(); }
  void sent(std::size_t count);
  /// Whether output() holds nothing but padding that the quiet asked for.
  bool output_is_padding() const { return output_is_padding_; }
  /// Seals the packet that is still open, and reports an end that came in the middle of a send().
  void flush();
  bool closed() const { return state_ == State::Closed; }

  /// Sends a message; one that may not go out during a key exchange waits until it is over.
  template <class Message>
  void send(const Message& message) {
    if (closed()) return;
    if (exchanging() && !allowed_in_exchange(Message::kId)) {
      hold(encode(message));
      return;
    }
    writer_.begin();
    encode_to(writer_.buffer(), message);
    writer_.end();
    note_sent(Message::kId);
  }
  /// For the data path: packets are built in the writer directly, while may_send_data().
  PacketWriter& writer() { return writer_; }
  /// False while keys are exchanged or before the first exchange is over.
  bool may_send_data() const { return state_ == State::Running && !exchanging(); }

  /// No message is handled while held (an answer from elsewhere is awaited). Counts.
  void hold_input() { ++input_holds_; }
  bool input_held() const { return input_holds_ != 0 || exchange_ == Exchange::Signing; }
  /// Ends one hold and goes on with what arrived meanwhile.
  void release_input();

  /// Starts a key exchange, unless one is under way.
  void rekey();
  /// Other limits from now on.
  void set_rekey_limits(const RekeyLimits& limits) { settings_.rekey = limits; }
  /// Whether the limits of the settings start key exchanges; they do unless told otherwise. A
  /// server waits for the login: some clients cannot exchange keys amid it.
  void set_rekeying(bool by_limits);
  /// Sends DISCONNECT and ends the connection.
  void disconnect(Reason reason, std::string_view description);
  /// Ends the connection without a word.
  void hang_up(std::string_view why) { end({Reason::ByApplication, std::string(why), false}); }
  /// The peer will send no more.
  void end_of_input();

  /// When the keys become too old, or the exchange of new ones has taken too long.
  std::optional<Clock::Steady> deadline() const;
  void on_deadline();
  /// Gives memory back while nothing happens.
  void shrink();

  ByteView session_id() const { return session_id_; }
  const NegotiatedAlgorithms& algorithms() const { return algorithms_; }
  bool strict_kex() const { return strict_; }
  bool peer_wants_ext_info() const { return peer_wants_ext_info_; }
  /// The last KEXINIT of the peer, and its identification line.
  const KexInit& peer_kexinit() const { return peer_init_; }
  const std::string& peer_identification() const { return peer_version_; }
  /// Other lines that a server sent before its identification.
  const std::string& peer_other_lines() const { return identification_.other_lines(); }
  /// The host key of the last exchange (client role).
  ByteView host_key() const { return host_key_; }
  /// The host key of the first exchange (either role).
  ByteView first_host_key() const { return first_host_key_; }
  /// Sequence number of the message that is being handled.
  std::uint32_t message_sequence() const { return reader_.sequence(); }

 private:
  enum class State { Identification, FirstExchange, Running, Closed };
  /// Where a key exchange stands. InitSent: our KEXINIT is out. Values: both are known, the
  /// messages of the method follow. Signing: our host key's signature is awaited. NewKeys: the
  /// peer's NEWKEYS is awaited.
  enum class Exchange { None, InitSent, Values, Signing, NewKeys };
  struct Rule;
  static std::span<const Rule> rules();

  bool exchanging() const { return exchange_ != Exchange::None; }
  static bool allowed_in_exchange(std::uint8_t id);
  void hold(Bytes message);
  void process();
  void process_packets();
  void adopt(const TransportSettings& settings);
  void note_sent(std::uint8_t id);
  void note_login();
  void handle(MutableView payload);
  void handle_upper(MutableView payload);
  void end(const Ending& ending);

  void send_kexinit();
  KexInit our_kexinit();
  void rekey_if_due();
  std::optional<Clock::Steady> rekey_deadline() const;
  void choose_padding();
  void pad();
  void send_ignore(std::size_t bytes);
  bool patience_counts() const;
  void on_disconnect(ByteView payload);
  void on_ignored(ByteView payload);
  void on_ext_info(ByteView payload);
  void on_ping(ByteView payload);
  void on_kexinit(ByteView payload);
  void note_markers();
  void on_kex_message(ByteView payload);
  void check_server(const PublicKey& key, ByteView signature);
  void on_newkeys(ByteView payload);
  void on_signature(const Bytes& signature);
  void send_payload(ByteView payload);
  void agree(const KexOutcome& outcome);
  void send_newkeys();
  void send_ext_info();
  void send_held();
  Role peer_role() const { return role_ == Role::Client ? Role::Server : Role::Client; }

  const Role role_;
  TransportSettings settings_;
  const TransportSurroundings around_;
  PacketReader reader_;
  PacketWriter writer_;
  IdentificationReader identification_;
  State state_ = State::Identification;
  Exchange exchange_ = Exchange::None;
  unsigned input_holds_ = 0;
  bool processing_ = false, rekeying_ = true;

  std::string peer_version_;
  KexInit our_init_, peer_init_;
  Bytes our_init_payload_, peer_init_payload_;
  bool strict_ = false, peer_wants_ext_info_ = false, drop_guess_ = false;
  NegotiatedAlgorithms algorithms_;
  std::unique_ptr<KexConversation> conversation_;
  Bytes host_key_, first_host_key_, exchange_hash_, session_id_;
  std::unique_ptr<PacketCipher> next_opener_, next_sealer_;
  std::uint64_t exchanges_ = 0;
  Clock::Steady last_exchange_, exchange_started_;
  TrafficPadding padding_;
  bool left_ = false;  // packets have left since the last padding
  bool padding_now_ = false, output_is_padding_ = false;
  std::vector<Bytes> held_;
  std::size_t held_bytes_ = 0;
  std::optional<Ending> ending_;       // to be reported at the end of the processing
  std::shared_ptr<Transport*> alive_;  // for answers that come later than our end
};

}  // namespace ssh2core
