#define OPENSSL_SUPPRESS_DEPRECATED  // RAND_METHOD has no successor that is this simple
#include "libssh2core/tests/fuzz/surroundings.h"

#include <openssl/rand.h>

#include "libssh2core/tests/fuzz/fuzz_input.h"
#include "libssh2core/transport/packet_writer.h"

namespace ssh2core::fuzz {

namespace {

FuzzRandom openssl_random;

int fill_for_openssl(unsigned char* out, int count) {
  openssl_random.fill({out, static_cast<std::size_t>(count)});
  return 1;
}
int always_ready() { return 1; }

PrivateKey key_of(std::uint8_t seed) {
  const Bytes bytes(32, seed);
  return PrivateKey::ed25519_from_seed(Secret(ByteView(bytes)));
}

}  // namespace

void restart_openssl_random() {
  static const RAND_METHOD method = {.seed = nullptr,
                                     .bytes = fill_for_openssl,
                                     .cleanup = nullptr,
                                     .add = nullptr,
                                     .pseudorand = fill_for_openssl,
                                     .status = always_ready};
  static const int set = RAND_set_rand_method(&method);
  require(set == 1, "OpenSSL takes another source of randomness");
  openssl_random = FuzzRandom();
}

const PrivateKey& host_key() {
  static const PrivateKey key = key_of(7);
  return key;
}

const PrivateKey& user_key() {
  static const PrivateKey key = key_of(8);
  return key;
}

void Delay::give(std::function<void()> answer) {
  if (!delayed) return answer();
  waiting_.push_back(std::move(answer));
}

void Delay::answer_next() {
  if (waiting_.empty()) return;
  const auto answer = std::move(waiting_.front());
  waiting_.erase(waiting_.begin());
  answer();
}

void FuzzAuthenticator::check_key(std::string_view user, const PublicKey& key, Done done) {
  AuthDecision decision;
  decision.accepted =
      key.blob() == user_key().public_blob() && (user == kUser || user == kUserOfTwo);
  if (decision.accepted && user == kUserOfTwo) decision.still_needed = {"password"};
  delay_.give([decision, done = std::move(done)] { done(decision); });
}

void FuzzAuthenticator::check_password(std::string_view user, const Secret& password, Done done) {
  AuthDecision decision;
  decision.accepted =
      as_text(password.view()) == kPassword && (user == kUser || user == kUserOfTwo);
  delay_.give([decision, done = std::move(done)] { done(decision); });
}

void FuzzAuthenticator::check_host(std::string_view user, const HostClaim& claim, Done done) {
  const bool accepted = user == claim.client_user && user == kUser &&
                        claim.host_key.blob() == user_key().public_blob();
  delay_.give([accepted, done = std::move(done)] { done({accepted, {}}); });
}

namespace {

class FuzzConversation final : public Conversation {
 public:
  FuzzConversation(Delay& delay, bool known) : delay_(delay), known_(known) {}
  void begin(Next next) override {
    delay_.give([next = std::move(next)] { next(Challenge{"", "wait", {}}); });
  }
  void answer(std::vector<Secret> answers, Next next) override {
    Step step = Challenge{"fuzz", "", {{"Password: ", false}, {"More: ", true}}};
    require(answers.size() == (asked_ ? 2U : 0U), "there are as many answers as questions");
    if (asked_) step = AuthDecision{known_ && as_text(answers[0].view()) == kPassword, {}};
    asked_ = true;
    delay_.give([step, next = std::move(next)] { next(step); });
  }

 private:
  Delay& delay_;
  bool known_, asked_ = false;
};

}  // namespace

std::unique_ptr<Conversation> FuzzAuthenticator::converse(std::string_view user, std::string_view) {
  return std::make_unique<FuzzConversation>(delay_, user == kUser);
}

ByteView FuzzHostKeys::public_blob(std::string_view algorithm) const {
  return host_key().can_sign(algorithm) ? ByteView(host_key().public_blob()) : ByteView();
}

void FuzzHostKeys::sign(std::string_view algorithm, ByteView data,
                        std::function<void(Bytes)> done) {
  delay_.give(
      [signature = host_key().sign(algorithm, data), done = std::move(done)] { done(signature); });
}

void CheckedEvents::on_event(const server::Event& event) {
  require(closed_ == 0, "nothing is reported behind the end of the session");
  if (std::holds_alternative<server::SessionOpen>(event)) {
    require(opened_++ == 0, "a session opens once");
  } else {
    require(opened_ == 1, "a session opens before anything else is reported");
  }
  if (std::holds_alternative<server::SessionClose>(event)) ++closed_;
}

void CheckedEvents::expect_closed() const { require(closed_ == 1, "the session's end is told"); }

void IdleHandler::on_end(const Ending& how) {
  require(!ending, "a transport ends once");
  ending = how;
}

Bytes clear_stream(ByteView input) {
  FuzzInput in(input);
  if ((in.u8() & 1) == 0) {
    const ByteView rest = in.rest();
    return {rest.begin(), rest.end()};
  }
  FuzzRandom random;
  PacketWriter packets(random);
  packets.buffer().append(as_bytes("SSH-2.0-fuzz\r\n"));
  while (!in.empty()) {
    packets.begin();
    packets.buffer().append(in.piece());
    packets.end();
  }
  return packets.buffer().to_bytes();
}

}  // namespace ssh2core::fuzz
