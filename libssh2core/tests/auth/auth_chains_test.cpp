// Chains of authentication methods, the banner and the limit of attempts, on the server's side.
#include <gmock/gmock.h>

#include "libssh2core/auth/user_auth_server.h"
#include "libssh2core/tests/transport/harness.h"

namespace ssh2core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Any user with the test key or the password "secret".
class AnyUser final : public Authenticator {
 public:
  NameList methods(std::string_view) override { return {"publickey", "password"}; }
  void check_key(std::string_view user, const PublicKey& key, Done done) override {
    ++asked;
    done({user != "bad" && (second_key || key.type() == "ssh-ed25519"), "no"});
  }
  void check_password(std::string_view, const Secret& password, Done done) override {
    ++asked;
    done({as_text(password.view()) == "secret", "no"});
  }
  void check_account(std::string_view user, Done done) override {
    ++accounts;
    AuthDecision decision{user != "old", "expired"};
    decision.message = told;
    done(decision);
  }
  int asked = 0, accounts = 0;
  bool second_key = false;
  std::string told;
};

/// In steps of less than a second.
class FineClock final : public Clock {
 public:
  Steady now() const override { return time; }
  Wall date() const override { return {}; }
  Steady time{};
};

class AuthChains : public testing::Test {
 protected:
  void start(UserAuthServer::Options options) {
    ASSERT_NO_FATAL_FAILURE(pair_.connect());
    options.key_algorithms = {"ssh-ed25519", "ecdsa-sha2-nistp256"};
    server_ = std::make_unique<UserAuthServer>(
        *pair_.server.transport, authenticator_, std::move(options),
        [this](const AuthReport& report) { reports_.emplace_back(report.reason); },
        [this](const std::string& user) { users_.push_back(user); });
    pair_.server.handler.hook = [this](MutableView payload) {
      ASSERT_TRUE(server_->on_message(payload));
    };
    send(ServiceRequest{kUserAuthService});
  }
  void start(std::vector<NameList> chains) {
    UserAuthServer::Options options;
    options.chains = std::move(chains);
    start(options);
  }
  /// The server's answers.
  template <class Message>
  std::vector<Bytes> send(const Message& message) {
    pair_.client.handler.messages.clear();
    pair_.client.inject_message(message);
    pair_.exchange();
    return pair_.client.handler.messages;
  }
  /// The answer to an attempt: "in", "end", or what may come next, with a `+` after a success.
  std::string answer(const std::vector<Bytes>& messages) {
    if (messages.empty()) return "end";
    if (messages.back() == encode(UserAuthSuccess{})) return "in";
    const auto failure = decode<UserAuthFailure>(messages.back());
    std::string text = failure.partial_success ? "+" : "";
    for (const std::string& name : failure.methods) text += name + " ";
    return text;
  }
  std::string none(std::string_view user = "ann") {
    return answer(send(UserAuthRequest{user, kConnectionService, "none", {}}));
  }
  std::string password(std::string_view text = "secret", std::string_view user = "ann") {
    Buffer details;
    Writer w(details);
    encode_fields(w, PasswordDetails{false, as_bytes(text), {}});
    return answer(
        send(UserAuthRequest{user, kConnectionService, "password", Tail{details.view()}}));
  }
  std::string key(std::string_view user = "ann", std::string_view type = "ssh-ed25519") {
    const PrivateKey& private_key = test_key(type);
    Buffer data, signature, details;
    Writer w(data);
    PublicKeySignedData signed_data;
    signed_data.session_id = pair_.client.transport->session_id();
    signed_data.user = user;
    signed_data.service = kConnectionService;
    signed_data.method = "publickey";
    signed_data.algorithm = type;
    signed_data.blob = private_key.public_blob();
    encode_fields(w, signed_data);
    Writer(signature).string(private_key.sign(type, data.view()));
    Writer d(details);
    encode_fields(d,
                  PublicKeyDetails{true, type, private_key.public_blob(), Tail{signature.view()}});
    return answer(
        send(UserAuthRequest{user, kConnectionService, "publickey", Tail{details.view()}}));
  }

  TransportPair pair_;
  FineClock clock_;
  AnyUser authenticator_;
  std::unique_ptr<UserAuthServer> server_;
  std::vector<std::string> reports_, users_;
};

TEST_F(AuthChains, AreOfferedStepByStep) {
  ASSERT_NO_FATAL_FAILURE(start({{"publickey", "password"}}));
  EXPECT_EQ(none(), "publickey ");
  EXPECT_EQ(key(), "+password ");
  EXPECT_EQ(none(), "password ");
  EXPECT_EQ(password("wrong"), "password ");
  EXPECT_THAT(users_, IsEmpty());
  EXPECT_EQ(password(), "in");
  EXPECT_THAT(users_, ElementsAre("ann"));
}

TEST_F(AuthChains, OutOfTurnNothingIsEvenLookedAt) {
  ASSERT_NO_FATAL_FAILURE(start({{"publickey", "password"}}));
  EXPECT_EQ(password(), "publickey ");
  EXPECT_EQ(reports_.back(), "method not offered");
  EXPECT_EQ(authenticator_.asked, 0);
  EXPECT_EQ(key(), "+password ");
  EXPECT_EQ(key(), "password ") << "the same key again is no second success";
  EXPECT_EQ(authenticator_.asked, 1);
  EXPECT_EQ(password(), "in");
}

TEST_F(AuthChains, AMethodThatIsInNoChainIsRefused) {
  ASSERT_NO_FATAL_FAILURE(start({{"publickey"}}));
  EXPECT_EQ(password(), "publickey ");
  EXPECT_EQ(key(), "in");
}

