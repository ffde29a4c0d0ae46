#include "libssh2core/crypto/fips.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

#include <algorithm>
#include <array>

namespace ssh2core {

namespace {

constexpr std::string_view kAes = "FIPS 197, SP 800-38A";
constexpr std::string_view kGcm = "SP 800-38D, with the counter of RFC 5647";
constexpr std::string_view kHmac = "FIPS 198-1";
constexpr std::string_view kCurve = "SP 800-56A r3";
constexpr std::string_view kSafePrime = "SP 800-56A r3, appendix D";
constexpr std::string_view kSigned = "FIPS 186-5";
constexpr std::string_view kOther = "no approved algorithm";
constexpr std::string_view kOwn = "computed by us, outside of a validated module";
constexpr std::string_view kNoModule = "not in the validated modules of OpenSSL 3.0";
constexpr std::string_view kSha1 = "SHA-1 is not approved for signatures";
constexpr std::string_view kAnyGroup = "its group may be any prime";

constexpr auto kEntries = std::to_array<FipsEntry>({
    {"chacha20-poly1305@openssh.com", false, kOther},
    {"aes128-gcm@openssh.com", true, kGcm},
    {"aes256-gcm@openssh.com", true, kGcm},
    {"aes128-ctr", true, kAes},
    {"aes192-ctr", true, kAes},
    {"aes256-ctr", true, kAes},
    {"aes128-cbc", true, kAes},
    {"aes192-cbc", true, kAes},
    {"aes256-cbc", true, kAes},
    {"3des-cbc", false, "SP 800-131A r2 disallows it since 2024"},
    {"3des-ctr", false, "SP 800-131A r2 disallows it since 2024"},
    {"blowfish-cbc", false, kOther},
    {"blowfish-ctr", false, kOther},
    {"cast128-cbc", false, kOther},
    {"arcfour128", false, kOther},
    {"arcfour256", false, kOther},

    {"hmac-sha2-256-etm@openssh.com", true, kHmac},
    {"hmac-sha2-512-etm@openssh.com", true, kHmac},
    {"hmac-sha2-256", true, kHmac},
    {"hmac-sha2-512", true, kHmac},
    {"hmac-sha1-etm@openssh.com", true, kHmac},
    {"hmac-sha1", true, kHmac},
    {"hmac-sha1-96-etm@openssh.com", true, kHmac},
    {"hmac-sha1-96", true, kHmac},
    {"hmac-md5-etm@openssh.com", false, kOther},
    {"hmac-md5", false, kOther},
    {"hmac-md5-96-etm@openssh.com", false, kOther},
    {"hmac-md5-96", false, kOther},
    {"hmac-ripemd160", false, kOther},
    {"hmac-ripemd160@openssh.com", false, kOther},
    {"hmac-ripemd160-etm@openssh.com", false, kOther},
    {"umac-64@openssh.com", false, kOther},
    {"umac-64-etm@openssh.com", false, kOther},
    {"umac-128@openssh.com", false, kOther},
    {"umac-128-etm@openssh.com", false, kOther},

    {"ecdh-sha2-nistp256", true, kCurve},
    {"ecdh-sha2-nistp384", true, kCurve},
    {"ecdh-sha2-nistp521", true, kCurve},
    {"diffie-hellman-group14-sha256", true, kSafePrime},
    {"diffie-hellman-group14-sha1", true, kSafePrime},
    {"diffie-hellman-group15-sha512", true, kSafePrime},
    {"diffie-hellman-group16-sha512", true, kSafePrime},
    {"diffie-hellman-group17-sha512", true, kSafePrime},
    {"diffie-hellman-group18-sha512", true, kSafePrime},
    {"diffie-hellman-group1-sha1", false, "its group has 1024 bits"},
    {"diffie-hellman-group-exchange-sha1", false, kAnyGroup},
    {"diffie-hellman-group-exchange-sha256", false, kAnyGroup},
    {"curve25519-sha256", false, kNoModule},
    {"curve25519-sha256@libssh.org", false, kNoModule},
    {"curve448-sha512", false, kNoModule},
    {"rsa1024-sha1", false, "its key has 1024 bits"},
    {"rsa2048-sha256", false, "its key is not bound to an identity"},
    {"sntrup761x25519-sha512", false, kOther},
    {"sntrup761x25519-sha512@openssh.com", false, kOther},
    {"mlkem768x25519-sha256", false, kOwn},
    {"mlkem768nistp256-sha256", false, kOwn},
    {"mlkem1024nistp384-sha384", false, kOwn},

    {"ecdsa-sha2-nistp256", true, kSigned},
    {"ecdsa-sha2-nistp384", true, kSigned},
    {"ecdsa-sha2-nistp521", true, kSigned},
    {"sk-ecdsa-sha2-nistp256@openssh.com", true, kSigned},
    {"rsa-sha2-512", true, kSigned},
    {"rsa-sha2-256", true, kSigned},
    {"ssh-rsa", false, kSha1},
    {"ssh-dss", false, kSha1},
    {"ssh-ed25519", false, kNoModule},
    {"sk-ssh-ed25519@openssh.com", false, kNoModule},
    {"ssh-ed448", false, kNoModule},

    {"none", false, "no protection at all"},
});

/// `rsa-sha2-512-cert-v01@openssh.com` becomes `rsa-sha2-512`; the vendor's part of a security
/// key's name stays behind it.
std::string without_certificate(std::string_view name) {
  constexpr std::string_view kMark = "-cert-v01@openssh.com";
  if (!name.ends_with(kMark)) return std::string(name);
  std::string base(name.substr(0, name.size() - kMark.size()));
  if (base.starts_with("sk-")) base += "@openssh.com";
  return base;
}

}  // namespace

const FipsEntry* find_fips_entry(std::string_view name) {
  const std::string base = without_certificate(name);
  const auto at = std::ranges::find(kEntries, base, &FipsEntry::name);
  return at == kEntries.end() ? nullptr : &*at;
}

std::optional<std::string> enable_fips() {
  // `base` has the decoders of key files, which the validated module leaves out.
  const bool loaded = OSSL_PROVIDER_try_load(nullptr, "fips", 1) != nullptr &&
                      OSSL_PROVIDER_load(nullptr, "base") != nullptr &&
                      EVP_default_properties_enable_fips(nullptr, 1) == 1;
  ERR_clear_error();
  if (loaded) return std::nullopt;
  return "OpenSSL cannot load its FIPS provider; install the module fips.so and its configuration "
         "(openssl fipsinstall), or leave FIPS mode out";
}

bool is_fips_enabled() { return EVP_default_properties_is_fips_enabled(nullptr) == 1; }

}  // namespace ssh2core
