// Who a setting is for: networks, classes, expressions over names, and the rules of <Limit>.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tools/sftpd-lite/access/address_rules.h"
#include "tools/sftpd-lite/configuration/pattern.h"

namespace ssh2core::tools {

/// Who connects, as far as it is known yet.
struct Visitor {
  std::string address;  // numeric; empty on pipes
  std::string class_name;
  std::optional<std::string> user;  // after the login
  std::vector<std::string> groups;  // of the user
};

/// Addresses: one, a network as ADDRESS/BITS, the begin of one as in `10.1.`, `all` or `none`.
class AddressPattern {
 public:
  /// Reads one, `!` in front of it included; else why not.
  static std::variant<AddressPattern, std::string> parse(std::string_view text);
  /// Whether the address is meant; IPv4 in IPv6 counts as IPv4.
  bool holds(const std::string& address) const;
  bool negated() const { return negated_; }

 private:
  std::optional<Network> network_;  // nullopt: none
  bool negated_ = false;
};

/// `a,b` or `!a` as mod_ifsession and AllowUser take them: all or one of the terms must hold, or a
/// regular expression.
class Expression {
 public:
  enum class Join { And, Or };
  /// Reads [AND|OR|regex] TERMS; without a first word it is `otherwise`. Else why not.
  static std::variant<Expression, std::string> parse(std::span<const std::string> words,
                                                     Join otherwise);
  /// Whether it holds for somebody with these names: a user's one, or all groups.
  bool holds(std::span<const std::string> names) const;

 private:
  Join join_ = Join::Or;
  std::vector<std::string> terms_;
  std::shared_ptr<const Pattern> pattern_;
};

/// <Class NAME>: clients by their addresses.
struct AddressClass {
  std::string name;
  std::vector<AddressPattern> from;
  bool all = false;  // Satisfy all
  bool holds(const std::string& address) const;
};
/// The name of the first class of an address; empty: none.
std::string class_of(std::span<const AddressClass> classes, const std::string& address);

/// <IfClass>, <IfUser>, <IfGroup> or <IfAuthenticated>.
struct Condition {
  enum class Asks { Class, User, Group, Login };
  Asks asks;
  Expression expression;
  bool before_login() const { return asks == Asks::Class; }
  bool holds(const Visitor& visitor) const;
};

/// What stands in a <Limit>.
struct AccessRules {
  struct Side {
    bool everybody = false;
    std::vector<Expression> users, groups, classes;
    std::vector<AddressPattern> from;
    bool matches(const Visitor& visitor) const;
    /// Whether a rule matches whoever logs in from there.
    bool matches_place(const Visitor& visitor) const;
  };
  bool deny_first = false;  // Order deny,allow
  Side allow, deny;
  /// As ProFTPD decides: in the order of Order; who is named by neither side may come in with
  /// `allow,deny` and may not with `deny,allow`.
  bool allows(const Visitor& visitor) const { return say(visitor) != Word::Denied; }
  /// The same, with `Silent` for whom neither side names where that is no refusal.
  enum class Word { Denied, Silent, Allowed };
  Word say(const Visitor& visitor) const;
};

}  // namespace ssh2core::tools
