// The messages of RFC 4253, RFC 5656 and RFC 8308. Text and byte fields borrow from the packet.
#pragma once

#include <array>

#include "libssh2core/wire/codec.h"

namespace ssh2core {

struct Disconnect {  // RFC 4253 section 11.1
  static constexpr std::uint8_t kId = 1;
  static constexpr std::string_view kName = "DISCONNECT";
  std::uint32_t reason = 0;
  std::string_view description, language;
  static constexpr std::tuple kFields{Field{"reason", &Disconnect::reason},
                                      Field{"description", &Disconnect::description},
                                      Field{"language", &Disconnect::language}};
};

struct Ignore {  // RFC 4253 section 11.2
  static constexpr std::uint8_t kId = 2;
  static constexpr std::string_view kName = "IGNORE";
  ByteView data;
  static constexpr std::tuple kFields{Field{"data", &Ignore::data}};
};

struct Unimplemented {  // RFC 4253 section 11.4
  static constexpr std::uint8_t kId = 3;
  static constexpr std::string_view kName = "UNIMPLEMENTED";
  std::uint32_t sequence_number = 0;  // of the packet that was not understood
  static constexpr std::tuple kFields{Field{"sequence_number", &Unimplemented::sequence_number}};
};

struct Debug {  // RFC 4253 section 11.3
  static constexpr std::uint8_t kId = 4;
  static constexpr std::string_view kName = "DEBUG";
  bool always_display = false;
  std::string_view message, language;
  static constexpr std::tuple kFields{Field{"always_display", &Debug::always_display},
                                      Field{"message", &Debug::message},
                                      Field{"language", &Debug::language}};
};

struct ServiceRequest {  // RFC 4253 section 10
  static constexpr std::uint8_t kId = 5;
  static constexpr std::string_view kName = "SERVICE_REQUEST";
  std::string_view service;
  static constexpr std::tuple kFields{Field{"service", &ServiceRequest::service}};
};

struct ServiceAccept {  // RFC 4253 section 10
  static constexpr std::uint8_t kId = 6;
  static constexpr std::string_view kName = "SERVICE_ACCEPT";
  std::string_view service;
  static constexpr std::tuple kFields{Field{"service", &ServiceAccept::service}};
};

struct ExtInfo {  // RFC 8308 section 2.3
  static constexpr std::uint8_t kId = 7;
  static constexpr std::string_view kName = "EXT_INFO";
  std::uint32_t count = 0;
  Tail extensions;  // `count` pairs of strings: name, value
  static constexpr std::tuple kFields{Field{"count", &ExtInfo::count},
                                      Field{"extensions", &ExtInfo::extensions}};
};

struct KexInit {  // RFC 4253 section 7.1
  static constexpr std::uint8_t kId = 20;
  static constexpr std::string_view kName = "KEXINIT";
  std::array<std::uint8_t, 16> cookie{};
  NameList kex, host_key, cipher_c2s, cipher_s2c, mac_c2s, mac_s2c, compression_c2s,
      compression_s2c, language_c2s, language_s2c;
  bool first_kex_packet_follows = false;
  std::uint32_t reserved = 0;
  static constexpr std::tuple kFields{
      Field{"cookie", &KexInit::cookie},
      Field{"kex_algorithms", &KexInit::kex},
      Field{"server_host_key_algorithms", &KexInit::host_key},
      Field{"encryption_algorithms_client_to_server", &KexInit::cipher_c2s},
      Field{"encryption_algorithms_server_to_client", &KexInit::cipher_s2c},
      Field{"mac_algorithms_client_to_server", &KexInit::mac_c2s},
      Field{"mac_algorithms_server_to_client", &KexInit::mac_s2c},
      Field{"compression_algorithms_client_to_server", &KexInit::compression_c2s},
      Field{"compression_algorithms_server_to_client", &KexInit::compression_s2c},
      Field{"languages_client_to_server", &KexInit::language_c2s},
      Field{"languages_server_to_client", &KexInit::language_s2c},
      Field{"first_kex_packet_follows", &KexInit::first_kex_packet_follows},
      Field{"reserved", &KexInit::reserved}};
};

struct NewKeys {  // RFC 4253 section 7.3
  static constexpr std::uint8_t kId = 21;
  static constexpr std::string_view kName = "NEWKEYS";
  static constexpr std::tuple<> kFields{};
};

/// SSH_MSG_KEXDH_INIT (RFC 4253 section 8) and SSH_MSG_KEX_ECDH_INIT (RFC 5656 section 4). An mpint
/// and a string have the same frame; the method's row says how the value is to be read.
struct KexValueInit {
  static constexpr std::uint8_t kId = 30;
  static constexpr std::string_view kName = "KEX_INIT";
  ByteView client_value;
  static constexpr std::tuple kFields{Field{"client_value", &KexValueInit::client_value}};
};

/// SSH_MSG_KEXDH_REPLY and SSH_MSG_KEX_ECDH_REPLY.
struct KexValueReply {
  static constexpr std::uint8_t kId = 31;
  static constexpr std::string_view kName = "KEX_REPLY";
  ByteView host_key, server_value, signature;
  static constexpr std::tuple kFields{Field{"host_key", &KexValueReply::host_key},
                                      Field{"server_value", &KexValueReply::server_value},
                                      Field{"signature", &KexValueReply::signature}};
};

/// PING and PONG of OpenSSH's PROTOCOL, section 1.9: the data of a ping comes back in a pong.
/// Their numbers lie among those of the layers above, but they may come at any time after the first
/// keys.
struct Ping {
  static constexpr std::uint8_t kId = 192;
  static constexpr std::string_view kName = "PING";
  ByteView data;
  static constexpr std::tuple kFields{Field{"data", &Ping::data}};
};

struct Pong {
  static constexpr std::uint8_t kId = 193;
  static constexpr std::string_view kName = "PONG";
  ByteView data;
  static constexpr std::tuple kFields{Field{"data", &Pong::data}};
};

}  // namespace ssh2core
