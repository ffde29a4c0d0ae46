#include "libssh2core/tests/capture/recording.h"

#include <algorithm>

namespace ssh2core {

RecordedPair::RecordedPair(std::uint16_t client_port)
    : key_log_writer_(
          [this](std::string_view line) { recording_.key_log.append(line).append("\n"); }) {
  CaptureEnd peer{false, {192, 0, 2, 1}, client_port}, self{false, {192, 0, 2, 2}, 22};
  pcap_writer_ = std::make_unique<PcapWriter>(peer, self, clock, [this](ByteView bytes) {
    constexpr std::size_t kFileHead = 24, kRecordHead = 16;
    if (bytes.size() == kFileHead) return;
    const ByteView frame = bytes.subspan(kRecordHead);
    recording_.frames.emplace_back(frame.begin(), frame.end());
  });
  key_log = &key_log_writer_;
  tap = pcap_writer_.get();
}

Recording RecordedPair::finish() {
  pcap_writer_.reset();
  return std::move(recording_);
}

Recording record_upload(std::size_t size, const TransportSettings& client) {
  RecordedPair pair;
  pair.client_settings.transport = client;
  // Also methods that are offered on request only.
  pair.server_settings.transport.algorithms.kex = client.algorithms.kex;
  pair.open();
  Upload upload(pair, "/up", random_content(size, 7), 32768, 4);
  pair.exchange();
  EXPECT_TRUE(upload.done);
  pair.sftp().opendir("/", [](const auto&) {});
  pair.exchange();
  pair.client->disconnect(Reason::ByApplication, "done");
  pair.exchange();
  return pair.finish();
}

namespace {

std::string text_of(const TraceValue& value) {
  const auto& content = value.content;
  if (const auto* text = std::get_if<std::string>(&content)) return *text;
  if (const auto* data = std::get_if<TraceValue::Data>(&content))
    return std::string(as_text(data->bytes));
  if (const auto* number = std::get_if<std::uint64_t>(&content)) return std::to_string(*number);
  if (const auto* flag = std::get_if<bool>(&content)) return *flag ? "yes" : "no";
  if (std::holds_alternative<TraceValue::Masked>(content)) return "(masked)";
  return "[...]";
}

}  // namespace

void SeenTrace::on_message(const TraceMessage& message) {
  SeenMessage seen{
      message.session,           message.way, message.layer, message.type, message.error,
      message.bytes.value_or(0), {}};
  for (const TraceMember& member : message.fields) {
    EXPECT_FALSE(seen.fields.contains(member.name)) << message.type << " " << member.name;
    seen.fields[member.name] = text_of(member.value);
  }
  messages.push_back(std::move(seen));
}

std::vector<SeenMessage> SeenTrace::all(std::string_view type) const {
  std::vector<SeenMessage> found;
  std::ranges::copy_if(messages, std::back_inserter(found),
                       [&](const SeenMessage& one) { return one.type == type; });
  return found;
}

std::vector<std::string> SeenTrace::errors() const {
  std::vector<std::string> found;
  for (const SeenMessage& one : messages)
    if (!one.error.empty()) found.push_back(one.error);
  return found;
}

std::string SeenTrace::written() const {
  std::string content;
  for (const SeenMessage& write : all("WRITE")) content += write.fields.at("data");
  return content;
}

SeenTrace decode_capture(const std::vector<Bytes>& frames, const std::string* key_log) {
  SeenTrace seen;
  KeyLogReader keys;
  if (key_log != nullptr) keys.read(*key_log);
  Decoder decoder(key_log == nullptr ? nullptr : &keys, seen);
  constexpr std::uint32_t kRaw = 101;
  for (const Bytes& frame : frames) decoder.frame({{}, kRaw, frame});
  decoder.end();
  return seen;
}

}  // namespace ssh2core
