#include "interop/clients/drivers/winscp_profile/offer.h"

#include <array>

#include "libssh2core/transport/negotiation.h"

namespace ssh2core::winscp {

namespace {

constexpr auto kKex = std::to_array<std::string_view>({
    "sntrup761x25519-sha512",
    "sntrup761x25519-sha512@openssh.com",
    "mlkem768x25519-sha256",
    "mlkem1024nistp384-sha384",
    "mlkem768nistp256-sha256",
    "curve448-sha512",
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group-exchange-sha256",
    "diffie-hellman-group-exchange-sha1",
    "diffie-hellman-group18-sha512",
    "diffie-hellman-group17-sha512",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group15-sha512",
    "diffie-hellman-group14-sha256",
    "diffie-hellman-group14-sha1",
    "rsa2048-sha256",
    "rsa1024-sha1",
    "diffie-hellman-group1-sha1",  // below the line at which its user is warned
});
constexpr auto kHostKey = std::to_array<std::string_view>({
    "ssh-ed448",
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
    "ssh-rsa",
    "ssh-dss",
});
constexpr auto kCipher = std::to_array<std::string_view>({
    "aes256-ctr",
    "aes256-cbc",
    "rijndael-cbc@lysator.liu.se",
    "aes192-ctr",
    "aes192-cbc",
    "aes128-ctr",
    "aes128-cbc",
    "chacha20-poly1305@openssh.com",
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "3des-ctr",
    "3des-cbc",
    "blowfish-ctr",  // from here on below the line of the warning; single DES is off by default
    "blowfish-cbc",
    "arcfour256",
    "arcfour128",
});
constexpr auto kMac = std::to_array<std::string_view>({
    "hmac-sha2-256",
    "hmac-sha2-512",
    "hmac-sha1",
    "hmac-sha1-96",
    "hmac-md5",
    "hmac-sha2-256-etm@openssh.com",
    "hmac-sha2-512-etm@openssh.com",
    "hmac-sha1-etm@openssh.com",
    "hmac-sha1-96-etm@openssh.com",
    "hmac-md5-etm@openssh.com",
});
constexpr auto kCompression = std::to_array<std::string_view>({"none", "zlib", "zlib@openssh.com"});

constexpr auto kLists = std::to_array<OfferList>({
    {"kex", kKex, [](std::string_view name) { return find_kex(name) != nullptr; }},
    {"host_key", kHostKey,
     [](std::string_view name) { return find_key_algorithm(name) != nullptr; }},
    {"cipher", kCipher, [](std::string_view name) { return find_cipher(name) != nullptr; }},
    {"mac", kMac, [](std::string_view name) { return find_mac(name) != nullptr; }},
    {"compression", kCompression,
     [](std::string_view name) { return contains(AlgorithmLists::defaults().compression, name); }},
});

NameList sendable(const OfferList& list) {
  NameList names;
  for (const std::string_view name : list.names)
    if (list.known(name)) names.emplace_back(name);
  return names;
}

}  // namespace

std::span<const OfferList> offer_lists() { return kLists; }

AlgorithmLists sendable_offer(const NameList& cached) {
  AlgorithmLists lists;
  lists.kex = sendable(kLists[0]);
  lists.host_key = sendable(kLists[1]);
  lists.ciphers = sendable(kLists[2]);
  lists.macs = sendable(kLists[3]);
  lists.compression = sendable(kLists[4]);
  NameList known, others;
  for (const std::string& name : lists.host_key)
    (contains(cached, find_key_algorithm(name)->key_type) ? known : others).push_back(name);
  known.insert(known.end(), others.begin(), others.end());
  lists.host_key = std::move(known);
  return lists;
}

std::string names_left_out() {
  std::string names;
  for (const OfferList& list : kLists)
    for (const std::string_view name : list.names)
      if (!list.known(name)) names.append(names.empty() ? "" : ",").append(name);
  return names;
}

}  // namespace ssh2core::winscp
