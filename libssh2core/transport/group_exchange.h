// Diffie-Hellman group exchange (RFC 4419): the client says how large a group it wants, the server
// chooses one.
#pragma once

#include "libssh2core/crypto/dh_groups.h"
#include "libssh2core/transport/kex_conversation.h"

namespace ssh2core {

/// A run of one role. The settings and `host_key` (server) must outlive it.
std::unique_ptr<KexConversation> make_group_exchange(Role role,
                                                     const GroupExchangeSettings& settings,
                                                     ByteView host_key);

/// The group for a request of these sizes. Throws ProtocolError with a sentence when there is none
/// that the settings allow.
DhGroup choose_group(const GroupExchangeSettings& settings, const DhGroupSizes& asked);

/// What the exchange hash holds between K_S and K. `request` is the numbers of GEX_REQUEST or
/// GEX_REQUEST_OLD, as they are in the packet; values are magnitudes.
Bytes encode_group_exchange(ByteView request, const DhGroup& group, ByteView client_value,
                            ByteView server_value);

}  // namespace ssh2core
