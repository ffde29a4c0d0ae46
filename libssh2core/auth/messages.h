// The messages of RFC 4252 and RFC 4256. Text and byte fields borrow from the packet.
#pragma once

#include "libssh2core/wire/codec.h"

namespace ssh2core {

struct UserAuthRequest {  // RFC 4252 section 5
  static constexpr std::uint8_t kId = 50;
  static constexpr std::string_view kName = "USERAUTH_REQUEST";
  std::string_view user, service, method;
  Tail details;  // of the method
  static constexpr std::tuple kFields{
      Field{"user_name", &UserAuthRequest::user}, Field{"service_name", &UserAuthRequest::service},
      Field{"method_name", &UserAuthRequest::method}, Field{"details", &UserAuthRequest::details}};
};

struct PasswordDetails {  // RFC 4252 section 8
  bool change = false;
  ByteView password;
  Tail new_password;  // a string, only when changing
  static constexpr std::tuple kFields{Field{"change", &PasswordDetails::change},
                                      Field{"password", &PasswordDetails::password},
                                      Field{"new_password", &PasswordDetails::new_password}};
};

struct PublicKeyDetails {  // RFC 4252 section 7
  bool has_signature = false;
  std::string_view algorithm;
  ByteView blob;
  Tail signature;  // a string, only when has_signature
  static constexpr std::tuple kFields{Field{"has_signature", &PublicKeyDetails::has_signature},
                                      Field{"algorithm", &PublicKeyDetails::algorithm},
                                      Field{"blob", &PublicKeyDetails::blob},
                                      Field{"signature", &PublicKeyDetails::signature}};
};

/// `publickey-hostbound-v00@openssh.com`: the request is bound to the server's host key, so that an
/// agent knows where it signs (OpenSSH PROTOCOL, section 3.1).
struct HostBoundDetails {
  bool has_signature = false;
  std::string_view algorithm;
  ByteView blob, host_key;
  Tail signature;  // a string, only when has_signature
  static constexpr std::tuple kFields{Field{"has_signature", &HostBoundDetails::has_signature},
                                      Field{"algorithm", &HostBoundDetails::algorithm},
                                      Field{"blob", &HostBoundDetails::blob},
                                      Field{"server_host_key", &HostBoundDetails::host_key},
                                      Field{"signature", &HostBoundDetails::signature}};
};

struct HostBasedDetails {  // RFC 4252 section 9
  std::string_view algorithm;
  ByteView blob;  // key or certificate of the client's host
  std::string_view client_host, client_user;
  ByteView signature;
  static constexpr std::tuple kFields{Field{"algorithm", &HostBasedDetails::algorithm},
                                      Field{"blob", &HostBasedDetails::blob},
                                      Field{"client_host_name", &HostBasedDetails::client_host},
                                      Field{"client_user_name", &HostBasedDetails::client_user},
                                      Field{"signature", &HostBasedDetails::signature}};
};

struct InteractiveDetails {     // RFC 4256 section 3.1
  std::string_view language;    // not used any more
  std::string_view submethods;  // hints which drivers are wanted, comma-separated
  static constexpr std::tuple kFields{Field{"language", &InteractiveDetails::language},
                                      Field{"submethods", &InteractiveDetails::submethods}};
};

struct UserAuthFailure {  // RFC 4252 section 5.1
  static constexpr std::uint8_t kId = 51;
  static constexpr std::string_view kName = "USERAUTH_FAILURE";
  NameList methods;  // that can continue
  bool partial_success = false;
  static constexpr std::tuple kFields{Field{"methods", &UserAuthFailure::methods},
                                      Field{"partial_success", &UserAuthFailure::partial_success}};
};

struct UserAuthSuccess {  // RFC 4252 section 5.1
  static constexpr std::uint8_t kId = 52;
  static constexpr std::string_view kName = "USERAUTH_SUCCESS";
  static constexpr std::tuple<> kFields{};
};

struct UserAuthBanner {  // RFC 4252 section 5.4
  static constexpr std::uint8_t kId = 53;
  static constexpr std::string_view kName = "USERAUTH_BANNER";
  std::string_view message, language;
  static constexpr std::tuple kFields{Field{"message", &UserAuthBanner::message},
                                      Field{"language", &UserAuthBanner::language}};
};

struct UserAuthPkOk {  // RFC 4252 section 7
  static constexpr std::uint8_t kId = 60;
  static constexpr std::string_view kName = "USERAUTH_PK_OK";
  std::string_view algorithm;
  ByteView blob;
  static constexpr std::tuple kFields{Field{"algorithm", &UserAuthPkOk::algorithm},
                                      Field{"blob", &UserAuthPkOk::blob}};
};

struct UserAuthInfoRequest {  // RFC 4256 section 3.2
  static constexpr std::uint8_t kId = 60;
  static constexpr std::string_view kName = "USERAUTH_INFO_REQUEST";
  std::string_view name, instruction, language;
  std::uint32_t count = 0;  // of prompts
  Tail prompts;             // each a string and a boolean, whether the answer may be seen
  static constexpr std::tuple kFields{Field{"name", &UserAuthInfoRequest::name},
                                      Field{"instruction", &UserAuthInfoRequest::instruction},
                                      Field{"language", &UserAuthInfoRequest::language},
                                      Field{"num_prompts", &UserAuthInfoRequest::count},
                                      Field{"prompts", &UserAuthInfoRequest::prompts}};
};

struct UserAuthInfoResponse {  // RFC 4256 section 3.4
  static constexpr std::uint8_t kId = 61;
  static constexpr std::string_view kName = "USERAUTH_INFO_RESPONSE";
  std::uint32_t count = 0;  // of responses
  Tail responses;           // each a string
  static constexpr std::tuple kFields{Field{"num_responses", &UserAuthInfoResponse::count},
                                      Field{"responses", &UserAuthInfoResponse::responses}};
};

/// What a public key signature is made over (RFC 4252 section 7).
struct PublicKeySignedData {
  ByteView session_id;
  std::uint8_t message = UserAuthRequest::kId;
  std::string_view user, service, method;
  bool has_signature = true;
  std::string_view algorithm;
  ByteView blob;
  static constexpr std::tuple kFields{Field{"session_id", &PublicKeySignedData::session_id},
                                      Field{"message", &PublicKeySignedData::message},
                                      Field{"user_name", &PublicKeySignedData::user},
                                      Field{"service_name", &PublicKeySignedData::service},
                                      Field{"method_name", &PublicKeySignedData::method},
                                      Field{"has_signature", &PublicKeySignedData::has_signature},
                                      Field{"algorithm", &PublicKeySignedData::algorithm},
                                      Field{"blob", &PublicKeySignedData::blob}};
};

/// Likewise of a request that is bound to a host key.
struct HostBoundSignedData {
  ByteView session_id;
  std::uint8_t message = UserAuthRequest::kId;
  std::string_view user, service, method;
  bool has_signature = true;
  std::string_view algorithm;
  ByteView blob, host_key;
  static constexpr std::tuple kFields{Field{"session_id", &HostBoundSignedData::session_id},
                                      Field{"message", &HostBoundSignedData::message},
                                      Field{"user_name", &HostBoundSignedData::user},
                                      Field{"service_name", &HostBoundSignedData::service},
                                      Field{"method_name", &HostBoundSignedData::method},
                                      Field{"has_signature", &HostBoundSignedData::has_signature},
                                      Field{"algorithm", &HostBoundSignedData::algorithm},
                                      Field{"blob", &HostBoundSignedData::blob},
                                      Field{"host_key", &HostBoundSignedData::host_key}};
};

/// What the client's host signs (RFC 4252 section 9).
struct HostBasedSignedData {
  ByteView session_id;
  std::uint8_t message = UserAuthRequest::kId;
  std::string_view user, service, method = "hostbased", algorithm;
  ByteView blob;
  std::string_view client_host, client_user;
  static constexpr std::tuple kFields{Field{"session_id", &HostBasedSignedData::session_id},
                                      Field{"message", &HostBasedSignedData::message},
                                      Field{"user_name", &HostBasedSignedData::user},
                                      Field{"service_name", &HostBasedSignedData::service},
                                      Field{"method_name", &HostBasedSignedData::method},
                                      Field{"algorithm", &HostBasedSignedData::algorithm},
                                      Field{"blob", &HostBasedSignedData::blob},
                                      Field{"client_host", &HostBasedSignedData::client_host},
                                      Field{"client_user", &HostBasedSignedData::client_user}};
};

inline constexpr std::string_view kHostBoundMethod = "publickey-hostbound-v00@openssh.com";
inline constexpr std::string_view kInteractiveMethod = "keyboard-interactive";
inline constexpr std::string_view kUserAuthService = "ssh-userauth";
inline constexpr std::string_view kConnectionService = "ssh-connection";

}  // namespace ssh2core
