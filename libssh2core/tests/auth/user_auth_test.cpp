// User authentication: the server's side with requests made by hand, both sides with each other.
#include <gmock/gmock.h>

#include "libssh2core/auth/user_auth_client.h"
#include "libssh2core/auth/user_auth_server.h"
#include "libssh2core/tests/transport/harness.h"

namespace ssh2core {
namespace {

using testing::ElementsAre;

/// Lets in one user with one key and one password; answers at once or when told.
class TestAuthenticator final : public Authenticator {
 public:
  NameList methods(std::string_view) override { return offered; }
  void check_key(std::string_view user, const PublicKey& key, Done done) override {
    ++asked;
    give(user == "ann" && key.blob() == test_key(key_type).public_blob(), std::move(done));
  }
  void check_password(std::string_view user, const Secret& password, Done done) override {
    ++asked;
    give(user == "ann" && as_text(password.view()) == "secret", std::move(done));
  }
  void give(bool accepted, Done done) {
    AuthDecision decision{accepted, accepted ? "" : "no", {}};
    if (accepted) decision.still_needed = std::exchange(still_needed, {});
    if (delayed)
      waiting = [done = std::move(done), decision] { done(decision); };
    else
      done(decision);
  }
  NameList offered{"publickey", "password"};
  std::string key_type = "ssh-ed25519";
  NameList still_needed;  // of the next success
  bool delayed = false;
  std::function<void()> waiting;
  int asked = 0;
};

class Auth : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(pair_.connect());
    make_server(6);
    pair_.server.handler.hook = [this](MutableView payload) {
      if (!server_->on_message(payload)) unknown_.push_back(payload[0]);
    };
  }
  void make_server(unsigned limit) {
    server_ = std::make_unique<UserAuthServer>(
        *pair_.server.transport, authenticator_,
        UserAuthServer::Options{limit, {"ssh-ed25519", "rsa-sha2-256", "ecdsa-sha2-nistp256"}},
        [this](const AuthReport& report) {
          reports_.emplace_back(report.reason);
          results_.push_back(report.result);
        },
        [this](const std::string& user) { users_.push_back(user); });
  }
  /// Sends a message and returns the server's answers.
  template <class Message>
  std::vector<Bytes> send(const Message& message) {
    pair_.client.handler.messages.clear();
    pair_.client.inject_message(message);
    pair_.exchange();
    return pair_.client.handler.messages;
  }
  void request_service() {
    const auto answers = send(ServiceRequest{kUserAuthService});
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(decode<ServiceAccept>(answers[0]).service, kUserAuthService);
  }
  std::vector<Bytes> request(std::string_view user, std::string_view method, ByteView details) {
    return send(UserAuthRequest{user, kConnectionService, method, Tail{details}});
  }
  std::vector<Bytes> password(std::string_view user, std::string_view text) {
    Buffer details;
    Writer w(details);
    encode_fields(w, PasswordDetails{false, as_bytes(text), {}});
    return request(user, "password", details.view());
  }
  struct KeyTry {
    std::string user = "ann", algorithm = "ssh-ed25519", signed_algorithm = "ssh-ed25519";
    std::string signed_user = "ann", key = "ssh-ed25519";
    bool query = false;
    Bytes session_id = {};  // empty: the right one
  };
  std::vector<Bytes> key(const KeyTry& one) {
    const PrivateKey& private_key = test_key(one.key);
    Buffer data, signature, details;
    Writer w(data);
    PublicKeySignedData signed_data;
    signed_data.session_id =
        one.session_id.empty() ? pair_.client.transport->session_id() : ByteView(one.session_id);
    signed_data.user = one.signed_user;
    signed_data.service = kConnectionService;
    signed_data.method = "publickey";
    signed_data.algorithm = one.algorithm;
    signed_data.blob = private_key.public_blob();
    encode_fields(w, signed_data);
    if (!one.query) Writer(signature).string(private_key.sign(one.signed_algorithm, data.view()));
    Writer d(details);
    encode_fields(d, PublicKeyDetails{!one.query, one.algorithm, private_key.public_blob(),
                                      Tail{signature.view()}});
    return request(one.user, "publickey", details.view());
  }
  void expect_failure(const std::vector<Bytes>& answers, bool partial = false) {
    ASSERT_EQ(answers.size(), 1U);
    const auto failure = decode<UserAuthFailure>(answers[0]);
    EXPECT_EQ(failure.partial_success, partial);
    if (!partial) {
      EXPECT_THAT(failure.methods, ElementsAre("publickey", "password"));
    }
    EXPECT_TRUE(users_.empty());
  }
  void expect_success(const std::vector<Bytes>& answers) {
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(answers[0], encode(UserAuthSuccess{}));
    EXPECT_EQ(users_, std::vector<std::string>{"ann"});
  }
  void expect_end(Reason reason) {
    ASSERT_EQ(pair_.server.handler.endings.size(), 1U);
    EXPECT_EQ(pair_.server.ending()->reason, reason);
    EXPECT_TRUE(users_.empty());
  }

