// The primitive types of RFC 4251 section 5, checked on every read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ssh2core {

using Bytes = std::vector<std::uint8_t>;         // owned
using ByteView = std::span<const std::uint8_t>;  // borrowed: valid only during the call
using MutableView = std::span<std::uint8_t>;     // borrowed, may be written
using NameList = std::vector<std::string>;

/// Disconnect reasons of RFC 4253 section 11.1; the numbers go into SSH_MSG_DISCONNECT as they are.
enum class Reason : std::uint32_t {
  HostNotAllowed = 1,
  Protocol = 2,
  KeyExchange = 3,
  Mac = 5,
  Compression = 6,
  ServiceNotAvailable = 7,
  Version = 8,
  HostKey = 9,
  Lost = 10,
  ByApplication = 11,
  TooManyConnections = 12,
  AuthCancelled = 13,
  NoMoreAuthMethods = 14,
  IllegalUserName = 15,
};

/// The one exception that ends a connection. Caught once, where the session is driven.
struct ProtocolError final : std::runtime_error {
  ProtocolError(Reason r, const std::string& what) : std::runtime_error(what), reason(r) {}
  Reason reason;
};

/// The bytes of a text, without its terminator.
inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
/// The text that these bytes are; nothing is checked.
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Big-endian store of 32 bits at `at`, which must have room for four bytes.
inline void store_u32(std::uint8_t* at, std::uint32_t value) {
  at[0] = static_cast<std::uint8_t>(value >> 24);
  at[1] = static_cast<std::uint8_t>(value >> 16);
  at[2] = static_cast<std::uint8_t>(value >> 8);
  at[3] = static_cast<std::uint8_t>(value);
}
/// Big-endian load of 32 bits from `at`, which must hold four bytes.
inline std::uint32_t load_u32(const std::uint8_t* at) {
  return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 |
         at[3];
}

/// Takes values off the front of a packet; throws ProtocolError when one is missing.
class Reader {
 public:
  explicit Reader(ByteView packet) : rest_(packet) {}
  std::uint8_t u8() { return raw(1)[0]; }
  bool boolean() { return u8() != 0; }  // any non-zero byte is true
  std::uint32_t u32() { return load_u32(raw(4).data()); }
  std::uint64_t u64() {
    const std::uint64_t high = u32();
    return high << 32 | u32();
  }
  ByteView string() { return raw(u32()); }
  /// A string as text; its bytes are not checked.
  std::string_view text() { return as_text(string()); }
  /// The magnitude, leading zeros dropped as OpenSSH does; a negative number is refused.
  ByteView mpint();
  /// Empty names are skipped: libssh 0.10 ends its cipher list with a comma.
  NameList name_list();
  ByteView raw(std::size_t count) {
    if (count > rest_.size()) throw ProtocolError(Reason::Protocol, "packet ends inside a field");
    return std::exchange(rest_, rest_.subspan(count)).first(count);
  }
  /// Everything that is left.
  ByteView rest() { return raw(rest_.size()); }
  std::size_t remaining() const { return rest_.size(); }
  void expect_end() const {
    if (!rest_.empty()) throw ProtocolError(Reason::Protocol, "bytes after the last field");
  }

 private:
  ByteView rest_;
};

/// True when both hold the same bytes; the time depends on the length only.
bool equal_in_constant_time(ByteView a, ByteView b);

}  // namespace ssh2core
