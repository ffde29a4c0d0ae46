#include "libssh2core/transport/settings.h"

#include "libssh2core/crypto/kex_table.h"
#include "libssh2core/crypto/key_table.h"
#include "libssh2core/crypto/mac_table.h"

namespace ssh2core {

namespace {
NameList default_names(const auto& table) {
  NameList names;
  for (const auto& row : table)
    if (row.offer == Offer::Default) names.emplace_back(row.name);
  return names;
}
}  // namespace

AlgorithmLists AlgorithmLists::defaults() {
  return {default_names(kKexMethods), default_names(kSignatures), default_names(kCiphers),
          default_names(kMacs), NameList{"none"}};
}

}  // namespace ssh2core
