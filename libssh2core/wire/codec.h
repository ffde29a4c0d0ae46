// A message is a struct and one list of its fields: kFields gives the wire order both ways and the
// names for JSON. A struct also has kId (its message number) and kName (its RFC name, without the
// SSH_MSG_ prefix).
#pragma once

#include <algorithm>
#include <array>
#include <tuple>

#include "libssh2core/wire/buffer.h"

namespace ssh2core {

template <class Member>
struct Field {
  std::string_view name;
  Member member;
};

/// What is left of a message: method or request specific data that another struct describes.
/// Borrowed from the packet when decoded; must be the last field.
struct Tail {
  ByteView bytes;
};
/// An mpint field, held as its big-endian magnitude. Borrowed from the packet when decoded.
struct Mpint {
  ByteView magnitude;
};

// One put and one get per wire type; a field of any other type does not compile. string_view and
// ByteView fields borrow from the packet: such a message lives no longer than the call that got it.
inline void put(Writer& w, bool v) { w.boolean(v); }
inline void get(Reader& r, bool& v) { v = r.boolean(); }
inline void put(Writer& w, std::uint8_t v) { w.u8(v); }
inline void get(Reader& r, std::uint8_t& v) { v = r.u8(); }
inline void put(Writer& w, std::uint32_t v) { w.u32(v); }
inline void get(Reader& r, std::uint32_t& v) { v = r.u32(); }
inline void put(Writer& w, std::uint64_t v) { w.u64(v); }
inline void get(Reader& r, std::uint64_t& v) { v = r.u64(); }
inline void put(Writer& w, std::string_view v) { w.string(v); }
inline void get(Reader& r, std::string_view& v) { v = r.text(); }
inline void put(Writer& w, const std::string& v) { w.string(v); }
inline void get(Reader& r, std::string& v) { v = r.text(); }
inline void put(Writer& w, ByteView v) { w.string(v); }
inline void get(Reader& r, ByteView& v) { v = r.string(); }
inline void put(Writer& w, const NameList& v) { w.name_list(v); }
inline void get(Reader& r, NameList& v) { v = r.name_list(); }
inline void put(Writer& w, Tail v) { w.raw(v.bytes); }
inline void get(Reader& r, Tail& v) { v.bytes = r.rest(); }
inline void put(Writer& w, Mpint v) { w.mpint(v.magnitude); }
inline void get(Reader& r, Mpint& v) { v.magnitude = r.mpint(); }
template <std::size_t N>
void put(Writer& w, const std::array<std::uint8_t, N>& v) {
  w.raw(v);
}
template <std::size_t N>
void get(Reader& r, std::array<std::uint8_t, N>& v) {
  const ByteView bytes = r.raw(N);
  std::copy(bytes.begin(), bytes.end(), v.begin());
}

/// Appends the fields of `m` in wire order, without its number.
template <class Message>
void encode_fields(Writer& w, const Message& m) {
  std::apply([&](const auto&... f) { (put(w, m.*f.member), ...); }, Message::kFields);
}
/// Appends the whole message: number and fields.
template <class Message>
void encode_to(Buffer& out, const Message& m) {
  Writer w(out);
  w.u8(Message::kId);
  encode_fields(w, m);
}
template <class Message>
Bytes encode(const Message& m) {
  Buffer out;
  encode_to(out, m);
  return out.to_bytes();
}

/// Reads the fields of a message, without its number; bytes left over are an error.
template <class Message>
Message decode_fields(ByteView fields) {
  Reader r(fields);
  Message m;
  std::apply([&](const auto&... f) { (get(r, m.*f.member), ...); }, Message::kFields);
  r.expect_end();
  return m;
}
/// Reads a whole message; throws ProtocolError when it is another one, too short or too long.
template <class Message>
Message decode(ByteView packet) {
  if (packet.empty() || packet[0] != Message::kId)
    throw ProtocolError(Reason::Protocol, "another message expected");
  return decode_fields<Message>(packet.subspan(1));
}

}  // namespace ssh2core