  TransportPair pair_;
  TestAuthenticator authenticator_;
  std::unique_ptr<UserAuthServer> server_;
  std::vector<std::string> reports_, users_;
  std::vector<AuthReport::Result> results_;
  Bytes unknown_;
};

TEST_F(Auth, TakesARightPassword) {
  request_service();
  expect_success(password("ann", "secret"));
  EXPECT_THAT(results_, ElementsAre(AuthReport::Result::Accepted));
}

TEST_F(Auth, RefusesWrongPasswordsAndUsersAlike) {
  request_service();
  expect_failure(password("ann", "wrong"));
  expect_failure(password("ann", ""));
  EXPECT_EQ(authenticator_.asked, 2);
  expect_success(password("ann", "secret"));
}

TEST_F(Auth, RefusesAnUnknownUserAsItRefusesAWrongPassword) {
  request_service();
  expect_failure(password("bob", "secret"));
  expect_failure(password("bob", ""));
  EXPECT_EQ(authenticator_.asked, 2);
}

TEST_F(Auth, AnotherUserNameEndsTheConnection) {
  request_service();
  expect_failure(request("", "none", {}));
  password("ann", "secret");
  expect_end(Reason::Protocol);
  EXPECT_EQ(authenticator_.asked, 0);
}

TEST_F(Auth, WipesThePasswordFromThePacket) {
  Buffer details;
  Writer w(details);
  encode_fields(w, PasswordDetails{false, as_bytes("secret"), {}});
  request_service();
  Bytes packet =
      encode(UserAuthRequest{"ann", kConnectionService, "password", Tail{details.view()}});
  ASSERT_TRUE(server_->on_message(packet));
  EXPECT_EQ(as_text(packet).find("secret"), std::string_view::npos);
  EXPECT_EQ(users_.size(), 1U);
}

TEST_F(Auth, RefusesAChangeOfPassword) {
  request_service();
  Buffer details, fresh;
  Writer(fresh).string("newer");
  Writer w(details);
  encode_fields(w, PasswordDetails{true, as_bytes("secret"), Tail{fresh.view()}});
  expect_failure(request("ann", "password", details.view()));
  EXPECT_EQ(authenticator_.asked, 0);
}

TEST_F(Auth, RefusesBytesBehindAPassword) {
  request_service();
  Buffer details;
  Writer w(details);
  encode_fields(w, PasswordDetails{false, as_bytes("secret"), Tail{as_bytes("abc")}});
  request("ann", "password", details.view());
  expect_end(Reason::Protocol);
}

TEST_F(Auth, RefusesAChangeWithoutANewPassword) {
  request_service();
  Buffer details;
  Writer w(details);
  encode_fields(w, PasswordDetails{true, as_bytes("secret"), Tail{as_bytes("abc")}});
  request("ann", "password", details.view());
  expect_end(Reason::Protocol);
}

TEST_F(Auth, TakesAKeyWithOrWithoutAQuery) {
  request_service();
  const auto answers = key({.query = true});
  ASSERT_EQ(answers.size(), 1U);
  const auto ok = decode<UserAuthPkOk>(answers[0]);
  EXPECT_EQ(ok.algorithm, "ssh-ed25519");
  EXPECT_EQ(as_text(ok.blob), as_text(test_key("ssh-ed25519").public_blob()));
  EXPECT_TRUE(users_.empty());
  expect_success(key({}));
  EXPECT_THAT(results_, ElementsAre(AuthReport::Result::Query, AuthReport::Result::Accepted));
}

