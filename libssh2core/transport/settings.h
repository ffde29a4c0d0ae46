// What a transport offers and when it renews its keys.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "libssh2core/transport/kex_settings.h"
#include "libssh2core/wire/bytes.h"

namespace ssh2core {

/// Algorithm names in order of preference. The default is every row of the tables that is offered
/// by default.
struct AlgorithmLists {
  NameList kex, host_key, ciphers, macs, compression;
  static AlgorithmLists defaults();
};

/// What users' keys sign with by default: plain keys, those of tokens, and certificates.
NameList default_user_key_algorithms();

struct RekeyLimits {
  std::uint64_t bytes = std::uint64_t{1} << 36;    // per direction (RFC 4344: 2^32 AES blocks)
  std::uint64_t packets = std::uint64_t{1} << 31;  // per direction (RFC 4344 section 3.1)
  std::chrono::seconds time{3600};                 // RFC 4253 section 9; 0: no limit
  /// For an exchange of new keys from its KEXINIT to its end, or the connection is closed; 0: none.
  std::chrono::seconds patience{0};
};

struct TrafficPolicy;

struct TransportSettings {
  std::string identification = "SSH-2.0-sftpd_lite";  // without CR LF
  AlgorithmLists algorithms = AlgorithmLists::defaults();
  /// Algorithms of user keys; a server announces those of plain keys in server-sig-algs (RFC 8308).
  NameList user_key_algorithms = default_user_key_algorithms();
  RekeyLimits rekey;
  GroupExchangeSettings group_exchange;
  /// Server: keys that outlive a connection; nullptr: one is made for each RSA key exchange.
  std::shared_ptr<TransientRsaKeys> transient_rsa_keys;
  /// Markers in our KEXINIT: strict key exchange, and (in the first) that we take EXT_INFO (RFC
  /// 8308). Without them we behave like a peer that knows neither.
  bool offer_strict_kex = true, offer_ext_info = true;
  /// False: our KEXINIT leaves only when the peer's identification is known, as PuTTY does it.
  bool kexinit_at_once = true;
  /// Padding by IGNORE messages; nullptr: none, but with ciphers in CBC mode what they need.
  const TrafficPolicy* traffic = nullptr;
  /// False: a server's NEWKEYS leaves only when the client's has come.
  bool newkeys_at_once = true;
  /// A server also takes clients that call themselves SSH 1.99, as old ones of ssh.com do. (RFC
  /// 4253 section 5.1 has that for servers, and a client of ours takes it always.)
  bool accept_old_clients = false;
};

}  // namespace ssh2core
