// Whether somebody may log in over one connection, and with which settings: <Limit LOGIN>, limits
// of sessions, shells, /etc/ftpusers, and the sections <IfUser>, <IfGroup>, <IfClass>.
#pragma once

#include <functional>
#include <string>

#include "tools/sftpd-lite/access/scoreboard.h"
#include "tools/sftpd-lite/configuration/conditions.h"
#include "tools/sftpd-lite/login/accounts.h"
#include "tools/sftpd-lite/options.h"

namespace ssh2core::tools {

class Admission {
 public:
  /// `options`, `accounts` and `board` (null: nothing is counted) must outlive it. `address` is the
  /// client's, numeric. `told` hears why somebody may not log in.
  Admission(const Options& options, const Accounts& accounts, Scoreboard* board, std::size_t host,
            std::string address, std::function<void(const std::string&)> told);

  /// Whether the user may log in. Asked at each attempt, before it is known to be the user.
  bool may(const std::string& user) const;
  /// The user has logged in: why that cannot be after all; empty when it can.
  std::string enter(const std::string& user) const;
  /// The options, with the sections that hold for the user.
  Options options_for(const std::string& user) const;
  /// Who it is then, with its groups if anything asks for them.
  Visitor visitor(const std::string& user) const;
  Scoreboard* board() const { return board_; }
  const std::string& address() const { return visitor_.address; }
  std::size_t host() const { return host_; }
  /// The class of the address; empty: none.
  const std::string& class_name() const { return visitor_.class_name; }

 private:
  Visitor as(const std::string& user) const;
  Options options_for(const Visitor& visitor) const;
  std::string refusal(const std::string& user, const Options& options,
                      const Visitor& visitor) const;
  std::string count_refusal(const Options& options, const Visitor& visitor) const;

  const Options& options_;
  const Accounts& accounts_;
  Scoreboard* board_;
  std::size_t host_;
  Visitor visitor_;
  std::function<void(const std::string&)> told_;
};

}  // namespace ssh2core::tools
