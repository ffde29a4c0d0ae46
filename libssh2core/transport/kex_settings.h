// What key exchange methods with more than one round need to know.
#pragma once

#include <memory>

#include "libssh2core/crypto/dh_groups.h"

namespace ssh2core {

class TransientRsaKeys;

struct GroupExchangeSettings {
  // Server. Without groups those of RFC 3526 are given.
  std::shared_ptr<const DhGroups> groups;
  std::uint32_t least_bits = kStrongDhBits;  // RFC 8270; smaller groups are never given
  // Client. Groups of other sizes are refused.
  DhGroupSizes request;
  bool old_request = false;  // the form that tells the preferred size only
};

}  // namespace ssh2core
