// keyboard-interactive (RFC 4256), hostbased (RFC 4252 section 9) and keys bound to a host key:
// both sides with each other, and requests made by hand.
#include <gmock/gmock.h>

#include <random>

#include "libssh2core/auth/user_auth_client.h"
#include "libssh2core/auth/user_auth_server.h"
#include "libssh2core/tests/transport/harness.h"

namespace ssh2core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Asks in as many rounds as it has questions; right is an answer that begins as its question does.
class Rounds final : public Conversation {
 public:
  Rounds(std::string name, std::vector<std::vector<std::string>> rounds,
         std::function<void()>* later)
      : name_(std::move(name)), rounds_(std::move(rounds)), later_(later) {}
  void begin(Next next) override { step(std::move(next)); }
  void answer(std::vector<Secret> answers, Next next) override {
    const auto& asked = rounds_[round_++];
    EXPECT_EQ(answers.size(), asked.size());
    for (std::size_t i = 0; i < asked.size(); ++i)
      right_ = right_ && as_text(answers[i].view()) == asked[i] + "!";
    step(std::move(next));
  }

 private:
  void step(Next next) {
    Step step = AuthDecision{right_, right_ ? "" : "a wrong answer"};
    if (round_ < rounds_.size() && right_) {
      Challenge challenge{name_, "Please.", {}};
      for (const std::string& text : rounds_[round_]) challenge.prompts.push_back({text, true});
      step = challenge;
    }
    if (later_ == nullptr) return next(step);
    *later_ = [next = std::move(next), step] { next(step); };
  }
  std::string name_;
  std::vector<std::vector<std::string>> rounds_;
  std::function<void()>* later_;
  std::size_t round_ = 0;
  bool right_ = true;
};

class Host final : public Authenticator {
 public:
  NameList methods(std::string_view) override { return {"hostbased", "keyboard-interactive"}; }
  void check_key(std::string_view, const PublicKey&, Done done) override { done({true, {}}); }
  void check_password(std::string_view, const Secret&, Done done) override { done({true, {}}); }
  void check_host(std::string_view user, const HostClaim& claim, Done done) override {
    hosts.emplace_back(claim.client_host);
    done({user == claim.client_user && claim.host_key.type() == "ssh-ed25519", "no"});
  }
  std::unique_ptr<Conversation> converse(std::string_view, std::string_view driver) override {
    drivers.emplace_back(driver);
    if (driver == "nobody") return nullptr;
    return std::make_unique<Rounds>(std::string(driver), rounds, delayed ? &waiting : nullptr);
  }
  std::vector<std::vector<std::string>> rounds = {{"One", "Two"}, {}, {"Three"}};
  NameList drivers, hosts;
  bool delayed = false;
  std::function<void()> waiting;
};

