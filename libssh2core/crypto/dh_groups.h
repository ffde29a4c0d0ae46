// The groups that a server gives in diffie-hellman-group-exchange (RFC 4419), and how it chooses.
#pragma once

#include <string>

#include "libssh2core/crypto/dh_group.h"
#include "libssh2core/wire/random.h"

namespace ssh2core {

/// Sizes of a prime in bits, as GEX_REQUEST has them.
struct DhGroupSizes {
  std::uint32_t min = 2048, preferred = 3072, max = 8192;
};

/// Outside these nothing is ever taken or given. The lower one is that of RFC 4419; RFC 8270 and we
/// want 2048 unless told otherwise.
inline constexpr std::uint32_t kLeastDhBits = 1024, kMostDhBits = 8192;
inline constexpr std::uint32_t kStrongDhBits = 2048;

class DhGroups {
 public:
  /// The groups of RFC 3526 of 2048 bits or more, or with `least_bits` smaller ones too.
  explicit DhGroups(unsigned least_bits = kStrongDhBits);
  /// These groups. Unless `tested`, each must yet pass is_safe_prime() before it is given.
  DhGroups(std::vector<DhGroup> groups, bool tested);

  /// Of the groups from min to max bits the smallest that has the preferred size or more, else the
  /// largest; among equals any. nullptr: there is none. A group that fails its test is passed over.
  const DhGroup* choose(const DhGroupSizes& sizes, Random& random) const;
  /// Tests the groups now, so that choose() has no more to do. Returns what was dropped.
  std::vector<DhGroup> test();
  bool empty() const { return groups_.empty(); }
  std::size_t size() const { return groups_.size(); }

 private:
  struct Entry {
    DhGroup group;
    unsigned bits;
    bool tested;
  };
  std::vector<Entry> groups_;  // the smallest first
};

}  // namespace ssh2core
