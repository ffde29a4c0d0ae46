#include "libssh2core/transport/settings.h"

#include "libssh2core/crypto/kex_table.h"
#include "libssh2core/crypto/key_table.h"
#include "libssh2core/crypto/mac_table.h"
#include "libssh2core/transport/compression_table.h"

namespace ssh2core {

namespace {
NameList default_names(const auto& table) {
  NameList names;
  for (const auto& row : table)
    if (row.offer == Offer::Default) names.emplace_back(row.name);
  return names;
}

/// Tokens are for users. Certificates have to be asked for: by who has one, or who trusts a CA.
NameList default_host_key_names() {
  NameList names;
  for (const SignatureEntry& row : kSignatures)
    if (row.offer == Offer::Default && !row.security_key) names.emplace_back(row.name);
  return names;
}
}  // namespace

AlgorithmLists AlgorithmLists::defaults() {
  return {default_names(kKexMethods), default_host_key_names(), default_names(kCiphers),
          default_names(kMacs), default_names(kCompressions)};
}

NameList default_user_key_algorithms() {
  NameList names = default_names(kSignatures);
  for (const std::string& name : default_names(kCertificates)) names.push_back(name);
  return names;
}

}  // namespace ssh2core
