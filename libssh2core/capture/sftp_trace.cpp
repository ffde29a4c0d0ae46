#include "libssh2core/capture/sftp_trace.h"

#include <algorithm>

#include "libssh2core/capture/trace_values.h"
#include "libssh2core/sftp/xattr_messages.h"

namespace ssh2core {

namespace {

using namespace sftp;

constexpr ProtocolVersion kLatestVersion = 6;

template <class Message>
TraceFields read(ByteView body, ProtocolVersion version) {
  return trace_fields(decode_body<Message>(body, version), version);
}

struct Row {
  PacketType type;
  std::string_view name;
  TraceFields (*read)(ByteView body, ProtocolVersion version);
};
template <class Message>
constexpr Row row() {
  return {Message::kId, Message::kName, read<Message>};
}

/// INIT's extensions are pairs, too, though no server looks at them.
TraceFields read_init(ByteView body, ProtocolVersion) {
  const auto init = decode_body<InitRequest>(body, kLatestVersion);
  TraceFields fields = trace_fields(init, kLatestVersion);
  Reader r(init.extensions.bytes);
  ExtensionPairs pairs;
  get(r, pairs, kLatestVersion);
  fields.back().value = trace_value(pairs, kLatestVersion);
  return fields;
}

constexpr Row kRequests[] = {
    {InitRequest::kId, InitRequest::kName, read_init},
    row<OpenRequest>(),
    row<CloseRequest>(),
    row<ReadRequest>(),
    row<WriteRequest>(),
    row<LstatRequest>(),
    row<FstatRequest>(),
    row<SetstatRequest>(),
    row<FsetstatRequest>(),
    row<OpendirRequest>(),
    row<ReaddirRequest>(),
    row<RemoveRequest>(),
    row<MkdirRequest>(),
    row<RmdirRequest>(),
    row<RealpathRequest>(),
    row<StatRequest>(),
    row<RenameRequest>(),
    row<ReadlinkRequest>(),
    row<SymlinkRequest>(),
    row<LinkRequest>(),
    row<BlockRequest>(),
    row<UnblockRequest>(),
};
constexpr Row kReplies[] = {
    row<VersionReply>(), row<StatusReply>(), row<HandleReply>(),
    row<DataReply>(),    row<NameReply>(),   row<AttrsReply>(),
};

/// Extended requests, and what their EXTENDED_REPLY holds where they have one.
struct ExtensionRow {
  std::string_view name;
  TraceFields (*read)(ByteView body, ProtocolVersion version);
  TraceFields (*read_reply)(ByteView body, ProtocolVersion version) = nullptr;
};
template <class Request>
constexpr ExtensionRow extension() {
  return {Request::kExtension, read<Request>};
}
template <class Request, class Reply>
constexpr ExtensionRow extension() {
  return {Request::kExtension, read<Request>, read<Reply>};
}
constexpr ExtensionRow kExtensions[] = {
    extension<PosixRenameRequest>(),
    extension<StatvfsRequest, StatvfsReply>(),
    extension<FstatvfsRequest, StatvfsReply>(),
    extension<HardlinkRequest>(),
    extension<FsyncRequest>(),
    extension<LsetstatRequest>(),
    extension<LimitsRequest, LimitsReply>(),
    extension<ExpandPathRequest>(),
    extension<HomeDirectoryRequest>(),
    extension<UsersGroupsRequest, UsersGroupsReply>(),
    extension<CopyDataRequest>(),
    extension<VersionSelectRequest>(),
    extension<TextSeekRequest>(),
    extension<TranslationControlRequest>(),
    extension<CheckFileNameRequest, CheckFileReply>(),
    extension<CheckFileHandleRequest, CheckFileReply>(),
    extension<CheckFileRequest, NamedCheckFileReply>(),
    extension<Md5HashRequest, Md5HashReply>(),
    extension<Md5HashHandleRequest, Md5HashReply>(),
    extension<CopyFileRequest>(),
    extension<SpaceAvailableRequest, SpaceAvailableReply>(),
    extension<VendorIdRequest>(),
    extension<GetXattrRequest, XattrReply>(),
    extension<FgetXattrRequest, XattrReply>(),
    extension<ListXattrRequest, XattrNamesReply>(),
    extension<FlistXattrRequest, XattrNamesReply>(),
    extension<SetXattrRequest>(),
    extension<FsetXattrRequest>(),
    extension<RemoveXattrRequest>(),
    extension<FremoveXattrRequest>(),
};

const ExtensionRow* find_extension(std::string_view name) {
  const auto at = std::ranges::find(kExtensions, name, &ExtensionRow::name);
  return at == std::end(kExtensions) ? nullptr : at;
}

constexpr std::size_t kLengthField = 4;

/// Of the packet that begins here, with its length field; nullopt while that is not complete.
std::optional<std::size_t> packet_size(ByteView start) {
  if (start.size() < kLengthField) return std::nullopt;
  return kLengthField + std::size_t{load_u32(start.data())};
}

void add(TraceFields& fields, TraceFields more) {
  std::ranges::move(more, std::back_inserter(fields));
}

}  // namespace

void SftpTrace::feed(Way way, ByteView bytes) {
  Stream& stream = streams_[index_of(way)];
  while (!bytes.empty() && !stream.lost) {
    // A packet that lies whole in the view is taken from there; only one that is cut is gathered.
    if (stream.gathered.empty()) {
      const auto size = packet_size(bytes);
      if (size && *size <= std::min(bytes.size(), kLongest)) {
        packet(way, bytes.first(*size));
        bytes = bytes.subspan(*size);
        continue;
      }
    }
    const std::size_t wanted = packet_size(stream.gathered.view()).value_or(kLengthField);
    if (wanted > kLongest) return lose(way, wanted);
    const std::size_t more = std::min(wanted - stream.gathered.size(), bytes.size());
    stream.gathered.append(bytes.first(more));
    bytes = bytes.subspan(more);
    if (packet_size(stream.gathered.view()) != stream.gathered.size()) continue;
    packet(way, stream.gathered.view());
    stream.gathered.clear();
  }
}

void SftpTrace::lose(Way way, std::size_t size) {
  Stream& stream = streams_[index_of(way)];
  stream.lost = true;
  stream.gathered = Buffer();
  TraceMessage message = empty_message(way, Layer::Sftp);
  message.error = "an SFTP packet of " + std::to_string(size) +
                  " bytes cannot be: this stream of the channel is not decoded further";
  emit_(std::move(message));
}

void SftpTrace::packet(Way way, ByteView packet) {
  TraceMessage message = empty_message(way, Layer::Sftp);
  message.bytes = packet.size();
  try {
    describe(way, packet.subspan(kLengthField), message);
  } catch (const ProtocolError& e) {  // the framing is intact: the stream goes on
    message.error = e.what();
  }
  emit_(std::move(message));
}

void SftpTrace::describe(Way way, ByteView packet, TraceMessage& out) {
  const PacketHead head = read_head(packet);
  if (!is_without_id(head.type)) {
    out.fields.push_back({"id", {std::uint64_t{head.id}}});
    out.fields.push_back({"version", {std::uint64_t{version(way)}}});
  }
  if (head.type == PacketType::Extended && way == Way::ToServer) {
    out.type = ExtendedRequest::kName;
    return describe_extended(head.body, out);
  }
  if (head.type == PacketType::ExtendedReply && way == Way::ToClient) {
    out.type = "EXTENDED_REPLY";
    return describe_reply(head, out);
  }
  const std::span<const Row> rows =
      way == Way::ToServer ? std::span<const Row>(kRequests) : kReplies;
  const auto row = std::ranges::find(rows, head.type, &Row::type);
  if (row == rows.end()) {
    const auto number = std::uint64_t{static_cast<std::uint8_t>(head.type)};
    out.type = "UNKNOWN";
    out.fields.push_back({"number", {number}});
    out.fields.push_back({"data", trace_value(head.body)});
    out.error = "SFTP packet type " + std::to_string(number) + " is not known here";
    return;
  }
  out.type = row->name;
  if (version(way) > kLatestVersion && !is_without_id(head.type)) {
    out.error = "SFTP version " + std::to_string(version(way)) + " is not known here";
    return;
  }
  add(out.fields, row->read(head.body, version(way)));
  if (head.type == PacketType::Version)
    versions_.fill(decode_body<VersionReply>(head.body, 3).version);
  if (way != Way::ToClient || is_without_id(head.type) || awaited_.empty()) return;
  const auto at =
      std::ranges::find(awaited_, head.id, &std::pair<std::uint32_t, std::string>::first);
  if (at == awaited_.end()) return;
  const bool selection = at->second == VersionSelectRequest::kExtension;
  awaited_.erase(at);
  if (selection) selected(head.body);
}

void SftpTrace::select_version(std::string_view text) {
  if (text.size() == 1 && text[0] >= '1' && text[0] <= '6')
    versions_[index_of(Way::ToServer)] = static_cast<ProtocolVersion>(text[0] - '0');
}

void SftpTrace::selected(ByteView status) {
  const bool done = decode_body<StatusReply>(status, 3).code == 0;
  if (done)
    versions_[index_of(Way::ToClient)] = version(Way::ToServer);
  else
    versions_[index_of(Way::ToServer)] = version(Way::ToClient);
}

void SftpTrace::describe_extended(ByteView body, TraceMessage& out) {
  const ProtocolVersion version = this->version(Way::ToServer);
  const auto request = decode_body<ExtendedRequest>(body, version);
  out.fields.push_back({"extended_request", trace_value(request.request)});
  const std::uint64_t id = std::get<std::uint64_t>(out.fields.front().value.content);
  if (awaited_.size() < kMostAwaited)
    awaited_.emplace_back(static_cast<std::uint32_t>(id), request.request);
  if (const ExtensionRow* row = find_extension(request.request))
    add(out.fields, row->read(request.data.bytes, version));
  else if (!request.data.bytes.empty())
    out.fields.push_back({"data", trace_value(request.data)});
  if (request.request == VersionSelectRequest::kExtension)
    select_version(decode_body<VersionSelectRequest>(request.data.bytes, version).version);
}

void SftpTrace::describe_reply(const PacketHead& head, TraceMessage& out) {
  const auto at =
      std::ranges::find(awaited_, head.id, &std::pair<std::uint32_t, std::string>::first);
  const ExtensionRow* row = nullptr;
  if (at != awaited_.end()) {
    out.fields.push_back({"extended_request", {at->second}});
    row = find_extension(at->second);
    awaited_.erase(at);
  }
  if (row != nullptr && row->read_reply != nullptr)
    add(out.fields, row->read_reply(head.body, version(Way::ToClient)));
  else
    out.fields.push_back({"data", trace_value(head.body)});
}

void SftpTrace::end() {
  for (const Way way : {Way::ToServer, Way::ToClient}) {
    const std::size_t left = streams_[index_of(way)].gathered.size();
    if (left == 0) continue;
    TraceMessage message = empty_message(way, Layer::Sftp);
    message.error = "the channel ends inside an SFTP packet, " + std::to_string(left) +
                    " bytes after its beginning";
    emit_(std::move(message));
  }
}

}  // namespace ssh2core
