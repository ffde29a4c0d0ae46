#include "libssh2core/transport/packet_reader.h"

#include <algorithm>

namespace ssh2core {

MutableView PacketReader::room() {
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

bool PacketReader::read_length() {
  if (buffer_.size() < cipher_->head_bytes()) return false;
  const std::uint32_t length =
      cipher_->open_length(sequence_, buffer_.mutable_view().first(cipher_->head_bytes()));
  const std::size_t padded = length + (cipher_->length_is_padded() ? std::size_t{4} : 0);
  // RFC 4253 section 6: at least padding_length, one byte of payload and 4 of padding; and a whole
  // number of blocks, the first of which is already here.
  if (length > kMaxPacketLength || length < 6 || padded % cipher_->block_bytes() != 0 ||
      length + std::size_t{4} < cipher_->head_bytes())
    throw ProtocolError(Reason::Protocol, "bad packet length");
  total_ = 4 + std::size_t{length} + cipher_->tag_bytes();
  return true;
}

std::optional<MutableView> PacketReader::next() {
  if (!total_ && !read_length()) return std::nullopt;
  if (buffer_.size() < *total_) return std::nullopt;
  const std::size_t total = *total_;
  const MutableView packet = buffer_.mutable_view().first(total);
  if (!cipher_->open(sequence_, packet)) throw ProtocolError(Reason::Mac, "MAC or tag is wrong");
  total_.reset();
  ++sequence_;
  ++key_packets_;
  key_bytes_ += total;
  buffer_.consume(total);
  const std::size_t length = total - 4 - cipher_->tag_bytes();
  const std::size_t padding = packet[4];
  if (padding < 4 || padding + 2 > length)
    throw ProtocolError(Reason::Protocol, "bad padding length");
  return packet.subspan(5, length - 1 - padding);
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
