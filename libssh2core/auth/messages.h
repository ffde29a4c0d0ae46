// The messages of RFC 4252. Text and byte fields borrow from the packet.
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

inline constexpr std::string_view kUserAuthService = "ssh-userauth";
inline constexpr std::string_view kConnectionService = "ssh-connection";

}  // namespace ssh2core
