// Traces as JSON ("ssh2core/trace/1", docs/schemas/trace.json).
#pragma once

#include <nlohmann/json.hpp>

#include "libssh2core/capture/trace.h"
#include "libssh2core/crypto/hash.h"
#include "tools/common/instant.h"

namespace ssh2core::tools {

using Json = nlohmann::ordered_json;

class TraceJson {
 public:
  /// Data of more bytes than this is given as length and hash.
  static constexpr std::size_t kMostShown = 64;

  Json message(std::uint64_t number, const TraceMessage& message);
  Json session(const TraceSession& session);
  Json value(const TraceValue& value);

 private:
  void add(Json& object, const TraceFields& fields);
  Json data(ByteView bytes);
  Hash sha256_{"SHA256"};
};

}  // namespace ssh2core::tools
