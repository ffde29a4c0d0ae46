#include "libssh2core/client/sftp_client.h"

namespace ssh2core::client {

using sftp::PacketType;

namespace {

// Replies may be larger than what we ask for at once, but not without bound.
constexpr std::size_t kLongestReply = 1048576;
constexpr sftp::ProtocolVersion kLatestVersion = 6;
constexpr std::uint32_t kModeType = 0170000;

SftpStatus lost() { return {sftp::Status::ConnectionLost, "the connection was lost"}; }

sftp::Path path_of(std::string_view text) { return sftp::Path{text}; }

/// The flags of OPEN as versions 5 and 6 have them (-13 section 8.1.1).
std::uint32_t open_flags(std::uint32_t pflags) {
  const auto has = [pflags](std::uint32_t bits) { return (pflags & bits) == bits; };
  std::uint32_t flags = sftp::kOpenExisting;
  if (has(sftp::kOpenCreate | sftp::kOpenExclusive))
    flags = sftp::kCreateNew;
  else if (has(sftp::kOpenCreate | sftp::kOpenTruncate))
    flags = sftp::kCreateTruncate;
  else if (has(sftp::kOpenCreate))
    flags = sftp::kOpenOrCreate;
  else if (has(sftp::kOpenTruncate))
    flags = sftp::kTruncateExisting;
  if (has(sftp::kOpenAppend)) flags |= sftp::kAccessAppend;
  if (has(sftp::kOpenText)) flags |= sftp::kAccessText;
  return flags;
}
std::uint32_t desired_access(std::uint32_t pflags) {
  std::uint32_t access = 0;
  if ((pflags & sftp::kOpenRead) != 0) access |= sftp::kAceReadData;
  if ((pflags & sftp::kOpenWrite) != 0) access |= sftp::kAceWriteData | sftp::kAceAppendData;
  return access;
}

/// From version 4 on the type stands beside the mode, which may lack it.
sftp::Attributes with_type(sftp::Attributes attributes) {
  if (attributes.mode && attributes.type && (*attributes.mode & kModeType) == 0)
    *attributes.mode |= sftp::mode_of(static_cast<sftp::FileType>(*attributes.type));
  return attributes;
}

}  // namespace

std::uint32_t SftpClient::expect(PacketType type, ReplyDone done) {
  while (true) {
    const std::uint32_t id =
        ids_ == RequestIds::Counter ? counter_ : (counter_ << 8) + static_cast<std::uint32_t>(type);
    ++counter_;
    if (waiting_.try_emplace(id, std::move(done)).second) return id;  // not moved when it is false
  }
}

SftpStatus SftpClient::status_of(const std::optional<Reply>& reply) {
  if (!reply) return lost();
  if (reply->type != PacketType::Status) return {};
  const auto status = sftp::decode_body<sftp::StatusReply>(reply->body, 3);
  return {static_cast<sftp::Status>(status.code), std::string(status.message)};
}

void SftpClient::start(sftp::ProtocolVersion version, Done<sftp::ProtocolVersion> done) {
  started_ = std::move(done);
  version_ = version;
  Buffer packet;
  sftp::encode_packet(packet, version, 0, sftp::InitRequest{version});
  out_.append(packet.view());
}

void SftpClient::take_version(ByteView body) {
  if (!started_) throw ProtocolError(Reason::Protocol, "SFTP VERSION without INIT");
  const auto reply = sftp::decode_body<sftp::VersionReply>(body, version_);
  if (reply.version == 0 || reply.version > kLatestVersion)
    throw ProtocolError(Reason::Protocol, "SFTP version that does not exist");
  version_ = reply.version;
  for (const sftp::ExtensionPair& pair : reply.extensions.list)
    extensions_[std::string(pair.name)] = pair.data;
  std::exchange(started_, nullptr)({{}, version_});
}

void SftpClient::feed(ByteView input) {
  constexpr std::size_t kLengthField = 4;
  while (true) {
    // A reply that lies whole in the input is handled there; one that was cut is gathered.
    const ByteView start = gathered_.empty() ? input : gathered_.view();
    std::size_t wanted = kLengthField;
    if (start.size() >= kLengthField) {
      const std::size_t length = load_u32(start.data());
      if (length == 0 || length > kLongestReply)
        throw ProtocolError(Reason::Protocol, "SFTP packet with an impossible length");
      wanted += length;
    }
    if (wanted > kLengthField && start.size() >= wanted) {
      if (gathered_.empty()) {
        input = input.subspan(wanted);
        take_packet(start.subspan(kLengthField, wanted - kLengthField));
      } else {
        // Taken out first: the callback may come here again.
        const Buffer packet = std::exchange(gathered_, Buffer());
        take_packet(packet.view().subspan(kLengthField));
      }
      continue;
    }
    if (input.empty()) return;
    const std::size_t more = std::min(wanted - std::min(wanted, gathered_.size()), input.size());
    gathered_.append(input.first(more));
    input = input.subspan(more);
  }
}

void SftpClient::take_packet(ByteView packet) {
  const sftp::PacketHead head = sftp::read_head(packet);
  if (head.type == PacketType::Version) return take_version(head.body);
  const auto at = waiting_.find(head.id);
  if (at == waiting_.end())
    throw ProtocolError(Reason::Protocol, "SFTP reply to a request that was never sent");
  auto request = waiting_.extract(at);
  try {
    request.mapped()(Reply{head.type, head.body});
  } catch (const ProtocolError&) {  // malformed: still without an answer, so that it hears lose()
    if (!over_) waiting_.insert(std::move(request));
    throw;
  }
}

void SftpClient::lose() {
  over_ = true;
  if (started_) std::exchange(started_, nullptr)({lost(), 0});
  for (const auto& [id, done] : std::exchange(waiting_, {})) done(std::nullopt);
}

/// Sends a request whose good answer is a Message, of which `take` makes the value.
template <class Message, class Value, class Request, class Take>
void SftpClient::ask(const Request& what, Done<Value> done, Take take) {
  request(what, [this, done = std::move(done), take](const std::optional<Reply>& reply) {
    Answer<Value> answer{status_of(reply)};
    if (reply && reply->type == Message::kId) {
      const auto message = sftp::decode_body<Message>(reply->body, version_);
      answer.value = take(message);
    } else if (answer.ok()) {  // STATUS OK says nothing where a value is due
      answer.status = {sftp::Status::BadMessage, "the server answered with another message"};
    }
    done(answer);
  });
}

namespace {
constexpr auto kTakeHandle = [](const sftp::HandleReply& reply) {
  return Bytes(reply.handle.begin(), reply.handle.end());
};
constexpr auto kTakeAttributes = [](const sftp::AttrsReply& reply) {
  return with_type(reply.attributes);
};
constexpr auto kTakeOneName = [](const sftp::NameReply& reply) {
  if (reply.entries.size() != 1) throw ProtocolError(Reason::Protocol, "SFTP NAME without a name");
  return std::string(reply.entries[0].filename);
};
}  // namespace

void SftpClient::open(std::string_view path, std::uint32_t pflags,
                      const sftp::Attributes& attributes, Done<Bytes> done) {
  sftp::OpenRequest message{path_of(path), pflags, desired_access(pflags), open_flags(pflags)};
  message.attributes = attributes;
  ask<sftp::HandleReply>(message, std::move(done), kTakeHandle);
}

void SftpClient::close(ByteView handle, StatusDone done) {
  request_status(sftp::CloseRequest{handle}, std::move(done));
}

void SftpClient::read(ByteView handle, std::uint64_t offset, std::uint32_t length,
                      Done<ByteView> done) {
  ask<sftp::DataReply>(sftp::ReadRequest{handle, offset, length}, std::move(done),
                       [length](const sftp::DataReply& reply) {
                         if (reply.data.size() > length)
                           throw ProtocolError(Reason::Protocol, "more data than was asked for");
                         return reply.data;
                       });
}

void SftpClient::write(ByteView handle, std::uint64_t offset, ByteView data, StatusDone done) {
  const auto copy = [data](std::span<const MutableView> pieces) mutable {
    for (const MutableView piece : pieces) {
      std::copy_n(data.begin(), piece.size(), piece.begin());
      data = data.subspan(piece.size());
    }
  };
  write(handle, offset, static_cast<std::uint32_t>(data.size()), copy, std::move(done));
}

void SftpClient::write(ByteView handle, std::uint64_t offset, std::uint32_t length,
                       const Fill& fill, StatusDone done) {
  if (over_) return done(lost());
  Buffer head;
  const std::uint32_t id = expect(
      PacketType::Write,
      [done = std::move(done)](const std::optional<Reply>& reply) { done(status_of(reply)); });
  sftp::PacketFrame frame(head, PacketType::Write, id);
  Writer w(head);
  sftp::encode_fields(w, sftp::WriteHead{handle, offset, length}, version_);
  frame.finish(length);
  const std::span<const MutableView> room = out_.reserve(head.size(), length);
  std::ranges::copy(head.view(), room[0].begin());
  std::vector<MutableView> pieces(room.begin(), room.end());
  pieces[0] = pieces[0].subspan(head.size());
  fill(pieces);
  out_.commit(head.size() + length);
}

void SftpClient::stat(std::string_view path, Done<sftp::Attributes> done) {
  ask<sftp::AttrsReply>(sftp::StatRequest{path_of(path), kCommonAttributes}, std::move(done),
                        kTakeAttributes);
}

void SftpClient::lstat(std::string_view path, Done<sftp::Attributes> done) {
  ask<sftp::AttrsReply>(sftp::LstatRequest{path_of(path), kCommonAttributes}, std::move(done),
                        kTakeAttributes);
}

void SftpClient::fstat(ByteView handle, Done<sftp::Attributes> done) {
  ask<sftp::AttrsReply>(sftp::FstatRequest{handle, kCommonAttributes}, std::move(done),
                        kTakeAttributes);
}

void SftpClient::setstat(std::string_view path, const sftp::Attributes& wanted, StatusDone done) {
  request_status(sftp::SetstatRequest{path_of(path), wanted}, std::move(done));
}

void SftpClient::fsetstat(ByteView handle, const sftp::Attributes& wanted, StatusDone done) {
  request_status(sftp::FsetstatRequest{handle, wanted}, std::move(done));
}

void SftpClient::opendir(std::string_view path, Done<Bytes> done) {
  ask<sftp::HandleReply>(sftp::OpendirRequest{path_of(path)}, std::move(done), kTakeHandle);
}

void SftpClient::readdir(ByteView handle, Done<std::vector<SftpName>> done) {
  ask<sftp::NameReply>(
      sftp::ReaddirRequest{handle}, std::move(done), [](const sftp::NameReply& reply) {
        std::vector<SftpName> names;
        for (const sftp::NameEntry& entry : reply.entries)
          names.push_back({std::string(entry.filename), std::string(entry.longname),
                           with_type(entry.attributes)});
        return names;
      });
}

void SftpClient::remove(std::string_view path, StatusDone done) {
  request_status(sftp::RemoveRequest{path_of(path)}, std::move(done));
}

void SftpClient::mkdir(std::string_view path, const sftp::Attributes& attributes, StatusDone done) {
  request_status(sftp::MkdirRequest{path_of(path), attributes}, std::move(done));
}

void SftpClient::rmdir(std::string_view path, StatusDone done) {
  request_status(sftp::RmdirRequest{path_of(path)}, std::move(done));
}

void SftpClient::rename(std::string_view from, std::string_view to, StatusDone done) {
  request_status(sftp::RenameRequest{path_of(from), path_of(to)}, std::move(done));
}

void SftpClient::realpath(std::string_view path, sftp::RealpathControl control,
                          Done<std::string> done) {
  ask<sftp::NameReply>(sftp::RealpathRequest{path_of(path), control}, std::move(done),
                       kTakeOneName);
}

void SftpClient::readlink(std::string_view path, Done<std::string> done) {
  ask<sftp::NameReply>(sftp::ReadlinkRequest{path_of(path)}, std::move(done), kTakeOneName);
}

void SftpClient::symlink(std::string_view target, std::string_view link, StatusDone done) {
  if (version_ >= sftp::LinkRequest::kVersions.since)
    request_status(sftp::LinkRequest{path_of(link), path_of(target), true}, std::move(done));
  else
    request_status(sftp::SymlinkRequest{path_of(target), path_of(link)}, std::move(done));
}

}  // namespace ssh2core::client
