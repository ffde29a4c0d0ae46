#include "libssh2core/crypto/dh_groups.h"

#include <algorithm>
#include <array>

namespace ssh2core {

DhGroups::DhGroups(unsigned least_bits) : DhGroups(modp_groups(least_bits), true) {}

DhGroups::DhGroups(std::vector<DhGroup> groups, bool tested) {
  groups_.reserve(groups.size());
  for (DhGroup& group : groups) {
    const unsigned bits = bits_of(group.prime);
    groups_.push_back({std::move(group), bits, tested});
  }
  std::ranges::sort(groups_, {}, &Entry::bits);
}

const DhGroup* DhGroups::choose(const DhGroupSizes& sizes, Random& random) const {
  std::vector<const Entry*> fitting;
  for (const Entry& entry : groups_)
    if (entry.bits >= sizes.min && entry.bits <= sizes.max) fitting.push_back(&entry);
  while (!fitting.empty()) {
    const auto enough = std::ranges::find_if(
        fitting, [&](const Entry* entry) { return entry->bits >= sizes.preferred; });
    const unsigned bits = (enough == fitting.end() ? fitting.back() : *enough)->bits;
    const auto equal = std::ranges::equal_range(fitting, bits, {}, &Entry::bits);
    std::array<std::uint8_t, 4> any{};
    if (equal.size() > 1) random.fill(any);
    const auto at = equal.begin() + static_cast<long>(load_u32(any.data()) % equal.size());
    if ((*at)->tested || is_safe_prime((*at)->group)) return &(*at)->group;
    fitting.erase(at);
  }
  return nullptr;
}

std::vector<DhGroup> DhGroups::test() {
  std::vector<DhGroup> dropped;
  std::erase_if(groups_, [&](Entry& entry) {
    entry.tested = entry.tested || is_safe_prime(entry.group);
    if (!entry.tested) dropped.push_back(std::move(entry.group));
    return !entry.tested;
  });
  return dropped;
}

}  // namespace ssh2core
