// What a capture says, message by message: neutral to how it is shown. JSON and text are renderings
// of it in the tools.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "libssh2core/capture/pcap_writer.h"
#include "libssh2core/wire/bytes.h"
#include "libssh2core/wire/clock.h"

namespace ssh2core {

/// Which way a message goes. The numbers index arrays that hold a thing for each way.
enum class Way : std::uint8_t { ToServer, ToClient };
constexpr std::size_t index_of(Way way) { return static_cast<std::size_t>(way); }
constexpr Way other_way(Way way) { return way == Way::ToServer ? Way::ToClient : Way::ToServer; }
/// "c2s" or "s2c".
constexpr std::string_view name_of(Way way) { return way == Way::ToServer ? "c2s" : "s2c"; }

enum class Layer : std::uint8_t { Transport, Auth, Connection, Sftp };
std::string_view name_of(Layer layer);

struct TraceMember;
/// The value of a field. Data borrows from the packet: it lives no longer than the call that
/// shows it.
struct TraceValue {
  struct Data {  // bytes of any length and kind, to be shown whole only when they are few
    ByteView bytes;
  };
  struct Hex {  // a few bytes that are no text: a cookie
    Bytes bytes;
  };
  struct Masked {};  // a password, or what may be one: never shown
  using List = std::vector<TraceValue>;
  using Object = std::vector<TraceMember>;
  std::variant<bool, std::uint64_t, std::int64_t, std::string, Data, Hex, Masked, List, Object>
      content;
};
/// A field: its RFC name, `_` instead of blanks and hyphens.
struct TraceMember {
  std::string name;
  TraceValue value;
};
using TraceFields = TraceValue::Object;

/// One message, or something between messages that could not be decoded (then with `error`).
struct TraceMessage {
  std::uint64_t session = 0;  // 1 for the first of the capture
  Clock::Wall time{};
  Way way{};
  Layer layer{};
  std::string type;  // RFC or draft name without its prefix; empty when there is no message
  /// Of the payload (SSH), of the packet with its length field (SFTP), of the line with its end
  /// (IDENTIFICATION), of the piece of the stream (ENCRYPTED).
  std::optional<std::uint64_t> bytes;
  TraceFields fields;
  std::string error;  // a sentence; empty: all was decoded
};

inline TraceMessage empty_message(Way way, Layer layer) {
  TraceMessage message;
  message.way = way;
  message.layer = layer;
  return message;
}

/// A connection that speaks SSH.
struct TraceSession {
  std::uint64_t id = 0;
  CaptureEnd client, server;
  std::string client_ident, server_ident;  // empty: not seen
  TraceFields negotiated;                  // by the first key exchange; empty: not seen
};
/// "192.0.2.1:22", "[::1]:22"
std::string address_text(const CaptureEnd& end);

class TraceSink {
 public:
  virtual ~TraceSink() = default;
  /// In the order of the capture. The message lives no longer than the call.
  virtual void on_message(const TraceMessage& message) = 0;
  /// The session is over, or the capture is.
  virtual void on_session(const TraceSession& session) = 0;
};

}  // namespace ssh2core