TEST_F(Auth, RefusesEverySignatureThatIsNotTheRightOne) {
  request_service();
  expect_failure(key({.signed_user = "bob"}));
  expect_failure(key({.session_id = Bytes(32, 1)}));
  EXPECT_THAT(reports_, ElementsAre("wrong signature", "wrong signature"));
  expect_failure(key({.signed_algorithm = "ecdsa-sha2-nistp256", .key = "ecdsa-sha2-nistp256"}));
  EXPECT_EQ(reports_.back(), "key and signature algorithm differ");
  expect_success(key({}));
}

TEST_F(Auth, RefusesTheKeyOfAnotherUser) {
  request_service();
  expect_failure(key({.user = "bob", .signed_user = "bob"}));
  EXPECT_EQ(reports_.back(), "no");
}

TEST_F(Auth, RsaKeysSignUnderTheNameThatTheyGive) {
  authenticator_.key_type = "ssh-rsa";
  request_service();
  expect_failure(
      key({.algorithm = "ssh-rsa", .signed_algorithm = "rsa-sha2-256", .key = "ssh-rsa"}));
  EXPECT_EQ(reports_.back(), "signature algorithm not accepted");
  expect_failure(
      key({.algorithm = "rsa-sha2-512", .signed_algorithm = "rsa-sha2-512", .key = "ssh-rsa"}));
  EXPECT_EQ(reports_.back(), "signature algorithm not accepted");
  expect_failure(
      key({.algorithm = "rsa-sha2-256", .signed_algorithm = "rsa-sha2-512", .key = "ssh-rsa"}));
  EXPECT_EQ(reports_.back(), "wrong signature");
  expect_success(
      key({.algorithm = "rsa-sha2-256", .signed_algorithm = "rsa-sha2-256", .key = "ssh-rsa"}));
}

TEST_F(Auth, RefusesMalformedKeysAndSignatures) {
  request_service();
  const auto details = [](bool with, std::string_view blob, ByteView signature) {
    Buffer out, framed;
    if (with) Writer(framed).string(signature);
    Writer w(out);
    encode_fields(w, PublicKeyDetails{with, "ssh-ed25519", as_bytes(blob), Tail{framed.view()}});
    return out.to_bytes();
  };
  expect_failure(request("ann", "publickey", details(false, "nonsense", {})));
  EXPECT_EQ(reports_.back(), "malformed public key");
  const std::string blob(as_text(test_key("ssh-ed25519").public_blob()));
  for (const Bytes& signature : {Bytes{}, Bytes{1, 2, 3}, Bytes(83, 0), Bytes(8, 0xff)})
    expect_failure(request("ann", "publickey", details(true, blob, signature)));
  EXPECT_EQ(pair_.server.ending(), nullptr);
}

TEST_F(Auth, NoneAsksForTheMethodsAndIsFree) {
  request_service();
  for (int i = 0; i < 20; ++i) expect_failure(request("ann", "none", {}));
  EXPECT_TRUE(reports_.empty());
}

TEST_F(Auth, UnknownMethodsAreRefusedAndCounted) {
  request_service();
  for (int i = 0; i < 5; ++i)
    expect_failure(request("ann", "gssapi-with-mic", as_bytes("whatever")));
  EXPECT_EQ(reports_.size(), 5U);
  pair_.client.handler.messages.clear();
  EXPECT_TRUE(request("ann", std::string(1000, 'x'), {}).empty());
  expect_end(Reason::NoMoreAuthMethods);
}

TEST_F(Auth, SixFailuresAreTheLimitQueriesThatFailIncluded) {
  request_service();
  for (int i = 0; i < 3; ++i) expect_failure(password("bob", "wrong"));
  for (int i = 0; i < 2; ++i) expect_failure(key({.user = "bob", .query = true}));
  EXPECT_TRUE(key({.user = "bob", .query = true}).empty());
  expect_end(Reason::NoMoreAuthMethods);
  ASSERT_NE(pair_.client.ending(), nullptr);
  EXPECT_EQ(pair_.client.ending()->reason, Reason::NoMoreAuthMethods);
}

TEST_F(Auth, RequestsBeforeTheServiceEndTheConnection) {
  request("ann", "none", {});
  expect_end(Reason::Protocol);
}

