#include "libssh2core/connection/channel_writer.h"

#include <algorithm>
#include <limits>

#include "libssh2core/connection/messages.h"

namespace ssh2core {

ChannelWriter::ChannelWriter(Transport& transport, std::uint32_t recipient, std::uint32_t window,
                             std::uint32_t max_packet)
    : transport_(transport),
      recipient_(recipient),
      window_(window),
      max_packet_(std::min(max_packet, kMaxDataOut)) {}

bool ChannelWriter::full() const {
  return !transport_.may_send_data() || !kept_.empty() || window_ == 0 ||
         transport_.writer().buffer().size() >= kSendHighWater;
}

/// Bytes that may go into packets now.
std::size_t ChannelWriter::allowed() const {
  return kept_.empty() && transport_.may_send_data() ? window_ : 0;
}

void ChannelWriter::write_head(std::size_t position) {
  std::uint8_t* head = transport_.writer().buffer().data() + position + PacketWriter::kHead;
  head[0] = ChannelData::kId;
  store_u32(head + 1, recipient_);
}

void ChannelWriter::set_length(std::size_t position, std::size_t bytes) {
  store_u32(transport_.writer().buffer().data() + position + kHead - 4,
            static_cast<std::uint32_t>(bytes));
}

/// Opens a packet of ours, unless one is open.
void ChannelWriter::open_packet() {
  PacketWriter& packets = transport_.writer();
  if (packets.owner() == this) return;
  packets.begin(this);
  packets.buffer().extend(kDataHead);
  write_head(packets.open_position());
  set_length(packets.open_position(), 0);
}

/// Data bytes in our open packet.
std::size_t ChannelWriter::open_bytes() const {
  PacketWriter& packets = transport_.writer();
  return packets.buffer().size() - packets.open_position() - kHead;
}

void ChannelWriter::append(ByteView bytes) {
  PacketWriter& packets = transport_.writer();
  std::size_t now = std::min(allowed(), bytes.size());
  window_ -= static_cast<std::uint32_t>(now);
  kept_.append(bytes.subspan(now));
  while (now != 0) {
    open_packet();
    const std::size_t used = open_bytes();
    const std::size_t chunk = std::min(now, max_packet_ - used);
    packets.buffer().append(bytes.first(chunk));
    set_length(packets.open_position(), used + chunk);
    bytes = bytes.subspan(chunk);
    now -= chunk;
    if (used + chunk == max_packet_) packets.end();
  }
}

std::span<const MutableView> ChannelWriter::reserve(std::size_t head, std::size_t body) {
  slots_.clear();
  pieces_.clear();
  const std::size_t total = head + body;
  std::size_t direct = std::min(allowed(), total);
  if (direct < head || max_packet_ < head) direct = 0;  // the head must lie in one piece
  if (transport_.writer().compresses()) direct = 0;     // commit() makes packets of it
  if (direct != 0) lay_out(head, direct);
  if (direct < total) pieces_.push_back(kept_.room(total - direct).first(total - direct));
  return pieces_;
}

/// Lays `count` bytes out over our open packet and new ones behind it, each in the place where it
/// will be sealed, and lists the pieces.
void ChannelWriter::lay_out(std::size_t head, std::size_t count) {
  PacketWriter& packets = transport_.writer();
  Buffer& buffer = packets.buffer();
  if (packets.owner() == this && max_packet_ - open_bytes() < head) packets.end();
  open_packet();
  const std::size_t full_packet = packets.packed_size(kDataHead + max_packet_);
  std::size_t position = packets.open_position(), before = open_bytes();
  packets.release();
  for (std::size_t left = count; left != 0;) {
    const std::size_t added = std::min(left, max_packet_ - before);
    slots_.push_back({position, before, added});
    left -= added;
    position += full_packet;  // only the last packet is not full
    before = 0;
  }
  // Behind a full last packet its padding and tag must fit too.
  const Slot& last = slots_.back();
  const std::size_t content = last.before + last.added;
  const std::size_t size = content == max_packet_ ? full_packet : kHead + content;
  buffer.extend(last.position + size - buffer.size());
  for (const Slot& slot : slots_) {
    write_head(slot.position);
    pieces_.emplace_back(buffer.data() + slot.position + kHead + slot.before, slot.added);
  }
}

void ChannelWriter::commit(std::size_t bytes) {
  const std::size_t direct = slots_.empty() ? 0 : commit_slots(bytes);
  window_ -= static_cast<std::uint32_t>(direct);
  kept_.commit(bytes - direct);
  slots_.clear();
  pieces_.clear();
  if (transport_.writer().compresses()) drain();
}

/// Seals the packets of the layout that are full and leaves the next one open; returns the bytes
/// that went into them.
std::size_t ChannelWriter::commit_slots(std::size_t bytes) {
  PacketWriter& packets = transport_.writer();
  Buffer& buffer = packets.buffer();
  std::size_t done = 0;
  for (const Slot& slot : slots_) {
    const std::size_t used = std::min(bytes - done, slot.added);
    const std::size_t content = slot.before + used;
    done += used;
    if (content == 0) {
      buffer.truncate(slot.position);
      break;
    }
    set_length(slot.position, content);
    if (content < max_packet_) {
      buffer.truncate(slot.position + kHead + content);
      packets.reopen(slot.position, this);
      break;
    }
    packets.seal_at(slot.position, kDataHead + content);
  }
  return done;
}

void ChannelWriter::widen(std::uint32_t bytes) {
  if (bytes > std::numeric_limits<std::uint32_t>::max() - window_)
    throw ProtocolError(Reason::Protocol, "window over 2^32-1");  // RFC 4254 section 5.2
  window_ += bytes;
}

bool ChannelWriter::take_window(std::size_t bytes) {
  if (!kept_.empty() || bytes > window_ || bytes > max_packet_) return false;
  window_ -= static_cast<std::uint32_t>(bytes);
  return true;
}

void ChannelWriter::drain() {
  if (kept_.empty() || !transport_.may_send_data()) return;
  const std::size_t now = std::min<std::size_t>(window_, kept_.size());
  Buffer kept = std::exchange(kept_, Buffer());
  append(kept.view().first(now));  // nothing is kept now: goes into packets
  kept.consume(now);
  kept_ = std::move(kept);
}

}  // namespace ssh2core
