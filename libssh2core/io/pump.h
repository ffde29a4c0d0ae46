// The event loop of one connection: moves bytes between an Endpoint and descriptors.
#pragma once

#include <csignal>

#include "libssh2core/wire/endpoint.h"

namespace ssh2core::io {

/// How a pump ended.
enum class PumpEnd {
  Finished,  // the endpoint finished and all its output is delivered, or the peer left
  Stopped,   // `stop` became non-zero (a signal)
  Failed,    // a descriptor failed or the peer reset the connection, and the endpoint was told so
};

/// Runs until the endpoint is finished. `read_fd` and `write_fd` may be the same socket, or two
/// pipes; they are made non-blocking and restored on return. Retries EINTR, never raises SIGPIPE
/// (the caller has it ignored). On a TCP socket sets TCP_NODELAY, and TCP_QUICKACK after each read
/// while the endpoint is setting up. Does not poll while there is known work. When the endpoint
/// finished before the peer left, a socket is shut down for writing and its input discarded for a
/// moment, so that what was sent last (DISCONNECT) is not lost to a reset. A peer that takes none
/// of a finished endpoint's output for ten seconds loses it.
PumpEnd pump(Endpoint& endpoint, int read_fd, int write_fd, const Clock& clock,
             const volatile std::sig_atomic_t& stop);

}  // namespace ssh2core::io