class Dialogue : public testing::Test {
 protected:
  void start(UserAuthServer::Options options = {}) {
    ASSERT_NO_FATAL_FAILURE(pair_.connect());
    options.key_algorithms = {"ssh-ed25519", "ecdsa-sha2-nistp256"};
    server_ = std::make_unique<UserAuthServer>(
        *pair_.server.transport, host_, std::move(options),
        [this](const AuthReport& report) {
          results_.push_back(report.result);
          reports_.emplace_back(report.reason);
          methods_.emplace_back(report.method);
        },
        [this](const std::string& user) { users_.push_back(user); });
    pair_.server.handler.hook = [this](MutableView payload) {
      ASSERT_TRUE(server_->on_message(payload));
    };
    send(ServiceRequest{kUserAuthService});
  }
  void start(std::vector<NameList> chains) {
    UserAuthServer::Options options;
    options.chains = std::move(chains);
    start(std::move(options));
  }
  template <class Message>
  std::vector<Bytes> send(const Message& message) {
    pair_.client.handler.messages.clear();
    pair_.client.inject_message(message);
    pair_.exchange();
    return pair_.client.handler.messages;
  }
  /// What an answer is: "in", "end", the driver's name in front of its prompts, or the methods.
  std::string text(const std::vector<Bytes>& messages) {
    if (messages.empty()) return "end";
    if (messages.back()[0] == UserAuthSuccess::kId) return "in";
    if (messages.back()[0] == UserAuthPkOk::kId && pair_.server.ending() == nullptr) {
      const auto request = decode<UserAuthInfoRequest>(messages.back());
      std::string out = std::string(request.name) + ":";
      Reader r(request.prompts.bytes);
      for (std::uint32_t i = 0; i < request.count; ++i) {
        out += " " + std::string(r.text());
        r.boolean();
      }
      return out;
    }
    const auto failure = decode<UserAuthFailure>(messages.back());
    std::string out = failure.partial_success ? "+" : "";
    for (const std::string& name : failure.methods) out += name + " ";
    return out;
  }
  std::string begin(std::string_view hints = "", std::string_view user = "ann") {
    Buffer details;
    Writer w(details);
    encode_fields(w, InteractiveDetails{"", hints});
    return text(
        send(UserAuthRequest{user, kConnectionService, kInteractiveMethod, Tail{details.view()}}));
  }
  std::string reply(const std::vector<std::string>& answers, int surplus = 0) {
    Buffer responses;
    Writer w(responses);
    for (const std::string& answer : answers) w.string(answer);
    const auto count = static_cast<std::uint32_t>(static_cast<int>(answers.size()) + surplus);
    return text(send(UserAuthInfoResponse{count, Tail{responses.view()}}));
  }
  AuthOutcome run(const Credentials& credentials) {
    AuthOutcome outcome;
    UserAuthClient client(*pair_.client.transport, credentials,
                          [&](const AuthOutcome& end) { outcome = end; });
    pair_.client.handler.hook = [&](MutableView payload) {
      EXPECT_TRUE(client.on_message(payload));
    };
    client.start();
    pair_.exchange();
    pair_.client.handler.hook = nullptr;
    return outcome;
  }
  static std::vector<Secret> right_answers(const Challenge& challenge) {
    std::vector<Secret> answers;
    for (const auto& prompt : challenge.prompts) answers.emplace_back(as_bytes(prompt.text + "!"));
    return answers;
  }

  TransportPair pair_;
  Host host_;
  std::unique_ptr<UserAuthServer> server_;
  std::vector<AuthReport::Result> results_;
  NameList reports_, methods_, users_;
};

TEST_F(Dialogue, GoesThroughAllRounds) {
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_EQ(begin(), ": One Two");
  EXPECT_EQ(reply({"One!", "Two!"}), ":");  // a round without questions
  EXPECT_EQ(reply({}), ": Three");
  EXPECT_EQ(reply({"Three!"}), "in");
  EXPECT_THAT(users_, ElementsAre("ann"));
  EXPECT_THAT(methods_, ElementsAre("keyboard-interactive"));
}

TEST_F(Dialogue, AWrongAnswerIsARefusalAndTheNextDialogueBeginsAnew) {
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_EQ(begin(), ": One Two");
  EXPECT_EQ(reply({"One!", "no"}), "hostbased keyboard-interactive ");
  EXPECT_EQ(reports_.back(), "a wrong answer");
  EXPECT_EQ(begin(), ": One Two");
  EXPECT_EQ(pair_.server.ending(), nullptr);
}

TEST_F(Dialogue, AnotherNumberOfAnswersIsARefusal) {
  ASSERT_NO_FATAL_FAILURE(start());
  for (const std::vector<std::string>& answers :
       {std::vector<std::string>{}, {"One!"}, {"One!", "Two!", "x"}}) {
    EXPECT_EQ(begin(), ": One Two");
    EXPECT_EQ(reply(answers), "hostbased keyboard-interactive ");
  }
  EXPECT_THAT(users_, IsEmpty());
}

