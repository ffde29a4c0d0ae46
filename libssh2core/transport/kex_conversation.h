// The messages of a key exchange method between the KEXINITs and NEWKEYS, numbers 30 to 49, as one
// side takes part in them. Who speaks first, and how often, is the method's affair; what is made of
// the outcome is the same for all: exchange hash, signature, keys.
#pragma once

#include <optional>

#include "libssh2core/crypto/kex_table.h"
#include "libssh2core/transport/role.h"
#include "libssh2core/transport/settings.h"

namespace ssh2core {

/// What both sides know at the end.
struct KexOutcome {
  Secret shared;  // K: magnitude or string, as the method's row says
  Bytes values;   // what the exchange hash holds between K_S and K, encoded
  // As the server sent them; empty in the server role.
  Bytes host_key, signature;
};

/// What a message leads to.
struct KexStep {
  Bytes send;                         // a message to be sent now; empty: none
  std::optional<KexOutcome> outcome;  // set once, by the last message of the peer
};

/// One run of a method. Messages come in one order only: any other one, a malformed one and a value
/// that the method does not allow throw ProtocolError.
class KexConversation {
 public:
  virtual ~KexConversation() = default;
  /// The message that this side sends before it gets one; empty: the peer begins.
  virtual Bytes begin() { return {}; }
  /// Takes a message of the peer, the next one that is not a wrong guess.
  virtual KexStep on_message(ByteView payload) = 0;
  /// Server, after the outcome: the last message, which carries the signature of H.
  virtual Bytes last_message(ByteView signature) const = 0;
  /// As KeyAgreement has it; empty when the method's secret is not found by one.
  virtual Secret private_key() const = 0;
};

/// A new run of the method. `host_key` is K_S in the server role, else empty; it and the settings
/// must outlive the conversation.
std::unique_ptr<KexConversation> make_conversation(const KexEntry& kex, Role role,
                                                   const TransportSettings& settings,
                                                   ByteView host_key);

// --- For the implementations ---

/// The peer's value as KeyAgreement wants it, from its frame in the packet: of a number the
/// magnitude. Throws ProtocolError when it is negative.
ByteView read_kex_value(ValueEncoding encoding, ByteView framed);

/// Throws the ProtocolError for a message that is not the next one.
[[noreturn]] void refuse_kex_message(std::uint8_t id);

}  // namespace ssh2core
