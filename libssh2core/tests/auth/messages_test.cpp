// Every message of RFC 4252 and RFC 4256 through the tests that hold for all.
#include "libssh2core/auth/messages.h"

#include "libssh2core/tests/messages.h"

namespace ssh2core {
using AuthMessages =
    testing::Types<UserAuthRequest, UserAuthFailure, UserAuthSuccess, UserAuthBanner, UserAuthPkOk,
                   UserAuthInfoRequest, UserAuthInfoResponse>;
INSTANTIATE_TYPED_TEST_SUITE_P(Auth, EveryMessage, AuthMessages);
}  // namespace ssh2core