TEST_F(Auth, OnlyTheServicesThatAreThere) {
  send(ServiceRequest{"ssh-connection"});
  expect_end(Reason::ServiceNotAvailable);
}

TEST_F(Auth, OnlyTheConnectionServiceCanBeLoggedInTo) {
  request_service();
  send(UserAuthRequest{"ann", "ssh-shell", "none", {}});
  expect_end(Reason::ServiceNotAvailable);
}

TEST_F(Auth, TheServiceAskedForAgainAfterSuccessIsNoEnd) {
  request_service();
  expect_success(password("ann", "secret"));
  EXPECT_TRUE(send(ServiceRequest{kUserAuthService}).empty());
  EXPECT_EQ(pair_.server.ending(), nullptr) << "Conch of Twisted asks again when keys were renewed";
}

TEST_F(Auth, RequestsAfterSuccessAreIgnored) {
  request_service();
  expect_success(password("ann", "secret"));
  EXPECT_TRUE(password("ann", "wrong").empty());
  EXPECT_TRUE(request("bob", "none", {}).empty());
  EXPECT_EQ(pair_.server.ending(), nullptr);
  EXPECT_EQ(users_.size(), 1U);
}

TEST_F(Auth, IllegalUserNamesEndTheConnection) {
  request_service();
  request(std::string_view("a\0b", 3), "none", {});
  expect_end(Reason::IllegalUserName);
}

TEST_F(Auth, OverlongUserNamesEndTheConnection) {
  request_service();
  expect_failure(request(std::string(256, 'a'), "none", {}));
  request(std::string(257, 'a'), "none", {});
  expect_end(Reason::IllegalUserName);
}

TEST_F(Auth, MessagesOfTheServerAreNotKnownToIt) {
  request_service();
  for (const Bytes& message : {encode(UserAuthSuccess{}), encode(UserAuthFailure{}), Bytes{79}}) {
    pair_.client.inject(message);
    pair_.exchange();
  }
  EXPECT_EQ(unknown_, (Bytes{52, 51, 79}));
}

TEST_F(Auth, DecisionsMayComeLaterAndHoldTheInput) {
  authenticator_.delayed = true;
  request_service();
  EXPECT_TRUE(password("ann", "secret").empty());
  EXPECT_TRUE(pair_.server.transport->input_held());
  pair_.client.inject_message(UserAuthRequest{"ann", kConnectionService, "none", {}});
  pair_.exchange();
  authenticator_.waiting();
  pair_.exchange();
  expect_success(pair_.client.handler.messages);  // the request behind it is ignored
  EXPECT_FALSE(pair_.server.transport->input_held());
  authenticator_.waiting();  // a second answer changes nothing
  pair_.exchange();
  EXPECT_EQ(users_.size(), 1U);
}

TEST_F(Auth, LateDecisionsAboutKeysCheckTheSignatureToo) {
  authenticator_.delayed = true;
  request_service();
  EXPECT_TRUE(key({.session_id = Bytes(32, 1)}).empty());
  authenticator_.waiting();
  pair_.exchange();
  expect_failure(pair_.client.handler.messages);
}

TEST_F(Auth, ADecisionThatComesAfterTheEndIsIgnored) {
  authenticator_.delayed = true;
  request_service();
  EXPECT_TRUE(password("ann", "secret").empty());
  server_.reset();
  authenticator_.waiting();
  EXPECT_TRUE(users_.empty());
}

TEST_F(Auth, ADecisionAfterTheConnectionClosedLogsNobodyIn) {
  authenticator_.delayed = true;
  request_service();
  EXPECT_TRUE(password("ann", "secret").empty());
  pair_.server.transport->end_of_input();
  authenticator_.waiting();
  EXPECT_TRUE(users_.empty());
}

TEST_F(Auth, PartialSuccessNamesWhatIsStillNeeded) {
  authenticator_.still_needed = {"password"};
  request_service();
  const auto answers = key({});
  expect_failure(answers, true);
  EXPECT_THAT(decode<UserAuthFailure>(answers[0]).methods, ElementsAre("password"));
  EXPECT_THAT(results_, ElementsAre(AuthReport::Result::Partial));
  expect_success(password("ann", "secret"));
}

