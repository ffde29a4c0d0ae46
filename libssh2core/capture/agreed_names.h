// What two KEXINITs of others lead to (RFC 4253 section 7.1), by name: also where we know no such
// algorithm ourselves, which is what tells negotiate() of the transport from this.
#pragma once

#include <string>
#include <variant>

#include "libssh2core/capture/trace.h"
#include "libssh2core/transport/negotiation.h"

namespace ssh2core {

struct AgreedNames {
  std::string kex, host_key;
  struct Direction {
    std::string cipher, mac, compression;  // mac is empty where the cipher is a known AEAD
  };
  std::array<Direction, 2> ways;  // by index_of(Way)
  bool strict_kex = false;        // of the session: asked for by both first KEXINITs
};

/// The first of the client's names that the server has too, list by list; empty where there is
/// none. `strict_kex` is left alone.
AgreedNames agree_names(const KexInit& client, const KexInit& server);
/// True when both ask for strict key exchange; counts in the first KEXINITs only.
bool ask_for_strict_kex(const KexInit& client, const KexInit& server);

/// The rows of our tables, or a sentence that names what we do not know.
std::variant<NegotiatedAlgorithms, std::string> find_rows(const AgreedNames& names);

/// As the events of sftpd-lite name them: "in" is from the client to the server.
TraceFields trace_fields(const AgreedNames& names);

}  // namespace ssh2core
