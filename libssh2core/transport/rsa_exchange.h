// RSA key exchange (RFC 4432): the server shows a transient key, the client sends the secret under
// it.
#pragma once

#include "libssh2core/crypto/transient_rsa.h"
#include "libssh2core/transport/kex_conversation.h"

namespace ssh2core {

/// A run of one role. `keys` may be nullptr: then a server makes a key for this run. `kex` and
/// `host_key` (server) must outlive it.
std::unique_ptr<KexConversation> make_rsa_exchange(const KexEntry& kex, Role role,
                                                   TransientRsaKeys* keys, ByteView host_key);

/// What the exchange hash holds between K_S and K.
Bytes encode_rsa_exchange(ByteView transient_key, ByteView encrypted_secret);

}  // namespace ssh2core