class BothSides : public Auth {
 protected:
  AuthOutcome run(const Credentials& credentials) {
    AuthOutcome outcome;
    int calls = 0;
    UserAuthClient client(*pair_.client.transport, credentials, [&](const AuthOutcome& end) {
      outcome = end;
      ++calls;
    });
    pair_.client.handler.hook = [&](MutableView payload) {
      EXPECT_TRUE(client.on_message(payload));
    };
    client.start();
    pair_.exchange();
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(client.succeeded(), outcome.accepted);
    pair_.client.handler.hook = nullptr;
    return outcome;
  }
  Secret password_{as_bytes("secret")}, wrong_{as_bytes("wrong")};
};

TEST_F(BothSides, LogInWithAPassword) {
  EXPECT_TRUE(run({.user = "ann", .password = &password_}).accepted);
}

TEST_F(BothSides, LogInWithAKey) {
  EXPECT_TRUE(run({.user = "ann", .key = &test_key("ssh-ed25519")}).accepted);
  EXPECT_THAT(results_, ElementsAre(AuthReport::Result::Accepted));
}

TEST_F(BothSides, LogInWithAKeyAskedAboutFirst) {
  EXPECT_TRUE(
      run({.user = "ann", .key = &test_key("ssh-ed25519"), .query_key_first = true}).accepted);
  EXPECT_THAT(results_, ElementsAre(AuthReport::Result::Query, AuthReport::Result::Accepted));
}

TEST_F(BothSides, TryTheKeyThenThePassword) {
  EXPECT_TRUE(run({.user = "ann",
                   .key = &test_key("ecdsa-sha2-nistp256"),
                   .password = &password_,
                   .query_key_first = true})
                  .accepted);
  EXPECT_EQ(reports_.size(), 2U);
}

TEST_F(BothSides, SayWhatTheServerOffersWhenAllIsRefused) {
  const AuthOutcome outcome = run({.user = "ann", .password = &wrong_});
  EXPECT_FALSE(outcome.accepted);
  EXPECT_THAT(outcome.methods, ElementsAre("publickey", "password"));
}

TEST_F(BothSides, AskWithNoneWhenThereIsNothingToShow) {
  const AuthOutcome outcome = run({.user = "ann"});
  EXPECT_FALSE(outcome.accepted);
  EXPECT_THAT(outcome.methods, ElementsAre("publickey", "password"));
}

TEST_F(BothSides, AskWithNoneFirstWhenTheyAreToldSo) {
  EXPECT_TRUE(run({.user = "ann",
                   .key = &test_key("ssh-ed25519"),
                   .query_key_first = true,
                   .ask_methods_first = true})
                  .accepted);
  EXPECT_THAT(results_, ElementsAre(AuthReport::Result::Query, AuthReport::Result::Accepted))
      << "none is no attempt";
}

TEST_F(BothSides, AskWithNoneFirstAndStopWhenThatIsAllTheyHave) {
  const AuthOutcome outcome = run({.user = "ann", .ask_methods_first = true});
  EXPECT_FALSE(outcome.accepted);
  EXPECT_THAT(outcome.methods, ElementsAre("publickey", "password"));
}

TEST_F(BothSides, ShowOnlyWhatTheServerNamedWhenTheyAskedFirst) {
  authenticator_.offered = {"password"};
  EXPECT_TRUE(run({.user = "ann",
                   .key = &test_key("ssh-ed25519"),
                   .password = &password_,
                   .ask_methods_first = true})
                  .accepted);
  EXPECT_THAT(results_, ElementsAre(AuthReport::Result::Accepted));
}

TEST_F(BothSides, PassTwoStepsOfAChainWhenTheyAskedFirst) {
  authenticator_.still_needed = {"password"};
  EXPECT_TRUE(run({.user = "ann",
                   .key = &test_key("ssh-ed25519"),
                   .password = &password_,
                   .query_key_first = true,
                   .ask_methods_first = true})
                  .accepted);
}

TEST_F(BothSides, PassTwoStepsOfAChain) {
  authenticator_.still_needed = {"password"};
  EXPECT_TRUE(
      run({.user = "ann", .key = &test_key("ssh-ed25519"), .password = &password_}).accepted);
}

}  // namespace
}  // namespace ssh2core
