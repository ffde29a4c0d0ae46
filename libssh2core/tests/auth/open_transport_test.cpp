// RFC 4252 section 8: no passwords where the transport does not protect them.
#include <gmock/gmock.h>

#include "libssh2core/auth/user_auth_server.h"
#include "libssh2core/tests/transport/harness.h"

namespace ssh2core {
namespace {

class TakesAll final : public Authenticator {
 public:
  NameList methods(std::string_view) override { return {"publickey", "password"}; }
  void check_key(std::string_view, const PublicKey&, Done done) override { done({true, "", {}}); }
  void check_password(std::string_view, const Secret&, Done done) override {
    ++passwords;
    done({true, "", {}});
  }
  int passwords = 0;
};

struct Case {
  std::string cipher, mac;
  bool allowed, accepted;
};
class OpenTransport : public testing::TestWithParam<Case> {};

TEST_P(OpenTransport, TakesAPasswordOnlyWhenProtectedOrAllowed) {
  TransportPair pair;
  for (Side* side : {&pair.client, &pair.server}) {
    side->settings.algorithms.ciphers = {GetParam().cipher};
    side->settings.algorithms.macs = {GetParam().mac};
  }
  ASSERT_NO_FATAL_FAILURE(pair.connect());
  TakesAll all;
  UserAuthServer::Options options;
  options.allow_insecure_login = GetParam().allowed;
  bool in = false;
  UserAuthServer server(
      *pair.server.transport, all, options, [](const AuthReport&) {},
      [&in](const auto&...) { in = true; });
  pair.server.handler.hook = [&server](MutableView payload) {
    EXPECT_TRUE(server.on_message(payload));
  };
  pair.client.inject_message(ServiceRequest{kUserAuthService});
  Buffer details;
  Writer w(details);
  encode_fields(w, PasswordDetails{false, as_bytes("secret"), {}});
  pair.client.inject_message(
      UserAuthRequest{"ann", kConnectionService, "password", Tail{details.view()}});
  pair.exchange();
  EXPECT_EQ(in, GetParam().accepted);
  EXPECT_EQ(all.passwords, GetParam().accepted ? 1 : 0);
  if (GetParam().accepted) return;
  const auto failure = decode<UserAuthFailure>(pair.client.handler.messages.back());
  EXPECT_THAT(failure.methods, testing::ElementsAre("publickey"));
}

INSTANTIATE_TEST_SUITE_P(Every, OpenTransport,
                         testing::Values(Case{"aes128-ctr", "hmac-sha2-256", false, true},
                                         Case{"none", "hmac-sha2-256", false, false},
                                         Case{"aes128-ctr", "none", false, false},
                                         Case{"none", "none", false, false},
                                         Case{"none", "none", true, true},
                                         Case{"aes128-gcm@openssh.com", "none", false, true}));

}  // namespace
}  // namespace ssh2core
