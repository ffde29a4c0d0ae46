// SFTP messages to bytes and back. A message is a struct with one list of its fields, kFields, as
// in wire/codec.h; here a field also says in which protocol versions it exists, so that a version
// is data. The envelope of a packet (length, type, request id) is the codec's, not the message's.
#pragma once

#include <tuple>

#include "libssh2core/wire/codec.h"

namespace ssh2core::sftp {

/// The SFTP version of a session, 1 to 6.
using ProtocolVersion = std::uint32_t;

/// The versions, first and last, in which something exists.
struct Versions {
  ProtocolVersion since = 1, until = 6;
  constexpr bool contain(ProtocolVersion version) const {
    return version >= since && version <= until;
  }
};

/// May a field be missing at the end of a packet? Its member then keeps its default.
enum class Presence { Always, IfThere };

template <class Member>
struct VersionedField {
  std::string_view name;
  Member member;
  Versions versions = {};
  Presence presence = Presence::Always;
};
template <class Member>
VersionedField(std::string_view, Member) -> VersionedField<Member>;
template <class Member>
VersionedField(std::string_view, Member, Versions) -> VersionedField<Member>;
template <class Member>
VersionedField(std::string_view, Member, Versions, Presence) -> VersionedField<Member>;

/// The types of packets (draft-ietf-secsh-filexfer-02 section 3, -13 section 4.3).
enum class PacketType : std::uint8_t {
  Init = 1,
  Version = 2,
  Open = 3,
  Close = 4,
  Read = 5,
  Write = 6,
  Lstat = 7,
  Fstat = 8,
  Setstat = 9,
  Fsetstat = 10,
  Opendir = 11,
  Readdir = 12,
  Remove = 13,
  Mkdir = 14,
  Rmdir = 15,
  Realpath = 16,
  Stat = 17,
  Rename = 18,
  Readlink = 19,
  Symlink = 20,
  Link = 21,
  Block = 22,
  Unblock = 23,
  Status = 101,
  Handle = 102,
  Data = 103,
  Name = 104,
  Attrs = 105,
  Extended = 200,
  ExtendedReply = 201,
};

/// A file name of a request. Borrowed from the packet; a NUL inside is refused when decoding, since
/// no system below could keep it.
struct Path {
  std::string_view text;
};
inline void put(Writer& w, Path v) { w.string(v.text); }
inline void get(Reader& r, Path& v) {
  v.text = r.text();
  if (v.text.find('\0') != std::string_view::npos)
    throw ProtocolError(Reason::Protocol, "NUL in a file name");
}

/// True for INIT and VERSION, which alone have no request id.
constexpr bool is_without_id(PacketType type) {
  return type == PacketType::Init || type == PacketType::Version;
}

/// Appends a value of a field: types whose layout depends on the version have a put with three
/// arguments, all others the one of wire/codec.h.
template <class Value>
void put_value(Writer& w, const Value& value, ProtocolVersion version) {
  if constexpr (requires { put(w, value, version); }) {
    put(w, value, version);
  } else {
    put(w, value);
  }
}
template <class Value>
void get_value(Reader& r, Value& value, ProtocolVersion version) {
  if constexpr (requires { get(r, value, version); }) {
    get(r, value, version);
  } else {
    get(r, value);
  }
}

/// Appends the fields that `m` has in `version`, in wire order.
template <class Message>
void encode_fields(Writer& w, const Message& m, ProtocolVersion version) {
  [[maybe_unused]] const auto one = [&](const auto& field) {
    if (field.versions.contain(version)) put_value(w, m.*field.member, version);
  };
  std::apply([&](const auto&... field) { (one(field), ...); }, Message::kFields);
}
/// Takes the fields that a message has in `version`; what follows them stays in the reader.
template <class Message>
void decode_fields(Reader& r, Message& m, ProtocolVersion version) {
  [[maybe_unused]] const auto one = [&](const auto& field) {
    if (!field.versions.contain(version)) return;
    if (field.presence == Presence::IfThere && r.remaining() == 0) return;
    get_value(r, m.*field.member, version);
  };
  std::apply([&](const auto&... field) { (one(field), ...); }, Message::kFields);
}
/// A message from the bytes behind the request id (and, of an extended request, behind its name).
/// Surplus bytes are ignored (draft -13 section 4). Throws ProtocolError when a field is missing.
template <class Message>
Message decode_body(ByteView body, ProtocolVersion version) {
  Reader r(body);
  Message m;
  decode_fields(r, m, version);
  return m;
}

/// Appends a list with its count in front. Every entry has at least two fields of four bytes.
template <class Entry>
  requires requires { Entry::kFields; }
void put(Writer& w, const std::vector<Entry>& list, ProtocolVersion version) {
  w.u32(static_cast<std::uint32_t>(list.size()));
  for (const Entry& entry : list) encode_fields(w, entry, version);
}
template <class Entry>
  requires requires { Entry::kFields; }
void get(Reader& r, std::vector<Entry>& list, ProtocolVersion version) {
  const std::uint32_t count = r.u32();
  if (count > r.remaining() / 8)
    throw ProtocolError(Reason::Protocol, "list longer than its packet");
  list.resize(count);
  for (Entry& entry : list) decode_fields(r, entry, version);
}

/// A packet in the making: the length, type and id are put at the end of the buffer, the body is
/// appended behind them, finish() fills in the length.
class PacketFrame {
 public:
  PacketFrame(Buffer& out, PacketType type, std::uint32_t id) : out_(out), start_(out.size()) {
    Writer w(out);
    w.u32(0);  // the length
    w.u8(static_cast<std::uint8_t>(type));
    if (!is_without_id(type)) w.u32(id);
  }
  /// `beyond`: bytes of the packet that follow from elsewhere.
  void finish(std::size_t beyond = 0) {
    const std::size_t length = out_.size() - start_ - sizeof(std::uint32_t) + beyond;
    store_u32(out_.data() + start_, static_cast<std::uint32_t>(length));
  }

 private:
  Buffer& out_;
  std::size_t start_;
};

/// Appends a whole packet. `id` is left out where the type has none; an extended request (a struct
/// with kExtension) gets its name in front of its fields.
template <class Message>
void encode_packet(Buffer& out, ProtocolVersion version, std::uint32_t id, const Message& m) {
  PacketFrame frame(out, Message::kId, id);
  Writer w(out);
  if constexpr (requires { Message::kExtension; }) w.string(Message::kExtension);
  encode_fields(w, m, version);
  frame.finish();
}

/// A packet without its length field, taken apart up to its body. Borrowed.
struct PacketHead {
  PacketType type{};
  std::uint32_t id = 0;
  ByteView body;
};
/// Throws ProtocolError when the packet ends before its body.
inline PacketHead read_head(ByteView packet) {
  Reader r(packet);
  PacketHead head;
  head.type = static_cast<PacketType>(r.u8());
  if (!is_without_id(head.type)) head.id = r.u32();
  head.body = r.rest();
  return head;
}

}  // namespace ssh2core::sftp
