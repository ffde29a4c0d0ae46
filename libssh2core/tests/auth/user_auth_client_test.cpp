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

}  // namespace
}  // namespace ssh2core
