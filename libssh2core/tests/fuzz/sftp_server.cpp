#include "libssh2core/sftp/server.h"

#include <cerrno>

#include "libssh2core/sftp/codec.h"
#include "libssh2core/tests/fuzz/clock_and_random.h"
#include "libssh2core/tests/fuzz/fuzz_input.h"
#include "libssh2core/tests/fuzz/targets.h"
#include "libssh2core/tests/sftp/memory_file_system.h"

namespace ssh2core::fuzz {

namespace {

constexpr std::size_t kMaxFile = 65536;

/// How the stream reaches the server and how its replies are taken.
struct Plan {
  std::array<std::size_t, 3> cuts{};  // bytes of a call, in turn; 0: all that is left
  std::size_t room = 0;               // bytes of replies that fill the stream; 0: never full
  std::size_t piece = 0;              // of what reserve() gives; 0: one piece
  bool lazy = false;                  // replies are taken after every fourth call only
};

class BoundedReplies final : public sftp::ReplyStream {
 public:
  explicit BoundedReplies(const Plan& plan) : plan_(plan) {}
  bool full() const override { return plan_.room != 0 && out.size() - taken_ >= plan_.room; }
  void append(ByteView bytes) override {
    require(!reserved_, "append() comes behind commit()");
    out.insert(out.end(), bytes.begin(), bytes.end());
  }
  std::span<const MutableView> reserve(std::size_t head, std::size_t body) override {
    require(!reserved_, "reserve() comes behind commit()");
    reserved_ = true;
    room_.assign(head + body, 0xee);
    pieces_.clear();
    MutableView rest = room_;
    for (std::size_t least = head; !rest.empty(); least = 0) {
      const std::size_t size = plan_.piece == 0 ? rest.size() : std::max(plan_.piece, least);
      pieces_.push_back(rest.first(std::min(size, rest.size())));
      rest = rest.subspan(pieces_.back().size());
    }
    return pieces_;
  }
  void commit(std::size_t bytes) override {
    require(reserved_ && bytes <= room_.size(), "commit() keeps no more than was reserved");
    reserved_ = false;
    out.insert(out.end(), room_.begin(), room_.begin() + static_cast<std::ptrdiff_t>(bytes));
  }
  void take() { taken_ = out.size(); }
  Bytes out;

 private:
  const Plan plan_;
  std::size_t taken_ = 0;
  bool reserved_ = false;
  Bytes room_;
  std::vector<MutableView> pieces_;
};

/// Reads all that it is told, as a log would.
class ReadingObserver final : public sftp::Observer {
 public:
  explicit ReadingObserver(sftp::Wanted wanted) : wanted_(wanted) {}
  void on_version(std::uint32_t version) override {
    require(version >= 1 && version <= 6, "a version that there is");
  }
  void on_file(const sftp::FileEvent& event) override { read(event.path), read(event.path2); }
  void on_problem(std::string_view what) override { read(what); }
  sftp::Wanted wanted() const override { return wanted_; }
  void on_request(const sftp::RequestEvent& event) override {
    require(wanted_ == sftp::Wanted::Requests && !event.name.empty(), "a request has a name");
    read(event.extension), read(event.path), read(event.path2), read(as_text(event.handle));
  }

 private:
  void read(std::string_view text) {
    for (const char c : text) sum_ += static_cast<unsigned char>(c);
  }
  const sftp::Wanted wanted_;
  unsigned sum_ = 0;
};

/// No more than three files at a time.
class NarrowGate final : public sftp::TransferGate {
 public:
  std::variant<std::unique_ptr<sftp::Transfer>, sftp::TransferRefusal> begin(bool, bool) override {
    if (open_ == 3) return sftp::TransferRefusal{"three files are open", "the gate"};
    return std::make_unique<Counted>(open_);
  }
  unsigned open_ = 0;

