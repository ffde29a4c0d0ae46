// SSH messages as a trace shows them: type, layer and fields, from the structs of the layers.
#pragma once

#include "libssh2core/capture/trace.h"
#include "libssh2core/crypto/kex_table.h"

namespace ssh2core {

/// What the meaning of some numbers depends on.
struct MessageContext {
  const KexEntry* kex = nullptr;  // the method of the exchange under way, when it is known to us
  std::string_view kex_name;      // and its name in any case
  std::string_view auth_method;   // of the last USERAUTH_REQUEST
};

/// Fills in layer, type, bytes and fields; or `error`, when the message is malformed or unknown.
/// Passwords, and what may be one, are masked.
void describe_message(ByteView payload, const MessageContext& context, TraceMessage& out);

}  // namespace ssh2core
