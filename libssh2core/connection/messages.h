// The messages of RFC 4254. Text and byte fields borrow from the packet.
#pragma once

#include "libssh2core/wire/codec.h"

namespace ssh2core {

struct GlobalRequest {  // RFC 4254 section 4
  static constexpr std::uint8_t kId = 80;
  static constexpr std::string_view kName = "GLOBAL_REQUEST";
  std::string_view request;
  bool want_reply = false;
  Tail details;
  static constexpr std::tuple kFields{Field{"request_name", &GlobalRequest::request},
                                      Field{"want_reply", &GlobalRequest::want_reply},
                                      Field{"details", &GlobalRequest::details}};
};

struct RequestSuccess {  // RFC 4254 section 4
  static constexpr std::uint8_t kId = 81;
  static constexpr std::string_view kName = "REQUEST_SUCCESS";
  Tail details;
  static constexpr std::tuple kFields{Field{"details", &RequestSuccess::details}};
};

struct RequestFailure {  // RFC 4254 section 4
  static constexpr std::uint8_t kId = 82;
  static constexpr std::string_view kName = "REQUEST_FAILURE";
  static constexpr std::tuple<> kFields{};
};

struct ChannelOpen {  // RFC 4254 section 5.1
  static constexpr std::uint8_t kId = 90;
  static constexpr std::string_view kName = "CHANNEL_OPEN";
  std::string_view type;
  std::uint32_t sender = 0, window = 0, max_packet = 0;
  Tail details;
  static constexpr std::tuple kFields{Field{"channel_type", &ChannelOpen::type},
                                      Field{"sender_channel", &ChannelOpen::sender},
                                      Field{"initial_window_size", &ChannelOpen::window},
                                      Field{"maximum_packet_size", &ChannelOpen::max_packet},
                                      Field{"details", &ChannelOpen::details}};
};

struct ChannelOpenConfirmation {  // RFC 4254 section 5.1
  static constexpr std::uint8_t kId = 91;
  static constexpr std::string_view kName = "CHANNEL_OPEN_CONFIRMATION";
  std::uint32_t recipient = 0, sender = 0, window = 0, max_packet = 0;
  Tail details;
  static constexpr std::tuple kFields{
      Field{"recipient_channel", &ChannelOpenConfirmation::recipient},
      Field{"sender_channel", &ChannelOpenConfirmation::sender},
      Field{"initial_window_size", &ChannelOpenConfirmation::window},
      Field{"maximum_packet_size", &ChannelOpenConfirmation::max_packet},
      Field{"details", &ChannelOpenConfirmation::details}};
};

/// Reasons of RFC 4254 section 5.1.
enum class OpenFailure : std::uint32_t {
  Prohibited = 1,
  ConnectFailed = 2,
  UnknownType = 3,
  ResourceShortage = 4,
};

struct ChannelOpenFailure {  // RFC 4254 section 5.1
  static constexpr std::uint8_t kId = 92;
  static constexpr std::string_view kName = "CHANNEL_OPEN_FAILURE";
  std::uint32_t recipient = 0, reason = 0;
  std::string_view description, language;
  static constexpr std::tuple kFields{Field{"recipient_channel", &ChannelOpenFailure::recipient},
                                      Field{"reason_code", &ChannelOpenFailure::reason},
                                      Field{"description", &ChannelOpenFailure::description},
                                      Field{"language", &ChannelOpenFailure::language}};
};

struct ChannelWindowAdjust {  // RFC 4254 section 5.2
  static constexpr std::uint8_t kId = 93;
  static constexpr std::string_view kName = "CHANNEL_WINDOW_ADJUST";
  std::uint32_t recipient = 0, bytes = 0;
  static constexpr std::tuple kFields{Field{"recipient_channel", &ChannelWindowAdjust::recipient},
                                      Field{"bytes_to_add", &ChannelWindowAdjust::bytes}};
};

struct ChannelData {  // RFC 4254 section 5.2
  static constexpr std::uint8_t kId = 94;
  static constexpr std::string_view kName = "CHANNEL_DATA";
  std::uint32_t recipient = 0;
  ByteView data;
  static constexpr std::tuple kFields{Field{"recipient_channel", &ChannelData::recipient},
                                      Field{"data", &ChannelData::data}};
};

struct ChannelExtendedData {  // RFC 4254 section 5.2
  static constexpr std::uint8_t kId = 95;
  static constexpr std::string_view kName = "CHANNEL_EXTENDED_DATA";
  std::uint32_t recipient = 0, type = 0;  // type 1: standard error
  ByteView data;
  static constexpr std::tuple kFields{Field{"recipient_channel", &ChannelExtendedData::recipient},
                                      Field{"data_type_code", &ChannelExtendedData::type},
                                      Field{"data", &ChannelExtendedData::data}};
};

struct ChannelEof {  // RFC 4254 section 5.3
  static constexpr std::uint8_t kId = 96;
  static constexpr std::string_view kName = "CHANNEL_EOF";
  std::uint32_t recipient = 0;
  static constexpr std::tuple kFields{Field{"recipient_channel", &ChannelEof::recipient}};
};

struct ChannelClose {  // RFC 4254 section 5.3
  static constexpr std::uint8_t kId = 97;
  static constexpr std::string_view kName = "CHANNEL_CLOSE";
  std::uint32_t recipient = 0;
  static constexpr std::tuple kFields{Field{"recipient_channel", &ChannelClose::recipient}};
};

struct ChannelRequest {  // RFC 4254 section 5.4
  static constexpr std::uint8_t kId = 98;
  static constexpr std::string_view kName = "CHANNEL_REQUEST";
  std::uint32_t recipient = 0;
  std::string_view request;
  bool want_reply = false;
  Tail details;
  static constexpr std::tuple kFields{Field{"recipient_channel", &ChannelRequest::recipient},
                                      Field{"request_type", &ChannelRequest::request},
                                      Field{"want_reply", &ChannelRequest::want_reply},
                                      Field{"details", &ChannelRequest::details}};
};

struct ChannelSuccess {  // RFC 4254 section 5.4
  static constexpr std::uint8_t kId = 99;
  static constexpr std::string_view kName = "CHANNEL_SUCCESS";
  std::uint32_t recipient = 0;
  static constexpr std::tuple kFields{Field{"recipient_channel", &ChannelSuccess::recipient}};
};

struct ChannelFailure {  // RFC 4254 section 5.4
  static constexpr std::uint8_t kId = 100;
  static constexpr std::string_view kName = "CHANNEL_FAILURE";
  std::uint32_t recipient = 0;
  static constexpr std::tuple kFields{Field{"recipient_channel", &ChannelFailure::recipient}};
};

/// Details of the requests `subsystem` and `exec`: one string (RFC 4254 section 6.5).
struct TextDetails {
  std::string_view text;
  static constexpr std::tuple kFields{Field{"text", &TextDetails::text}};
};
/// Details of the request `env` (RFC 4254 section 6.4).
struct VariableDetails {
  std::string_view name, value;
  static constexpr std::tuple kFields{Field{"variable_name", &VariableDetails::name},
                                      Field{"variable_value", &VariableDetails::value}};
};
/// Details of the request `exit-status` (RFC 4254 section 6.10).
struct ExitStatusDetails {
  std::uint32_t status = 0;
  static constexpr std::tuple kFields{Field{"exit_status", &ExitStatusDetails::status}};
};

}  // namespace ssh2core
