// Data of one channel on its way out: cut into CHANNEL_DATA packets that are built in the
// transport's send buffer, within the peer's window. What the window does not allow yet is kept.
#pragma once

#include <span>
#include <vector>

#include "libssh2core/transport/transport.h"

namespace ssh2core {

/// Bytes in the send buffer above which no new data is started: one socket write's worth.
inline constexpr std::size_t kSendHighWater = 262144;
/// Bytes in the send buffer above which no more input is taken at all: answers to control messages
/// of a peer that does not read must not pile up either.
inline constexpr std::size_t kSendLimit = 1048576;
/// Most data of ours in one packet: packets of 32 KiB and less must be understood by every peer.
inline constexpr std::uint32_t kMaxDataOut = 32768;

class ChannelWriter {
 public:
  /// `recipient` is the peer's number of the channel, `window` and `max_packet` what it allows.
  ChannelWriter(Transport& transport, std::uint32_t recipient, std::uint32_t window,
                std::uint32_t max_packet);

  /// True while nothing new should be started: keys are exchanged, something is still kept, the
  /// window is closed or the send buffer is filled.
  bool full() const;
  /// Bytes that would go into packets now; what is above them is kept.
  std::size_t room() const { return allowed(); }
  /// Bytes kept until the window opens.
  std::size_t kept() const { return kept_.size(); }

  /// Appends bytes to the stream.
  void append(ByteView bytes);
  /// Room in the stream for `head` bytes, together in the first piece, and `body` bytes behind
  /// them. Valid until commit(), which must follow.
  std::span<const MutableView> reserve(std::size_t head, std::size_t body);
  /// Keeps the first `bytes` of the room.
  void commit(std::size_t bytes);

  /// The peer allows `bytes` more. Throws ProtocolError when the window would pass 2^32-1.
  void widen(std::uint32_t bytes);
  /// Sends of what is kept as much as is allowed now.
  void drain();
  /// Takes `bytes` of the window for something else (extended data). False: not so much is left.
  bool take_window(std::size_t bytes);

 private:
  /// A packet of a layout: where it lies, what it held before, what the layout adds.
  struct Slot {
    std::size_t position, before, added;
  };
  static constexpr std::size_t kDataHead = 9;  // message number, recipient, length of the string
  static constexpr std::size_t kHead = PacketWriter::kHead + kDataHead;

  void open_packet();
  void write_head(std::size_t position);
  void set_length(std::size_t position, std::size_t bytes);
  std::size_t open_bytes() const;
  void lay_out(std::size_t head, std::size_t count);
  std::size_t commit_slots(std::size_t bytes);
  std::size_t allowed() const;

  Transport& transport_;
  std::uint32_t recipient_, window_, max_packet_;
  Buffer kept_;
  std::vector<Slot> slots_;
  std::vector<MutableView> pieces_;
};

}  // namespace ssh2core
