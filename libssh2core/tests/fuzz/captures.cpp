#include "libssh2core/capture/decoder.h"

#include "libssh2core/connection/messages.h"
#include "libssh2core/tests/fuzz/fuzz_input.h"
#include "libssh2core/tests/fuzz/surroundings.h"
#include "libssh2core/tests/fuzz/targets.h"

namespace ssh2core::fuzz {

namespace {

/// Touches all that is borrowed, and checks that each thing is told once.
class CheckedTrace final : public TraceSink {
 public:
  void on_message(const TraceMessage& message) override {
    require(!message.type.empty() || !message.error.empty(), "a message has a type or an error");
    require(!ended_ || message.session == 0, "nothing comes behind the end of a session");
    for (const TraceMember& member : message.fields) touch(member.value);
  }
  void on_session(const TraceSession& session) override {
    require(session.id != 0, "a session has a number");
    ended_ = alone_;
    ++sessions;
  }
  void expect_one_session() { alone_ = true; }
  std::uint64_t sessions = 0;

 private:
  void touch(const TraceValue& value) {
    if (const auto* data = std::get_if<TraceValue::Data>(&value.content))
      for (const std::uint8_t byte : data->bytes) sum_ += byte;
    if (const auto* list = std::get_if<TraceValue::List>(&value.content))
      for (const TraceValue& one : *list) touch(one);
    if (const auto* object = std::get_if<TraceValue::Object>(&value.content))
      for (const TraceMember& member : *object) touch(member.value);
  }
  bool alone_ = false, ended_ = false;
  unsigned sum_ = 0;
};

/// Any frames.
void check_frames(FuzzInput& in) {
  constexpr std::uint32_t kLinkTypes[] = {101, 0, 1, 108, 113, 276, 147};
  const std::uint32_t link_type = kLinkTypes[in.u8() % std::size(kLinkTypes)];
  KeyLogReader keys;
  keys.read(as_text(in.piece()));
  CheckedTrace trace;
  Decoder decoder(&keys, trace);
  while (!in.empty()) decoder.frame({{}, link_type, in.piece()});
  decoder.end();
  require(trace.sessions == decoder.sessions(), "each session's end is told");
}

/// A session of ours, whose key log and streams a decoder follows.
class Followed final : private KeyLog {
 public:
  Followed() {
    trace_.expect_one_session();
    pump();
    require(handlers_[0].exchanges == 1 && handlers_[1].exchanges == 1, "keys are agreed on");
  }
  void step(FuzzInput& in) {
    const std::uint8_t what = in.u8();
    Transport& from = what % 2 == 0 ? client_ : server_;
    switch (what / 2 % 4) {
      case 0:
        send(from, in.piece());
        break;
      case 1:
        send(from, encode(ChannelData{0, in.piece()}));
        break;
      case 2:
        from.rekey();
        break;
      default:
        decoder_.missing(what % 2 == 0 ? Way::ToServer : Way::ToClient, in.u8(), {});
    }
    pump();
  }
  void finish() {
    decoder_.end({});
    require(trace_.sessions == 1, "the session's end is told");
  }

 private:
  void on_key_exchange(const std::array<std::uint8_t, 16>& cookie, const Secret&,
                       const Secret& shared) override {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string line;
    const auto add = [&](ByteView bytes) {
      for (const std::uint8_t byte : bytes) line.append({kDigits[byte >> 4], kDigits[byte & 15]});
    };
    add(cookie);
    line += " SHARED_SECRET ";
    add(shared.view());
    keys_.read_line(line);
  }
  static void send(Transport& from, ByteView payload) {
    if (payload.empty() || from.closed()) return;
    from.writer().begin();
    from.writer().buffer().append(payload);
    from.writer().end();
  }
  bool move(Transport& from, Transport& to, Way way) {
    from.flush();
    const ByteView output = from.output();
    const Bytes bytes(output.begin(), output.end());
    from.sent(bytes.size());
    decoder_.received(way, bytes, {});
    to.feed(bytes);
    return !bytes.empty();
  }
  void pump() {
    while (move(client_, server_, Way::ToServer) || move(server_, client_, Way::ToClient)) {
    }
  }

  const TransportSettings settings_ = [] {
    TransportSettings settings;
    settings.algorithms.kex = {"curve25519-sha256"};
    settings.algorithms.ciphers = {"aes128-gcm@openssh.com"};
    return settings;
  }();
  FuzzClock clock_;
  std::array<FuzzRandom, 2> randoms_;
  Delay delay_;
  FuzzHostKeys host_keys_{delay_};
  AnyHost verifier_;
  std::array<IdleHandler, 2> handlers_;
  KeyLogReader keys_;
  CheckedTrace trace_;
  SessionDecoder decoder_{[] {
                            TraceSession about;
                            about.id = 1;
                            return about;
                          }(),
                          &keys_, trace_};
  Transport client_{
      Role::Client,
      settings_,
      {.clock = clock_, .random = randoms_[0], .handler = handlers_[0], .verifier = &verifier_}};
  Transport server_{Role::Server,
                    settings_,
                    {.clock = clock_,
                     .random = randoms_[1],
                     .handler = handlers_[1],
                     .signer = &host_keys_,
                     .key_log = this}};
};

}  // namespace

void captures(ByteView input) {
  restart_openssl_random();
  FuzzInput in(input);
  if (in.u8() % 2 == 0) return check_frames(in);
  Followed session;
  while (!in.empty()) session.step(in);
  session.finish();
}

}  // namespace ssh2core::fuzz
