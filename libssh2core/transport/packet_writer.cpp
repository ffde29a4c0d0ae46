#include "libssh2core/transport/packet_writer.h"

namespace ssh2core {

namespace {
constexpr std::size_t kMinPadding = 4;  // RFC 4253 section 6
}

void PacketWriter::sent(std::size_t count) {
  buffer_.consume(count);
  open_ -= is_open_ ? count : 0;
}

void PacketWriter::begin(const void* owner) {
  end();
  if (before_) before_();
  owner_ = owner;
  open_ = buffer_.size();
  is_open_ = true;
  buffer_.extend(kHead);
}

void PacketWriter::end() {
  if (!is_open_) return;
  std::size_t payload = buffer_.size() - open_ - kHead;
  if (Deflater* const deflater = compression_.stream()) {
    const ByteView small = deflater->compress(buffer_.view().last(payload));
    buffer_.truncate(open_ + kHead);
    buffer_.append(small);
    payload = small.size();
  }
  buffer_.extend(packed_size(payload) - kHead - payload);
  is_open_ = false;
  seal_at(open_, payload);
}

void PacketWriter::reopen(std::size_t position, const void* owner) {
  owner_ = owner;
  open_ = position;
  is_open_ = true;
}

std::size_t PacketWriter::packed_size(std::size_t payload) const {
  const std::size_t block = cipher_->block_bytes();
  const std::size_t outside = cipher_->length_is_padded() ? 0 : 4;
  const std::size_t least = kHead + payload + kMinPadding - outside;
  return outside + (least + block - 1) / block * block + cipher_->tag_bytes();
}

void PacketWriter::seal_at(std::size_t position, std::size_t payload) {
  const std::size_t total = packed_size(payload);
  const std::size_t length = total - cipher_->tag_bytes() - 4;  // what packet_length says
  const std::size_t padding = length - 1 - payload;
  std::uint8_t* packet = buffer_.data() + position;
  store_u32(packet, static_cast<std::uint32_t>(length));
  packet[4] = static_cast<std::uint8_t>(padding);
  random_.fill({packet + kHead + payload, padding});
  cipher_->seal(sequence_, {packet, total});
  ++sequence_;
  ++key_packets_;
  key_bytes_ += total;
}

void PacketWriter::on_login() {
  end();
  compression_.on_login();
}

void PacketWriter::change_cipher(std::unique_ptr<PacketCipher> cipher, bool reset_sequence) {
  end();
  cipher_ = std::move(cipher);
  if (reset_sequence) sequence_ = 0;
  key_bytes_ = key_packets_ = 0;
}

}  // namespace ssh2core