TEST_F(AuthChains, OneOfSeveralIsEnough) {
  ASSERT_NO_FATAL_FAILURE(start({{"publickey", "password"}, {"keyboard-interactive"}}));
  EXPECT_EQ(none(), "publickey keyboard-interactive ");
  EXPECT_EQ(key(), "+password keyboard-interactive ");
  EXPECT_EQ(password(), "in");
}

TEST_F(AuthChains, ASuccessCountsInEveryChainThatWaitsForIt) {
  ASSERT_NO_FATAL_FAILURE(
      start({{"password", "publickey"}, {"password", "hostbased"}, {"publickey", "hostbased"}}));
  EXPECT_EQ(none(), "password publickey ");
  EXPECT_EQ(password(), "+publickey hostbased ");
  EXPECT_EQ(key(), "in");
}

TEST_F(AuthChains, WhatOneUserPassedHelpsNoOther) {
  ASSERT_NO_FATAL_FAILURE(start({{"publickey", "password"}}));
  EXPECT_EQ(key("ann"), "+password ");
  EXPECT_EQ(password("secret", "bob"), "end");
  EXPECT_THAT(users_, IsEmpty());
}

TEST_F(AuthChains, TwoKeysAreTwoDifferentKeys) {
  ASSERT_NO_FATAL_FAILURE(start({{"publickey", "publickey"}}));
  EXPECT_EQ(key("ann"), "+publickey ");
  EXPECT_EQ(key("ann"), "publickey ");
  EXPECT_EQ(reports_.back(), "the key has been shown before");
  authenticator_.second_key = true;
  EXPECT_EQ(key("ann", "ecdsa-sha2-nistp256"), "in");
}

TEST_F(AuthChains, RefusalsOfPasswordsComeLaterAndLater) {
  UserAuthServer::Options options;
  options.max_failures = 0;
  options.first_delay = std::chrono::milliseconds(100);
  options.longest_delay = std::chrono::milliseconds(300);
  options.clock = &clock_;
  ASSERT_NO_FATAL_FAILURE(start(options));
  EXPECT_EQ(server_->deadline(), std::nullopt);
  for (const int delay : {100, 200, 300, 300}) {
    EXPECT_EQ(password("wrong"), "end") << "no answer yet";
    EXPECT_TRUE(pair_.server.transport->input_held());
    ASSERT_EQ(server_->deadline(), clock_.now() + std::chrono::milliseconds(delay));
    server_->on_deadline();  // too early: nothing happens
    clock_.time += std::chrono::milliseconds(delay);
    server_->on_deadline();
    pair_.exchange();
    EXPECT_EQ(answer(pair_.client.handler.messages), "publickey password ");
    EXPECT_FALSE(pair_.server.transport->input_held());
  }
}

TEST_F(AuthChains, SuccessesAreNoFailuresForTheLimit) {
  UserAuthServer::Options options;
  options.chains = {{"publickey", "password"}};
  options.max_failures = 2;
  ASSERT_NO_FATAL_FAILURE(start(options));
  EXPECT_EQ(key(), "+password ");
  EXPECT_EQ(password("wrong"), "password ");
  EXPECT_EQ(password("wrong"), "end");
}

TEST_F(AuthChains, WithoutALimitAttemptsGoOn) {
  UserAuthServer::Options options;
  options.max_failures = 0;
  ASSERT_NO_FATAL_FAILURE(start(options));
  for (int i = 0; i < 100; ++i) ASSERT_EQ(password("wrong"), "publickey password ");
  EXPECT_EQ(password(), "in");
}

TEST_F(AuthChains, TheBannerComesOnceBeforeTheFirstAnswer) {
  UserAuthServer::Options options;
  options.banner = "Look\r\nout\r\n";
  ASSERT_NO_FATAL_FAILURE(start(options));
  const auto first = send(UserAuthRequest{"ann", kConnectionService, "none", {}});
  ASSERT_EQ(first.size(), 2U);
  const auto banner = decode<UserAuthBanner>(first[0]);
  EXPECT_EQ(banner.message, "Look\r\nout\r\n");
  EXPECT_EQ(banner.language, "");
  EXPECT_EQ(send(UserAuthRequest{"ann", kConnectionService, "none", {}}).size(), 1U);
  EXPECT_EQ(password(), "in");
}

TEST_F(AuthChains, AnAccountIsAskedAboutOnlyAfterAProof) {
  ASSERT_NO_FATAL_FAILURE(start(std::vector<NameList>{{"password", "publickey"}}));
  EXPECT_EQ(password("wrong", "old"), "password ");
  EXPECT_EQ(authenticator_.accounts, 0);
  EXPECT_EQ(password("secret", "old"), "password ") << "the success did not count";
  EXPECT_EQ(authenticator_.accounts, 1);
  EXPECT_EQ(reports_.back(), "expired");
}

TEST_F(AuthChains, WhoHasProvedItselfIsToldSomething) {
  authenticator_.told = "closed on Sundays\r\n";
  ASSERT_NO_FATAL_FAILURE(start(std::vector<NameList>{{"password"}}));
  const auto sent = [&](std::string_view word, std::string_view user) {
    password(word, user);
    return std::ranges::count(pair_.client.handler.messages,
                              encode(UserAuthBanner{"closed on Sundays\r\n", ""}));
  };
  EXPECT_EQ(sent("wrong", "old"), 0);
  EXPECT_EQ(sent("secret", "old"), 1);
  server_->forget_banner();
  EXPECT_EQ(sent("secret", "old"), 0);
}

}  // namespace
}  // namespace ssh2core
