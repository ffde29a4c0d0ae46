// The messages of group exchange (RFC 4419 section 5) and of RSA key exchange (RFC 4432 section 5).
// Numbers mean different things in different methods. Byte fields borrow from the packet; numbers
// are held as they are framed, as in KexValueInit.
#pragma once

#include "libssh2core/wire/codec.h"

namespace ssh2core {

struct GexRequestOld {  // RFC 4419 section 5: kept for old clients
  static constexpr std::uint8_t kId = 30;
  static constexpr std::string_view kName = "KEX_DH_GEX_REQUEST_OLD";
  std::uint32_t preferred = 0;  // bits
  static constexpr std::tuple kFields{Field{"n", &GexRequestOld::preferred}};
};

struct GexRequest {
  static constexpr std::uint8_t kId = 34;
  static constexpr std::string_view kName = "KEX_DH_GEX_REQUEST";
  std::uint32_t min = 0, preferred = 0, max = 0;  // bits
  static constexpr std::tuple kFields{Field{"min", &GexRequest::min},
                                      Field{"n", &GexRequest::preferred},
                                      Field{"max", &GexRequest::max}};
};

struct GexGroup {
  static constexpr std::uint8_t kId = 31;
  static constexpr std::string_view kName = "KEX_DH_GEX_GROUP";
  ByteView prime, generator;
  static constexpr std::tuple kFields{Field{"p", &GexGroup::prime},
                                      Field{"g", &GexGroup::generator}};
};

struct GexInit {
  static constexpr std::uint8_t kId = 32;
  static constexpr std::string_view kName = "KEX_DH_GEX_INIT";
  ByteView client_value;
  static constexpr std::tuple kFields{Field{"e", &GexInit::client_value}};
};

struct GexReply {
  static constexpr std::uint8_t kId = 33;
  static constexpr std::string_view kName = "KEX_DH_GEX_REPLY";
  ByteView host_key, server_value, signature;
  static constexpr std::tuple kFields{Field{"host_key", &GexReply::host_key},
                                      Field{"f", &GexReply::server_value},
                                      Field{"signature", &GexReply::signature}};
};

struct RsaPublicKey {  // from the server
  static constexpr std::uint8_t kId = 30;
  static constexpr std::string_view kName = "KEXRSA_PUBKEY";
  ByteView host_key, transient_key;  // the second an ssh-rsa blob
  static constexpr std::tuple kFields{Field{"host_key", &RsaPublicKey::host_key},
                                      Field{"transient_key", &RsaPublicKey::transient_key}};
};

struct RsaSecret {  // from the client
  static constexpr std::uint8_t kId = 31;
  static constexpr std::string_view kName = "KEXRSA_SECRET";
  ByteView encrypted_secret;
  static constexpr std::tuple kFields{Field{"encrypted_secret", &RsaSecret::encrypted_secret}};
};

struct RsaDone {  // from the server
  static constexpr std::uint8_t kId = 32;
  static constexpr std::string_view kName = "KEXRSA_DONE";
  ByteView signature;
  static constexpr std::tuple kFields{Field{"signature", &RsaDone::signature}};
};

}  // namespace ssh2core