TEST_F(Dialogue, ACountThatPromisesMoreAnswersEndsTheConnectionOrTheAttempt) {
  ASSERT_NO_FATAL_FAILURE(start());
  begin();
  EXPECT_EQ(reply({"One!"}, 1), "end");
  EXPECT_EQ(pair_.server.ending()->reason, Reason::Protocol);
}

TEST_F(Dialogue, AHugeCountAllocatesNothing) {
  ASSERT_NO_FATAL_FAILURE(start());
  begin();
  EXPECT_EQ(text(send(UserAuthInfoResponse{0xffffffff, {}})), "hostbased keyboard-interactive ");
}

TEST_F(Dialogue, AnswersToNothingEndTheConnection) {
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_EQ(reply({"One!", "Two!"}), "end");
  EXPECT_EQ(pair_.server.ending()->reason, Reason::Protocol);
}

TEST_F(Dialogue, AnswersTwiceEndTheConnection) {
  ASSERT_NO_FATAL_FAILURE(start());
  begin();
  reply({"One!", "no"});
  EXPECT_EQ(reply({"One!", "Two!"}), "end");
  EXPECT_THAT(users_, IsEmpty());
}

TEST_F(Dialogue, GivingUpCountsAsAFailure) {
  ASSERT_NO_FATAL_FAILURE(start());
  for (int i = 0; i < 6; ++i) EXPECT_EQ(begin(), ": One Two");
  EXPECT_EQ(begin(), "end");
  EXPECT_EQ(pair_.server.ending()->reason, Reason::NoMoreAuthMethods);
  EXPECT_EQ(reports_.size(), 6U);
}

TEST_F(Dialogue, AnswersMayComeLaterAndAreWiped) {
  host_.delayed = true;
  host_.rounds = {{"One"}};
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_EQ(begin(), "end");
  EXPECT_TRUE(pair_.server.transport->input_held());
  const auto first = std::exchange(host_.waiting, nullptr);
  first();
  first();  // a second answer changes nothing
  pair_.exchange();
  EXPECT_EQ(text(pair_.client.handler.messages), ": One");
  Buffer responses;
  Writer(responses).string("One!");
  Bytes packet = encode(UserAuthInfoResponse{1, Tail{responses.view()}});
  ASSERT_TRUE(server_->on_message(packet));
  EXPECT_EQ(as_text(packet).find("One!"), std::string_view::npos);
  EXPECT_THAT(users_, IsEmpty());
  host_.waiting();
  EXPECT_THAT(users_, ElementsAre("ann"));
}

TEST_F(Dialogue, ALateAnswerToADialogueThatIsGoneDoesNothing) {
  host_.delayed = true;
  ASSERT_NO_FATAL_FAILURE(start());
  begin();
  server_.reset();
  host_.waiting();
  EXPECT_THAT(users_, IsEmpty());
}

TEST_F(Dialogue, DriversOfAChainAreTwo) {
  host_.rounds = {{"Code"}};
  ASSERT_NO_FATAL_FAILURE(start({{"keyboard-interactive:password", "keyboard-interactive:totp"}}));
  EXPECT_EQ(begin(), "password: Code");
  EXPECT_EQ(reply({"Code!"}), "+keyboard-interactive ");
  EXPECT_EQ(begin("password"), "totp: Code") << "a driver that was passed is not asked again";
  EXPECT_EQ(reply({"Code!"}), "in");
}

TEST_F(Dialogue, DriversOfSeveralChainsTakeTurnsOrAreChosen) {
  host_.rounds = {{"Code"}};
  ASSERT_NO_FATAL_FAILURE(start({{"keyboard-interactive:a"}, {"keyboard-interactive:b"}}));
  EXPECT_EQ(begin(), "a: Code");
  reply({"no"});
  EXPECT_EQ(begin(), "b: Code");
  reply({"no"});
  EXPECT_EQ(begin("x,b,y"), "b: Code");
  EXPECT_EQ(reply({"Code!"}), "in");
}