 private:
  struct Counted final : sftp::Transfer {
    explicit Counted(unsigned& open) : count(open) { ++count; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    ~Counted() override { --count; }
    unsigned& count;
  };
};

/// The half of Latin-1 that needs two bytes of UTF-8, without tables.
std::shared_ptr<const sftp::Charset> latin() {
  static const auto charset = std::make_shared<const sftp::Charset>(
      sftp::Charset{"ISO-8859-1",
                    [](std::string_view text) -> std::optional<std::string> {
                      std::string utf8;
                      for (const char c : text) {
                        const auto byte = static_cast<unsigned char>(c);
                        if (byte >= 0x80) utf8 += static_cast<char>(0xc0 | byte >> 6);
                        utf8 += static_cast<char>(byte < 0x80 ? byte : 0x80 | (byte & 0x3f));
                      }
                      return utf8;
                    },
                    [](std::string_view utf8) -> std::optional<std::string> {
                      std::string text;
                      for (std::size_t i = 0; i < utf8.size(); ++i) {
                        const auto byte = static_cast<unsigned char>(utf8[i]);
                        if (byte < 0x80) {
                          text += utf8[i];
                        } else if ((byte == 0xc2 || byte == 0xc3) && i + 1 < utf8.size()) {
                          text += static_cast<char>(byte << 6 | (utf8[++i] & 0x3f));
                        } else {
                          return std::nullopt;
                        }
                      }
                      return text;
                    }});
  return charset;
}

struct Outcome {
  Bytes replies;
  bool failed = false;
  bool write_failed = false;  // how much of it was written then depends on the cuts
};

/// What a configuration and the system decide.
struct Setting {
  sftp::ServerOptions options;
  sftp::Wanted wanted = sftp::Wanted::Files;
  bool narrow = false, sync_fails = false, close_fails = false, read_fails = false;
};

Setting take_setting(FuzzInput& in) {
  Setting setting;
  sftp::ServerOptions& options = setting.options;
  const unsigned flags = in.u8(), more = in.u8();
  options.read_only = (flags & 0x0f) == 0x0f;
  options.max_handles = (flags & 0x10) != 0 ? 2 : 128;
  options.symlink_link_first = (flags & 0x20) != 0;
  options.end_flags = (flags & 0x40) != 0;
  options.always_times = options.times_in_utc = (flags & 0x80) != 0;
  setting.wanted = static_cast<sftp::Wanted>((more & 3U) % 3U);
  if ((more & 0x04) != 0) options.names.local = latin();
  if ((more & 0x08) != 0) options.names.clients = latin();
  setting.narrow = (more & 0x10) != 0;
  options.extensions.set(sftp::ExtensionSwitch::Xattr, true);
  options.extensions.set(sftp::ExtensionSwitch::VendorId, true);
  const unsigned fault = more >> 5;
  setting.sync_fails = fault == 1;
  setting.close_fails = fault == 2;
  setting.read_fails = fault == 3;
  if (fault == 4) options.max_version = 2;
  if (fault == 5) options.refused_requests = {"open", "rename", "statvfs"};
  if (fault == 6) options.names.bytes = true;
  return setting;
}

/// Some of each kind of file, so that a path is soon one that there is.
const sftp::MemoryFileSystem& all_files() {
  static const auto fill = [] {
    sftp::MemoryFileSystem files;
    files.max_file = kMaxFile;
    files.max_nodes = 200;
    files.put_file("note", "content of a\nsmall file\n");
    files.put_file("long", std::string(700, 'x'));
    (void)files.make_directory("folder", 0755);
    files.put_file("folder/inner", "");
    (void)files.make_symlink("note", "link");
    (void)files.set_xattr("note", "user.x", "value", sftp::XattrMode::Any);
    files.users[1000] = "user";
    return files;
  };
  static const sftp::MemoryFileSystem files = fill();
  return files;
}

Outcome run(ByteView stream, const Setting& setting, const Plan& plan) {
  sftp::MemoryFileSystem files(all_files());
  if (setting.sync_fails) files.sync_fault = EIO;
  if (setting.close_fails) files.close_fault = EDQUOT;
  if (setting.read_fails) files.read_fault = [](std::uint64_t at) { return at < 100 ? 0 : EIO; };
  NarrowGate gate;
  sftp::ServerOptions options = setting.options;
  if (setting.narrow) options.transfers = &gate;
  Outcome outcome;
  files.write_fault = [&outcome](std::uint64_t offset, std::size_t size) {
    if (offset + size <= kMaxFile) return 0;
    outcome.write_failed = true;
    return EFBIG;
  };
  BoundedReplies replies(plan);
  ReadingObserver observer(setting.wanted);
  const FuzzClock clock;
  ZeroRandom random;
  sftp::Server server(files, replies, observer, clock, random, options);

  const auto take_replies = [&] {
    // Whatever waits goes on when there is room: with a reply each time, or it would wait for ever.
    do {
      const std::size_t before = replies.out.size();
      replies.take();
      if (server.backlog() == 0) return;
      server.resume();
      require(server.backlog() == 0 || replies.out.size() > before, "resume() goes on");
    } while (true);
  };
  std::size_t processed = 0, fed = 0;
  for (std::size_t call = 0; fed < stream.size() && !server.failed(); ++call) {
    const std::size_t cut = plan.cuts[call % plan.cuts.size()];
    const ByteView rest = stream.subspan(fed);
    const ByteView view = rest.first(cut == 0 ? rest.size() : std::min(cut, rest.size()));
    const Bytes piece(view.begin(), view.end());  // freed after input_done()
    fed += piece.size();
    server.feed(piece);
    server.input_done();
    if (!plan.lazy || call % 4 == 3) take_replies();
    processed += server.take_processed();
  }
  take_replies();
  processed += server.take_processed();
  outcome.failed = server.failed();
  if (!outcome.failed) require(processed == fed, "all bytes are processed once");
  server.end();
  require(server.backlog() == 0, "nothing waits behind the end");
  require(server.open_files() == 0 && gate.open_ == 0, "nothing stays open");
  outcome.replies = std::move(replies.out);
  return outcome;
}

/// The next request of a stream, without its length; what there is of it when it is cut short.
ByteView next_request(Reader& stream, bool& whole) {
  whole = false;
  if (stream.remaining() < 4) return stream.rest();
  const std::size_t size = stream.u32();
  whole = size <= stream.remaining();
  return stream.raw(std::min(size, stream.remaining()));
}

/// Every request whose bytes came whole has one reply with its id, in order.
void check_replies(ByteView stream, const Outcome& outcome) {
  Reader requests(stream), replies(outcome.replies);
  bool whole = true;
  while (replies.remaining() != 0) {
    const ByteView reply = replies.string();
    require(whole, "a reply has a request");
    const ByteView request = next_request(requests, whole);
    const auto type = request.empty() ? sftp::PacketType{} : sftp::PacketType{request[0]};
    // Bytes behind the data of a WRITE are skipped: its reply does not wait for them.
    require(whole || type == sftp::PacketType::Write, "a reply has a whole request");
    if (request.size() < 5 || sftp::is_without_id(type)) continue;
    require(reply.size() >= 5, "a reply has an id");
    require(load_u32(&reply[1]) == load_u32(&request[1]), "a reply has the id of its request");
  }
  if (outcome.failed || !whole) return;
  next_request(requests, whole);
  require(!whole, "every request has a reply");
}

}  // namespace

void sftp_server(ByteView input) {
  FuzzInput in(input);
  const Setting setting = take_setting(in);
  const unsigned how = in.u8();
  Plan plan;
  for (std::size_t& cut : plan.cuts) cut = in.u8();
  plan.room = in.u8();
  plan.piece = in.u8();
  plan.lazy = plan.room % 2 == 1;
  const ByteView stream = in.rest();

  // Both ways take twice the time: so not for each input.
  const bool both = how % 4 == 0, cut = how % 4 == 1;
  const Outcome pieces = run(stream, setting, both || cut ? plan : Plan{});
  check_replies(stream, pieces);
  if (!both) return;
  const Outcome whole = run(stream, setting, Plan{});
  check_replies(stream, whole);
  require(whole.failed == pieces.failed, "cuts do not decide whether the framing is lost");
  if (whole.write_failed || pieces.write_failed) return;
  require(whole.replies == pieces.replies, "cuts do not change the replies");
}

}  // namespace ssh2core::fuzz
