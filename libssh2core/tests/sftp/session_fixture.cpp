#include "libssh2core/tests/sftp/session_fixture.h"

namespace ssh2core::sftp {

void TestReplies::append(ByteView bytes) {
  EXPECT_FALSE(full_) << "a reply begun while the stream was full";
  EXPECT_FALSE(reserved_) << "append() before commit()";
  out.insert(out.end(), bytes.begin(), bytes.end());
  full_ = one_by_one;
}

std::span<const MutableView> TestReplies::reserve(std::size_t head, std::size_t body) {
  EXPECT_FALSE(full_) << "a reply begun while the stream was full";
  EXPECT_FALSE(reserved_);
  reserved_ = true;
  room_.assign(head + body, 0xee);
  pieces_.clear();
  MutableView rest = room_;
  const std::size_t size = piece == 0 ? rest.size() : piece;
  std::size_t next = std::max(head, size);
  while (!rest.empty()) {
    next = std::min(next, rest.size());
    pieces_.push_back(rest.first(next));
    rest = rest.subspan(next);
    next = size;
  }
  return pieces_;
}

void TestReplies::commit(std::size_t bytes) {
  EXPECT_TRUE(reserved_);
  EXPECT_LE(bytes, room_.size());
  reserved_ = false;
  out.insert(out.end(), room_.begin(), room_.begin() + static_cast<std::ptrdiff_t>(bytes));
  if (bytes != 0) full_ = one_by_one;
}

std::vector<Reply> split_replies(ByteView stream, ProtocolVersion version) {
  std::vector<Reply> replies;
  Reader r(stream);
  while (r.remaining() != 0) {
    const PacketHead head = read_head(r.string());
    replies.push_back({head.type, head.id, Bytes(head.body.begin(), head.body.end()), version});
  }
  return replies;
}

Bytes raw_packet(std::uint8_t type, std::uint32_t id, ByteView body) {
  Buffer out;
  PacketFrame frame(out, static_cast<PacketType>(type), id);
  out.append(body);
  frame.finish();
  return out.to_bytes();
}

std::vector<Reply> SftpWorld::send(ByteView bytes) {
  server.feed(bytes);
  server.input_done();
  while (is_working()) server.resume();
  return split_replies(std::exchange(replies.out, {}), version);
}

Reply SftpWorld::only(std::vector<Reply> replies, std::uint32_t id) {
  EXPECT_EQ(replies.size(), 1U);
  if (replies.empty()) return {};
  EXPECT_EQ(replies[0].id, id);
  return replies[0];
}

Bytes SftpWorld::open(std::string_view path, std::uint32_t pflags) {
  OpenRequest open;
  open.path = {path};
  open.pflags = pflags;
  const bool write = (pflags & kOpenWrite) != 0, create = (pflags & kOpenCreate) != 0;
  open.desired_access =
      ((pflags & kOpenRead) != 0 ? kAceReadData : 0U) | (write ? kAceWriteData : 0U);
  open.flags = create ? kOpenOrCreate : kOpenExisting;
  const Reply reply = ask(open);
  const ByteView handle = reply.as<HandleReply>().handle;
  return {handle.begin(), handle.end()};
}

Bytes SftpWorld::open_directory(std::string_view path) {
  const Reply reply = ask(OpendirRequest{{path}});
  const ByteView handle = reply.as<HandleReply>().handle;
  return {handle.begin(), handle.end()};
}

}  // namespace ssh2core::sftp