TEST_F(Dialogue, ADriverThatIsMissingIsARefusal) {
  ASSERT_NO_FATAL_FAILURE(start({{"keyboard-interactive:nobody"}}));
  EXPECT_EQ(begin(), "keyboard-interactive ");
}

TEST_F(Dialogue, BothSidesGoThroughAllRounds) {
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_TRUE(run({.user = "ann", .answer = right_answers}).accepted);
}

TEST_F(Dialogue, BothSidesLogInByTheWordOfAHost) {
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_TRUE(run({.user = "ann",
                   .host_key = &test_key("ssh-ed25519"),
                   .client_host = "client.example.",
                   .client_user = "ann"})
                  .accepted);
  EXPECT_THAT(host_.hosts, ElementsAre("client.example"));
  EXPECT_THAT(methods_, ElementsAre("hostbased"));
}

TEST_F(Dialogue, AnotherHostOrUserIsRefused) {
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_FALSE(run({.user = "ann",
                    .host_key = &test_key("ssh-ed25519"),
                    .client_host = "c",
                    .client_user = "bob"})
                   .accepted);
  EXPECT_FALSE(run({.user = "ann",
                    .host_key = &test_key("ecdsa-sha2-nistp256"),
                    .client_host = "c",
                    .client_user = "ann"})
                   .accepted);
}

TEST_F(Dialogue, BothSidesBindAKeyToTheHost) {
  ASSERT_NO_FATAL_FAILURE(start({{"publickey"}}));
  EXPECT_TRUE(run({.user = "ann",
                   .key = &test_key("ssh-ed25519"),
                   .query_key_first = true,
                   .bind_to_host = true})
                  .accepted);
  EXPECT_THAT(methods_, ElementsAre("publickey", "publickey"));
}

TEST_F(Dialogue, AKeyBoundToAnotherHostIsRefused) {
  ASSERT_NO_FATAL_FAILURE(start({{"publickey"}}));
  const Bytes& blob = test_key("ssh-ed25519").public_blob();
  Buffer details;
  Writer w(details);
  const Bytes& other = test_key("ecdsa-sha2-nistp256").public_blob();
  encode_fields(w, HostBoundDetails{false, "ssh-ed25519", blob, other, {}});
  EXPECT_EQ(text(send(UserAuthRequest{"ann", kConnectionService, kHostBoundMethod,
                                      Tail{details.view()}})),
            "publickey ");
  EXPECT_EQ(reports_.back(), "the request is bound to another host key");
}

/// Details of each method, cut and changed: an answer or the end, never more.
template <class Details>
void survive(const Details& whole, std::string_view method) {
  Buffer encoded;
  Writer w(encoded);
  encode_fields(w, whole);
  const Bytes wire = encoded.to_bytes();
  std::mt19937 random(7);
  for (std::size_t size = 0; size < wire.size(); ++size)
    EXPECT_THROW(decode_fields<Details>(ByteView(wire).first(size)), ProtocolError) << method;
  for (int round = 0; round < 1000; ++round) {
    Bytes mutated = wire;
    for (unsigned n = random() % 4 + 1; n != 0; --n)
      mutated[random() % mutated.size()] = static_cast<std::uint8_t>(random());
    try {
      Buffer again;
      Writer rewrite(again);
      encode_fields(rewrite, decode_fields<Details>(mutated));
      EXPECT_EQ(again.size(), mutated.size());
    } catch (const ProtocolError&) {
      continue;  // refused: as good
    }
  }
}

TEST(DialogueDetails, SurviveCutsAndMutations) {
  const Bytes blob(40, 3);
  survive(InteractiveDetails{"en", "totp,password"}, kInteractiveMethod);
  survive(HostBasedDetails{"ssh-ed25519", blob, "client.example", "ann", blob}, "hostbased");
  survive(HostBoundDetails{false, "ssh-ed25519", blob, blob, {}}, kHostBoundMethod);
}

}  // namespace
}  // namespace ssh2core
