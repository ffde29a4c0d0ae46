// Every message of RFC 4253 through the tests that hold for all.
#include "libssh2core/transport/messages.h"
#include "libssh2core/transport/kex_messages.h"

#include "libssh2core/tests/messages.h"

namespace ssh2core {
using TransportMessages =
    testing::Types<Disconnect, Ignore, Unimplemented, Debug, ServiceRequest, ServiceAccept, ExtInfo,
                   KexInit, NewKeys, KexValueInit, KexValueReply, Ping, Pong>;
INSTANTIATE_TYPED_TEST_SUITE_P(Transport, EveryMessage, TransportMessages);

using KexMessages = testing::Types<GexRequestOld, GexRequest, GexGroup, GexInit, GexReply,
                                   RsaPublicKey, RsaSecret, RsaDone>;
INSTANTIATE_TYPED_TEST_SUITE_P(Kex, EveryMessage, KexMessages);
}  // namespace ssh2core
