// fuzz_seeds_of_traces CORPUS CELL...: turns sessions of real clients into seeds, named after the
// client and the scenario. A cell is a folder of the interop matrix's report, REPORT/cells/CLIENT/
// GROUP/NAME@SERVER, with session-1.pcap and keys.log. Kept are short sessions whose requests are
// of other kinds, or of another version, than those of the seeds before.
#include <cstdio>
#include <iterator>
#include <map>
#include <set>

#include "libssh2core/capture/decoder.h"
#include "libssh2core/sftp/codec.h"
#include "libssh2core/tests/fuzz/make_corpus/seed.h"

namespace ssh2core::fuzz {
namespace {

using sftp::PacketType;

constexpr std::size_t kMostRequests = 14, kMostData = 16, kLargestSeed = 600;

/// What the first channel of a session carried.
class Conversation final : public TraceSink {
 public:
  void on_message(const TraceMessage& message) override {
    if (message.type == "CHANNEL_REQUEST" && message.way == Way::ToServer && program.empty())
      for (const TraceMember& field : message.fields)
        if (field.name == "subsystem_name" || field.name == "command") program = text_of(field);
    if (message.type != "CHANNEL_DATA") return;
    for (const TraceMember& field : message.fields)
      if (const auto* data = std::get_if<TraceValue::Data>(&field.value.content))
        bytes[index_of(message.way)].append(data->bytes);
  }
  void on_session(const TraceSession&) override {}

  std::string program;
  std::array<Buffer, 2> bytes;  // by Way

 private:
  static std::string text_of(const TraceMember& field) {
    if (const auto* text = std::get_if<std::string>(&field.value.content)) return *text;
    if (const auto* data = std::get_if<TraceValue::Data>(&field.value.content))
      return std::string(as_text(data->bytes));
    return {};
  }
};

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Hands the frames of a classic pcap file, as our server writes it, to the decoder.
void read_capture(const std::string& file, Decoder& decoder) {
  constexpr std::size_t kFileHead = 24, kFrameHead = 16;
  const auto number = [&](std::size_t at) { return load_u32(&as_bytes(file)[at]); };
  if (file.size() < kFileHead) return;
  const std::uint32_t link_type = number(20);
  for (std::size_t at = kFileHead; at + kFrameHead <= file.size();) {
    const std::size_t size = number(at + 8);
    at += kFrameHead;
    if (size > file.size() - at) return;
    decoder.frame({{}, link_type, as_bytes(file).subspan(at, size)});
    at += size;
  }
  decoder.end();
}

/// The packets of a stream of SFTP, without their lengths.
std::vector<Bytes> packets_of(ByteView stream) {
  std::vector<Bytes> packets;
  Reader r(stream);
  while (r.remaining() >= 4) {
    const std::size_t size = r.u32();
    if (size == 0 || size > r.remaining()) break;
    const ByteView packet = r.raw(size);
    packets.emplace_back(packet.begin(), packet.end());
  }
  return packets;
}

/// Handles are random; a target's begin with their place in the table, and are 0 besides.
void rename_handles(std::vector<Bytes>& requests, const std::vector<Bytes>& replies) {
  constexpr std::size_t kHandle = 16, kBefore = 9;  // bytes; type, id, length
  std::set<Bytes> handles;
  std::uint32_t mask = 0;  // what hides the place, of which the first is 0
  for (const Bytes& reply : replies)
    if (PacketType{reply[0]} == PacketType::Handle && reply.size() == kBefore + kHandle) {
      if (handles.empty()) mask = load_u32(&reply[kBefore]);
      handles.emplace(reply.begin() + kBefore, reply.end());
    }
  for (Bytes& request : requests)
    for (const Bytes& handle : handles) {
      const auto found = std::ranges::search(request, handle);
      if (found.empty()) continue;
      std::ranges::fill(found, std::uint8_t{0});
      store_u32(&*found.begin(), load_u32(handle.data()) ^ mask);
    }
}

/// A WRITE keeps no more than a little of its data.
void shorten(Bytes& request) {
  if (PacketType{request[0]} != PacketType::Write) return;
  Reader r(request);
  r.raw(5);
  r.string();
  r.u64();
  const std::size_t head = request.size() - r.remaining();
  const std::size_t kept = std::min(r.string().size(), kMostData);
  request.resize(head + 4 + kept);
  store_u32(&request[head], static_cast<std::uint32_t>(kept));
}

class Seeds {
 public:
  explicit Seeds(const Corpus& corpus) : corpus_(corpus) {}

  void add(const std::filesystem::path& cell) {
    KeyLogReader keys;
    keys.read(content_of(cell / "keys.log"));
    Conversation talk;
    Decoder decoder(&keys, talk);
    read_capture(content_of(cell / "session-1.pcap"), decoder);
    std::string name = cell.filename().string();
    name = "trace-" + cell.parent_path().parent_path().filename().string() + "-" +
           name.substr(0, name.find('@'));
    std::erase(name, ']');
    std::ranges::replace(name, '[', '-');
    if (talk.program == "sftp") add_sftp(name, talk);
    if (talk.program.starts_with("scp ")) add_scp(name, talk);
  }

 private:
  void add_sftp(const std::string& name, const Conversation& talk) {
    std::vector<Bytes> requests = packets_of(talk.bytes[0].view());
    const std::vector<Bytes> replies = packets_of(talk.bytes[1].view());
    if (requests.size() > kMostRequests) requests.resize(kMostRequests);
    if (requests.size() < 2 || replies.empty() || replies[0].size() < 5) return;
    rename_handles(requests, replies);
    Bytes kinds{replies[0][4]};  // the version
    Seed seed;
    seed.u8(0).u8(static_cast<unsigned>(seen_.size()) % 3).steps({2, 0, 0, 0, 0, 0});
    for (Bytes& request : requests) {
      shorten(request);
      Buffer length;
      Writer(length).u32(static_cast<std::uint32_t>(request.size()));
      seed.raw(length.view()).raw(request);
      kinds.push_back(request[0]);
    }
    if (seed.view().size() > kLargestSeed || !seen_.insert(kinds).second) return;
    corpus_.add("sftp_server", name, seed.view());
  }

  void add_scp(const std::string& name, const Conversation& talk) {
    constexpr unsigned kCommandLine = 0, kSinkTree = 2, kSourceTree = 5;
    const ByteView said = talk.bytes[0].view();
    const bool sink = talk.program.find(" -t") != std::string::npos;
    if (said.empty() || said.size() > kLargestSeed) return;
    if (!seen_.emplace(said.begin(), said.end()).second) return;
    corpus_.add("scp", name,
                Seed().u8(sink ? kSinkTree : kSourceTree).u8(3).u8(40).raw(said).view());
    corpus_.add("scp", name + "-command",
                Seed().u8(kCommandLine).u8(0).u8(0).text(talk.program).view());
  }

  const Corpus& corpus_;
  std::set<Bytes> seen_;
};

}  // namespace
}  // namespace ssh2core::fuzz

int main(int argc, char** argv) {
  using namespace ssh2core;
  if (argc < 3) {
    std::fputs("usage: fuzz_seeds_of_traces CORPUS CELL...\n", stderr);
    return 2;
  }
  const fuzz::Corpus corpus(argv[1]);
  fuzz::Seeds seeds(corpus);
  for (int i = 2; i < argc; ++i) {
    try {
      seeds.add(argv[i]);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s: %s\n", argv[i], error.what());
    }
  }
  return 0;
}
