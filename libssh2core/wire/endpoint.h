// A protocol session as the event loop sees it: bytes in, bytes out, a deadline. Every session
// (server, client, subsystem, and those of tests and fuzzers) is one; the loop decides nothing.
#pragma once

#include <optional>

#include "libssh2core/wire/bytes.h"
#include "libssh2core/wire/clock.h"

namespace ssh2core {

class Endpoint {
 public:
  virtual ~Endpoint() = default;
  /// Where the next input goes; empty while none is wanted. Valid until the next call.
  virtual MutableView receive_room() = 0;
  /// `count` bytes were put at the start of the room. Never throws for a peer's fault.
  virtual void received(std::size_t count) = 0;
  /// The peer will send no more.
  virtual void end_of_input() = 0;
  /// Bytes for the peer, in order. Valid until the next call.
  virtual ByteView output() const = 0;
  /// The first `count` bytes of output() are gone.
  virtual void sent(std::size_t count) = 0;
  /// Output can no longer be delivered (the peer reset the connection).
  virtual void output_lost() = 0;
  /// True when nothing will follow: what is left of output() goes out, then the connection closes.
  virtual bool finished() const = 0;
  /// When on_deadline() must be called, unless something else happens before.
  virtual std::optional<Clock::Steady> deadline() const = 0;
  virtual void on_deadline() = 0;
  /// True while work that came waits for the deadline, although the peer may send no more.
  virtual bool waits() const { return false; }
  /// True while the session is being set up, when latency counts more than throughput.
  virtual bool setting_up() const = 0;
  /// Nothing happened for a while: memory that is not needed now may be given back.
  virtual void on_idle() = 0;
};

}  // namespace ssh2core
