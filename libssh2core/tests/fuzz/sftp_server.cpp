#include "libssh2core/sftp/server.h"

#include <cerrno>

#include "libssh2core/sftp/codec.h"
#include "libssh2core/tests/fuzz/fuzz_input.h"
#include "libssh2core/tests/fuzz/surroundings.h"
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

class NoObserver final : public sftp::Observer {
 public:
  void on_version(std::uint32_t) override {}
  void on_file(const sftp::FileEvent&) override {}
  void on_problem(std::string_view) override {}
};

struct Outcome {
  Bytes replies;
  bool failed = false;
  bool write_failed = false;  // how much of it was written then depends on the cuts
};

sftp::ServerOptions options_of(std::uint8_t flags) {
  sftp::ServerOptions options;
  options.read_only = (flags & 0x0f) == 0x0f;
  options.max_handles = (flags & 0x10) != 0 ? 2 : 128;
  options.symlink_link_first = (flags & 0x20) != 0;
  options.max_version = (flags & 0xc0) == 0xc0 ? 2 : 6;
  return options;
}

Outcome run(ByteView stream, const sftp::ServerOptions& options, const Plan& plan) {
  sftp::MemoryFileSystem files;
  files.max_file = kMaxFile;
  files.put_file("/home/user/note", "content of a small file");
  files.put_file("/home/user/long", std::string(5000, 'x'));
  files.users[1000] = "user";
  Outcome outcome;
  files.write_fault = [&outcome](std::uint64_t offset, std::size_t size) {
    if (offset + size <= kMaxFile) return 0;
    outcome.write_failed = true;
    return EFBIG;
  };
  BoundedReplies replies(plan);
  NoObserver observer;
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
  const sftp::ServerOptions options = options_of(in.u8());
  Plan plan;
  for (std::size_t& cut : plan.cuts) cut = in.u8();
  plan.room = in.u8();
  plan.piece = in.u8();
  plan.lazy = plan.room % 2 == 1;
  const ByteView stream = in.rest();

  const Outcome whole = run(stream, options, Plan{});
  check_replies(stream, whole);
  const Outcome pieces = run(stream, options, plan);
  check_replies(stream, pieces);
  require(whole.failed == pieces.failed, "cuts do not decide whether the framing is lost");
  if (whole.write_failed || pieces.write_failed) return;
  require(whole.replies == pieces.replies, "cuts do not change the replies");
}

}  // namespace ssh2core::fuzz
