// What a client's SSH message asks for, for logs: without any secret.
#pragma once

#include <optional>

#include "libssh2core/server/events.h"

namespace ssh2core::server {

/// The request in a message that is about to be served; nothing when it asks for nothing: data,
/// room for it, and answers. Of logins there is the method and what is public of it, of variables
/// the name; never a password, an answer to a question, or a value. Reads nothing but the payload.
std::optional<Request> describe_message(ByteView payload);

}  // namespace ssh2core::server
