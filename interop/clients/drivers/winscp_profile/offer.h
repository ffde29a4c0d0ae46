// The KEXINIT of WinSCP 6.6.3: the names of its source tree (PuTTY 0.84's core) in its order. Kept
// whole; what our library does not know is left out of what is sent, and appears by itself as soon
// as the library knows it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "libssh2core/transport/settings.h"

namespace ssh2core::winscp {

inline constexpr std::string_view kIdentification = "SSH-2.0-WinSCP_release_6.6.3";

/// One list of WinSCP's, and how to see whether the library has a name.
struct OfferList {
  std::string_view name;  // kex, host_key, cipher, mac, compression
  std::span<const std::string_view> names;
  bool (*known)(std::string_view name);
};
/// In the order of KEXINIT. The markers ext-info-c and kex-strict-c-v00@openssh.com, which follow
/// the last kex, are the transport's.
std::span<const OfferList> offer_lists();

/// What can be sent: each list without the names that the library does not know. Host key types of
/// `cached` (key types of known host keys) move to the front, as WinSCP does it.
AlgorithmLists sendable_offer(const NameList& cached);

/// The names that are left out, comma-separated; empty when all can be sent.
std::string names_left_out();

}  // namespace ssh2core::winscp
