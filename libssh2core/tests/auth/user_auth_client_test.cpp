// The client's side of user authentication against answers that no sane server gives.
#include "libssh2core/auth/user_auth_client.h"

#include "libssh2core/tests/transport/harness.h"

namespace ssh2core {
namespace {

TEST(AuthClient, SurvivesAServerThatAnswersOutOfTurn) {
  const Secret secret(as_bytes("secret"));
  const std::vector<Bytes> answers = {
      encode(UserAuthSuccess{}), encode(UserAuthFailure{}), encode(UserAuthPkOk{}),
      encode(ServiceAccept{"ssh-connection"}), encode(UserAuthBanner{"Hello", ""})};
  for (const Bytes& answer : answers) {
    TransportPair pair;
    ASSERT_NO_FATAL_FAILURE(pair.connect());
    bool done = false;
    UserAuthClient client(*pair.client.transport, {.user = "ann", .password = &secret},
                          [&](const AuthOutcome&) { done = true; });
    pair.client.handler.hook = [&](MutableView payload) {
      EXPECT_TRUE(client.on_message(payload));
    };
    client.start();
    pair.server.inject(answer);
    pair.exchange();
    EXPECT_FALSE(done);
    if (answer[0] == UserAuthBanner::kId)
      EXPECT_EQ(pair.client.ending(), nullptr);
    else
      ASSERT_NE(pair.client.ending(), nullptr) << int{answer[0]};
  }
}

TEST(AuthClient, ARequestForANewPasswordIsARefusal) {
  const Secret secret(as_bytes("secret"));
  TransportPair pair;
  ASSERT_NO_FATAL_FAILURE(pair.connect());
  std::optional<AuthOutcome> outcome;
  UserAuthClient client(*pair.client.transport, {.user = "ann", .password = &secret},
                        [&](const AuthOutcome& end) { outcome = end; });
  pair.client.handler.hook = [&](MutableView payload) { EXPECT_TRUE(client.on_message(payload)); };
  client.start();
  pair.server.inject_message(ServiceAccept{kUserAuthService});
  pair.server.inject_message(UserAuthPkOk{"too old", {}});
  pair.exchange();
  ASSERT_TRUE(outcome);
  EXPECT_FALSE(outcome->accepted);
  EXPECT_EQ(pair.client.ending(), nullptr);
}

/// A server that answers each request with the next of these, and notes the methods asked for.
struct Script {
  explicit Script(std::vector<UserAuthFailure> given) : answers(std::move(given)) {}
  void take(TransportPair& pair, ByteView payload) {
    if (payload[0] == ServiceRequest::kId)
      return pair.server.inject_message(ServiceAccept{kUserAuthService});
    if (payload[0] != UserAuthRequest::kId) return;
    methods.push_back(std::string(decode<UserAuthRequest>(payload).method));
    if (methods.size() <= answers.size())
      pair.server.inject_message(answers[methods.size() - 1]);
    else
      pair.server.inject_message(UserAuthFailure{});
  }
  std::vector<UserAuthFailure> answers;
  std::vector<std::string> methods;
};

std::vector<std::string> methods_shown(std::vector<UserAuthFailure> answers) {
  const Secret secret(as_bytes("secret"));
  TransportPair pair;
  pair.connect();
  Script script(std::move(answers));
  Credentials credentials{.user = "ann", .password = &secret, .ask_methods_first = true};
  credentials.answer = [](const Challenge&) { return std::vector<Secret>{}; };
  UserAuthClient client(*pair.client.transport, credentials, [](const AuthOutcome&) {});
  pair.client.handler.hook = [&](MutableView payload) { EXPECT_TRUE(client.on_message(payload)); };
  pair.server.handler.hook = [&](MutableView payload) { script.take(pair, payload); };
  client.start();
  for (int i = 0; i < 50; ++i) pair.exchange();
  return script.methods;
}

TEST(AuthClient, AStepOfAChainMayBeFollowedByAnEarlierKind) {
  const NameList interactive{"keyboard-interactive"};
  using Methods = std::vector<std::string>;
  EXPECT_EQ(methods_shown({{{"password"}, false}, {interactive, true}}),
            (Methods{"none", "password", "keyboard-interactive"}));
  EXPECT_EQ(methods_shown({{{"password"}, false}, {interactive, false}}),
            (Methods{"none", "password"}))
      << "a refusal is no step";
}

TEST(AuthClient, AChainWithoutAnEndIsLeft) {
  const std::vector<UserAuthFailure> endless(100, UserAuthFailure{{"password"}, true});
  EXPECT_LT(methods_shown(endless).size(), 12U);
}

}  // namespace
}  // namespace ssh2core
