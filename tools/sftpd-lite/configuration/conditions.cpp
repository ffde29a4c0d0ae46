#include "tools/sftpd-lite/configuration/conditions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tools/sftpd-lite/directives/values.h"
#include "tools/sftpd-lite/directives/words.h"
#include "tools/sftpd-lite/log/event_log.h"

namespace ssh2core::tools {

namespace {

bool any_expression_holds(const std::vector<Expression>& expressions,
                          std::span<const std::string> names) {
  return std::ranges::any_of(expressions, [&](const Expression& one) { return one.holds(names); });
}

}  // namespace

std::variant<AddressPattern, std::string> AddressPattern::parse(std::string_view text) {
  AddressPattern made;
  const std::string_view whole = text;
  if (text.starts_with('!')) made.negated_ = true, text.remove_prefix(1);
  if (equal_without_case(text, "none")) return made;
  made.network_ = equal_without_case(text, "all") ? Network{.all = true} : parse_network(text);
  if (!made.network_)
    return fmt::format("'{}' is no address and no network; names of hosts are not looked up",
                       printable(whole));
  return made;
}

bool AddressPattern::holds(const std::string& address) const {
  if (!network_ || network_->all) return network_.has_value();
  const auto parsed = parse_address(address);
  return parsed && network_->holds(*parsed);
}

std::variant<Expression, std::string> Expression::parse(std::span<const std::string> words,
                                                        Join otherwise) {
  Expression made;
  made.join_ = otherwise;
  bool regex = false;
  if (words.size() > 1) {
    const bool conjunction = equal_without_case(words[0], "AND");
    const bool disjunction = equal_without_case(words[0], "OR");
    regex = equal_without_case(words[0], "regex");
    if (conjunction) made.join_ = Join::And;
    if (disjunction) made.join_ = Join::Or;
    if (conjunction || disjunction || regex) words = words.subspan(1);
  }
  if (regex) {
    if (words.size() != 1) return "regex wants one regular expression";
    auto [pattern, why] = Pattern::compile(words[0]);
    if (!pattern) return fmt::format("'{}' is no regular expression: {}", printable(words[0]), why);
    made.pattern_ = std::move(pattern);
    return made;
  }
  for (const std::string& word : words)
    for (std::size_t begin = 0; begin <= word.size();) {
      const std::size_t end = std::min(word.find(',', begin), word.size());
      std::string term = word.substr(begin, end - begin);
      if (term == "!") return "a ! without a name behind it";
      if (!term.empty()) made.terms_.push_back(std::move(term));
      begin = end + 1;
    }
  if (made.terms_.empty()) return "wants at least one name";
  return made;
}

bool Expression::holds(std::span<const std::string> names) const {
  if (pattern_)
    return std::ranges::any_of(names,
                               [this](const std::string& name) { return pattern_->fits(name); });
  const auto holds_one = [names](const std::string& term) {
    const bool negated = term.starts_with('!');
    const std::string_view name = std::string_view(term).substr(negated ? 1 : 0);
    return (name == "*" || std::ranges::find(names, name) != names.end()) != negated;
  };
  return join_ == Join::And ? std::ranges::all_of(terms_, holds_one)
                            : std::ranges::any_of(terms_, holds_one);
}

bool AddressClass::holds(const std::string& address) const {
  const auto matches = [&](const AddressPattern& one) {
    return one.holds(address) != one.negated();
  };
  if (from.empty()) return false;
  return all ? std::ranges::all_of(from, matches) : std::ranges::any_of(from, matches);
}

std::string class_of(std::span<const AddressClass> classes, const std::string& address) {
  for (const AddressClass& one : classes)
    if (one.holds(address)) return one.name;
  return {};
}

bool Condition::holds(const Visitor& visitor) const {
  switch (asks) {
    case Asks::Class:
      return expression.holds(std::span(&visitor.class_name, 1));
    case Asks::User:
      return visitor.user && expression.holds(std::span(&*visitor.user, 1));
    case Asks::Group:
      return visitor.user && expression.holds(visitor.groups);
    case Asks::Login:
      break;
  }
  return visitor.user.has_value();
}

bool AccessRules::Side::matches_place(const Visitor& visitor) const {
  if (everybody || any_expression_holds(classes, std::span(&visitor.class_name, 1))) return true;
  return std::ranges::any_of(
      from, [&](const AddressPattern& one) { return one.holds(visitor.address) != one.negated(); });
}

bool AccessRules::Side::matches(const Visitor& visitor) const {
  if (matches_place(visitor)) return true;
  return visitor.user && (any_expression_holds(users, std::span(&*visitor.user, 1)) ||
                          any_expression_holds(groups, visitor.groups));
}

AccessRules::Word AccessRules::say(const Visitor& visitor) const {
  const bool allowed = allow.matches(visitor);
  const bool denied = (deny_first || !allowed) && deny.matches(visitor);
  if (denied || (deny_first && !allowed)) return Word::Denied;
  return allowed ? Word::Allowed : Word::Silent;
}

}  // namespace ssh2core::tools
