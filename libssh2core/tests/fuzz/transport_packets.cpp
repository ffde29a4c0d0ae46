#include <deque>

#include "libssh2core/crypto/cipher_table.h"
#include "libssh2core/crypto/mac_table.h"
#include "libssh2core/tests/fuzz/clock_and_random.h"
#include "libssh2core/tests/fuzz/fuzz_input.h"
#include "libssh2core/tests/fuzz/targets.h"
#include "libssh2core/transport/packet_reader.h"
#include "libssh2core/transport/packet_writer.h"

namespace ssh2core::fuzz {

namespace {

struct Protection {
  const CipherEntry* cipher = nullptr;  // nullptr: in the clear
  const MacEntry* mac = nullptr;
};

/// In the clear, and every cipher with every MAC that it can have.
const std::vector<Protection>& protections() {
  static const auto all = [] {
    std::vector<Protection> list(1);
    for (const CipherEntry& cipher : kCiphers) {
      if (cipher.is_aead()) {
        list.push_back({&cipher, nullptr});
        continue;
      }
      for (const MacEntry& mac : kMacs) list.push_back({&cipher, &mac});
    }
    return list;
  }();
  return all;
}

std::unique_ptr<PacketCipher> make(const Protection& protection, Direction direction) {
  if (protection.cipher == nullptr) return make_plain_packet_cipher();
  const Bytes some(64, 0x5a);
  const ByteView bytes = some;
  const std::size_t mac_bytes = protection.mac == nullptr ? 0 : protection.mac->key_bytes;
  return make_packet_cipher(*protection.cipher, protection.mac,
                            {.iv = Secret(bytes.first(protection.cipher->iv_bytes)),
                             .key = Secret(bytes.first(protection.cipher->key_bytes)),
                             .mac_key = Secret(bytes.first(mac_bytes))},
                            direction);
}

/// A writer and a reader with the same keys, and what an attacker does between them.
class Line {
 public:
  Line(const Protection& protection, std::size_t cut) : protection_(protection), cut_(cut) {
    writer_.change_cipher(make(protection, Direction::Seal), true);
    reader_.change_cipher(make(protection, Direction::Open), true);
  }
  void send(ByteView payload) {
    if (payload.empty()) return;
    sent_.emplace_back(payload.begin(), payload.end());
    writer_.begin();
    writer_.buffer().append(payload);
    writer_.end();
  }
  void add(ByteView bytes) {
    damaged_ = damaged_ || !bytes.empty();
    writer_.buffer().append(bytes);
  }
  void flip(std::size_t at, std::uint8_t mask) {
    Buffer& wire = writer_.buffer();
    if (wire.empty() || mask == 0) return;
    damaged_ = true;
    wire.data()[at % wire.size()] ^= mask;
  }
  /// Moves all over to the reader; throws its ProtocolError.
  void deliver() {
    const Bytes wire = writer_.buffer().to_bytes();
    writer_.sent(wire.size());
    for (ByteView rest = wire; !rest.empty();) {
      const MutableView room = reader_.room();
      const std::size_t most = std::min(room.size(), rest.size());
      const std::size_t count = cut_ == 0 ? most : std::min(cut_, most);
      std::copy_n(rest.begin(), count, room.begin());
      reader_.received(count);
      rest = rest.subspan(count);
      while (const auto payload = reader_.next()) check(*payload);
    }
    if (!damaged_) require(sent_.empty(), "every packet arrives");
    if (cut_ % 2 == 1) reader_.shrink();
  }
  bool damaged() const { return damaged_; }

 private:
  void check(ByteView payload) {
    require(!payload.empty(), "a payload has a byte at least");
    if (damaged_ && !is_authentic()) return;
    require(!sent_.empty() && std::ranges::equal(payload, sent_.front()),
            "only what was sealed is opened, in order");
    sent_.pop_front();
  }

  bool is_authentic() const {
    if (protection_.mac != nullptr) return protection_.mac->kind != MacKind::None;
    return protection_.cipher != nullptr;
  }

  const Protection protection_;
  const std::size_t cut_;
  FuzzRandom random_;
  PacketWriter writer_{random_};
  PacketReader reader_;
  std::deque<Bytes> sent_;
  bool damaged_ = false;
};

}  // namespace

void transport_packets(ByteView input) {
  FuzzInput in(input);
  const Protection& protection = protections()[in.u8() % protections().size()];
  Line line(protection, in.u8());
  try {
    while (!in.empty()) {
      const std::uint8_t step = in.u8();
      switch (step % 8) {
        case 0:
          line.add(in.piece());
          break;
        case 1: {
          const std::size_t at = in.u16();
          line.flip(at, in.u8());
          break;
        }
        case 2:
          line.deliver();
          break;
        default:
          line.send(in.piece());
          break;
      }
    }
    line.deliver();
  } catch (const ProtocolError&) {
    require(line.damaged(), "packets that nobody touched are good");
  }
}

}  // namespace ssh2core::fuzz
