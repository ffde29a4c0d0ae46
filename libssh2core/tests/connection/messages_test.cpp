// Every message of RFC 4254 through the tests that hold for all.
#include "libssh2core/connection/messages.h"

#include "libssh2core/tests/messages.h"

namespace ssh2core {
using ConnectionMessages =
    testing::Types<GlobalRequest, RequestSuccess, RequestFailure, ChannelOpen,
                   ChannelOpenConfirmation, ChannelOpenFailure, ChannelWindowAdjust, ChannelData,
                   ChannelExtendedData, ChannelEof, ChannelClose, ChannelRequest, ChannelSuccess,
                   ChannelFailure>;
INSTANTIATE_TYPED_TEST_SUITE_P(Connection, EveryMessage, ConnectionMessages);
}  // namespace ssh2core
