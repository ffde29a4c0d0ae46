// What the layers above leave as a Tail, because they do not use it themselves: the fields that
// depend on a method or request, and messages that only a trace meets.
#pragma once

#include "libssh2core/auth/messages.h"
#include "libssh2core/capture/trace.h"
#include "libssh2core/connection/messages.h"
#include "libssh2core/transport/messages.h"

namespace ssh2core {

// Replace the member `details` (or the like) by what it holds. Throw ProtocolError when that is
// malformed.
void expand_details(const UserAuthRequest& message, TraceFields& fields);
void expand_details(const UserAuthInfoRequest& message, TraceFields& fields);
void expand_details(const UserAuthInfoResponse& message, TraceFields& fields);
void expand_details(const GlobalRequest& message, TraceFields& fields);
void expand_details(const RequestSuccess& message, TraceFields& fields);
void expand_details(const ChannelOpen& message, TraceFields& fields);
void expand_details(const ChannelOpenConfirmation& message, TraceFields& fields);
void expand_details(const ChannelRequest& message, TraceFields& fields);
void expand_details(const ExtInfo& message, TraceFields& fields);

struct UserAuthPasswdChangeReq {  // RFC 4252 section 8
  static constexpr std::uint8_t kId = 60;
  static constexpr std::string_view kName = "USERAUTH_PASSWD_CHANGEREQ";
  std::string_view prompt, language;
  static constexpr std::tuple kFields{Field{"prompt", &UserAuthPasswdChangeReq::prompt},
                                      Field{"language", &UserAuthPasswdChangeReq::language}};
};

struct NewCompress {  // RFC 8308 section 3.2
  static constexpr std::uint8_t kId = 8;
  static constexpr std::string_view kName = "NEWCOMPRESS";
  static constexpr std::tuple<> kFields{};
};

}  // namespace ssh2core
