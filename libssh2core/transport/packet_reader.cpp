#include "libssh2core/transport/packet_reader.h"

#include <algorithm>

#include "libssh2core/wire/planted_bug.h"

namespace ssh2core {

MutableView PacketReader::room() {
  if (Inflater* const inflater = compression_.stream()) inflater->drop();
  const std::size_t missing =
      total_ && *total_ > buffer_.size() ? *total_ - buffer_.size() : std::size_t{0};
  const MutableView room = buffer_.room(std::max(wanted_, missing));
  room_ = room.size();
  return room;
}

void PacketReader::received(std::size_t count) {
  // A full room means that more is waiting: the next one is larger, up to a bound.
  if (count == room_) wanted_ = std::min(wanted_ * 2, kMostRoom);
  buffer_.commit(count);
}

namespace {

/// What comes from the beginning of a packet with a hidden fault until the connection ends:
/// more than the largest packet takes.
constexpr std::size_t kHiddenBytes = kMaxPacketLength + 256;

}  // namespace

/// A fault found when `taken` bytes of the packet have been taken from the buffer: ends the
/// connection, or begins to hide where in the packet the fault lies.
void PacketReader::fault(Reason reason, const char* what, std::size_t taken) {
  if (!cipher_->must_hide_faults()) throw ProtocolError(reason, what);
  discarding_ = kHiddenBytes - taken;
}

/// Waits for the rest, and works on it as if it belonged to a packet: the time until the end shall
/// not tell either what was found.
void PacketReader::discard() {
  if (buffer_.size() < *discarding_) return;
  const std::size_t block = cipher_->block_bytes(), tag = cipher_->tag_bytes();
  const std::size_t size = (*discarding_ - tag) / block * block + tag;
  [[maybe_unused]] const bool good = cipher_->open(sequence_, buffer_.mutable_view().first(size));
  throw ProtocolError(Reason::Mac, "the packet is damaged");
}

/// False: no length is known yet.
bool PacketReader::read_length() {
  if (buffer_.size() < cipher_->head_bytes()) return false;
  const std::uint32_t length =
      cipher_->open_length(sequence_, buffer_.mutable_view().first(cipher_->head_bytes()));
  const std::size_t padded = length + (cipher_->length_is_padded() ? std::size_t{4} : 0);
  // RFC 4253 section 6: at least padding_length, one byte of payload and 4 of padding; and a whole
  // number of blocks, the first of which is already here.
  if (length > kMaxPacketLength || length < 6 || padded % cipher_->block_bytes() != 0 ||
      length + std::size_t{4} < cipher_->head_bytes()) {
    fault(Reason::Protocol, "bad packet length", 0);
    return false;
  }
  total_ = 4 + std::size_t{length} + cipher_->tag_bytes();
  return true;
}

std::optional<MutableView> PacketReader::next() {
  if (compression_.stream() != nullptr && compression_.stream()->full()) return std::nullopt;
  std::optional<MutableView> payload;
  if (!discarding_) payload = open_packet();
  if (discarding_) discard();
  if (payload && compression_.stream() != nullptr) return compression_.stream()->inflate(*payload);
  return payload;
}

std::optional<MutableView> PacketReader::open_packet() {
  if (!total_ && !read_length()) return std::nullopt;
  if (buffer_.size() < *total_) return std::nullopt;
  const std::size_t total = *total_;
  const MutableView packet = buffer_.mutable_view().first(total);
  const bool good = cipher_->open(sequence_, packet);
  buffer_.consume(total);
  if (!good) {
    fault(Reason::Mac, "MAC or tag is wrong", total);
    return std::nullopt;
  }
  const std::size_t length = total - 4 - cipher_->tag_bytes();
  const std::size_t padding = packet[4];
  if (padding < 4 || (has_check("packet-padding") && padding + 2 > length)) {
    fault(Reason::Protocol, "bad padding length", total);
    return std::nullopt;
  }
  total_.reset();
  ++sequence_;
  ++key_packets_;
  key_bytes_ += total;
  return packet.subspan(5, length - 1 - padding);
}

bool PacketReader::resume() {
  Inflater* const inflater = compression_.stream();
  if (inflater == nullptr || !inflater->full()) return false;
  inflater->drop();
  return true;
}

void PacketReader::change_cipher(std::unique_ptr<PacketCipher> cipher, bool reset_sequence) {
  cipher_ = std::move(cipher);
  if (reset_sequence) sequence_ = 0;
  key_bytes_ = key_packets_ = 0;
}

void PacketReader::shrink() {
  wanted_ = kFirstRoom;
  buffer_.shrink(0);
}

}  // namespace ssh2core
