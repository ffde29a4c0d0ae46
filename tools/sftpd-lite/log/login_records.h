// WtmpLog: logins and logouts as last(1) reads them.
#pragma once

#include <sys/types.h>

#include <string>

#include "libssh2core/io/descriptor.h"

namespace ssh2core::tools {

inline constexpr const char* kWtmpFile = "/var/log/wtmp";

/// The open file; records are appended, each with one write. The descriptor stays open when the
/// process gives up its rights.
class LoginRecords {
 public:
  LoginRecords() = default;
  /// Throws ExitError. The file must be there: without it nobody wants records. "": none are
  /// written.
  explicit LoginRecords(const std::string& path);
  explicit operator bool() const { return static_cast<bool>(file_); }
  void login(pid_t pid, const std::string& user, const std::string& host,
             const std::string& address) const;
  void logout(pid_t pid, const std::string& host, const std::string& address) const;

 private:
  void write(bool begins, pid_t pid, const std::string& user, const std::string& host,
             const std::string& address) const;
  io::Descriptor file_;
};

}  // namespace ssh2core::tools
