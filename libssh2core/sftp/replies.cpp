#include "libssh2core/sftp/replies.h"

#include <algorithm>

namespace ssh2core::sftp {

namespace {

constexpr std::size_t kDataHead = 13;      // length, type, id and length of the data
constexpr std::size_t kKeptMemory = 1024;  // bytes, between large replies
constexpr std::size_t kKeptPieces = 64;

/// The places of `length` bytes behind the head.
void find_body(std::span<const MutableView> pieces, std::size_t length,
               std::vector<MutableView>& body) {
  body.clear();
  std::size_t skip = kDataHead;
  for (const MutableView piece : pieces) {
    MutableView part = piece.subspan(std::min(skip, piece.size()));
    skip -= std::min(skip, piece.size());
    part = part.first(std::min(part.size(), length));
    length -= part.size();
    if (!part.empty()) body.push_back(part);
  }
}

std::uint8_t& byte_at(std::span<const MutableView> pieces, std::size_t place) {
  for (; place >= pieces.front().size(); pieces = pieces.subspan(1)) place -= pieces.front().size();
  return pieces.front()[place];
}

}  // namespace

void Replies::flush() {
  stream_.append(buffer_.view());
  buffer_.clear();
}

Status Replies::status(std::uint32_t id, Status code, std::string_view text) {
  const Status sent = status_in(code, version_);
  answer_ = {sent, 0};
  send(id, StatusReply{static_cast<std::uint32_t>(sent), text.empty() ? status_text(code) : text,
                       "en"});
  return sent;
}

Status Replies::unknown_principals(std::uint32_t id, const std::vector<std::string>& names) {
  const Status sent = status_in(Status::UnknownPrincipal, version_);
  answer_ = {sent, EINVAL};
  Buffer specific;
  Writer w(specific);
  if (sent == Status::UnknownPrincipal)
    for (const std::string& name : names) w.string(name);
  send(id, StatusReply{static_cast<std::uint32_t>(sent),
                       status_text(Status::UnknownPrincipal),
                       "en",
                       {specific.view()}});
  return sent;
}

Status Replies::outcome(std::uint32_t id, int error) {
  const Status sent = status(id, status_of(error, version_), error_text(error));
  answer_.error = error;
  return sent;
}

void Replies::name(std::uint32_t id, std::string_view name, const Attributes& attributes) {
  begin_names(id);
  add_name({name, name, attributes});
  finish_names(true);
}

std::size_t Replies::data(std::uint32_t id, OpenFile& file, std::uint64_t offset,
                          std::size_t length) {
  const std::size_t tail = has_end_flags() ? 1 : 0;
  const std::span<const MutableView> room = stream_.reserve(kDataHead, length + tail);
  find_body(room, length, pieces_);
  const Result<std::size_t> result = file.read(offset, pieces_);
  if (!result || *result == 0) {
    stream_.commit(0);
    if (result)
      status(id, Status::Eof);
    else
      outcome(id, result.error().value);
    return 0;
  }
  const std::size_t count = std::min(*result, length);
  const std::size_t end = count < length ? tail : 0;
  PacketFrame frame(buffer_, DataHead::kId, id);
  Writer w(buffer_);
  encode_fields(w, DataHead{static_cast<std::uint32_t>(count)}, version_);
  frame.finish(count + end);
  std::ranges::copy(buffer_.view(), room[0].begin());
  buffer_.clear();
  if (end != 0) byte_at(room, kDataHead + count) = 1;
  stream_.commit(kDataHead + count + end);
  return count;
}

void Replies::begin_names(std::uint32_t id) {
  names_id_ = id;
  name_count_ = 0;
  PacketFrame frame(buffer_, PacketType::Name, id);
  Writer w(buffer_);
  w.u32(0);  // the count, known at the end
}

void Replies::add_name(const NameEntry& entry) {
  Writer w(buffer_);
  encode_fields(w, entry, version_);
  ++name_count_;
}

void Replies::finish_names(bool last) {
  if (has_end_flags()) Writer(buffer_).boolean(last);
  Buffer head;
  PacketFrame frame(head, PacketType::Name, names_id_);
  Writer w(head);
  w.u32(name_count_);
  frame.finish(buffer_.size() - head.size());
  std::ranges::copy(head.view(), buffer_.data());
  flush();
}

void Replies::drop_names() { buffer_.clear(); }

void Replies::shrink() {
  if (buffer_.capacity() > kKeptMemory) buffer_.shrink(kKeptMemory);
  if (pieces_.capacity() > kKeptPieces) pieces_ = {};
}

}  // namespace ssh2core::sftp
