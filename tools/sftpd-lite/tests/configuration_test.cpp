#include "tools/sftpd-lite/configuration/configuration.h"

#include <gmock/gmock.h>

#include "tools/sftpd-lite/access/scoreboard.h"
#include "tools/sftpd-lite/directives/directives.h"
#include "tools/sftpd-lite/directives/other_directives.h"
#include "tools/sftpd-lite/tests/temporary_directory.h"

namespace ssh2core::tools {
namespace {

using NameWords = std::vector<std::string>;

bool in_network(const char* network, const char* address) {
  const auto parsed = AddressPattern::parse(network);
  if (!std::holds_alternative<AddressPattern>(parsed)) return false;
  return std::get<AddressPattern>(parsed).holds(address);
}

TEST(Conditions, Networks) {
  EXPECT_TRUE(in_network("10.0.0.0/8", "10.200.1.2"));
  EXPECT_FALSE(in_network("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(in_network("10.1.", "10.1.9.9"));
  EXPECT_FALSE(in_network("10.1.", "10.2.9.9"));
  EXPECT_TRUE(in_network("127.0.0.1", "::ffff:127.0.0.1"));
  EXPECT_TRUE(in_network("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(in_network("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_FALSE(in_network("0.0.0.0/0", "::1"));
  EXPECT_TRUE(in_network("all", "::1"));
  EXPECT_FALSE(in_network("none", "::1"));
  EXPECT_FALSE(in_network("10.0.0.0/8", ""));
  for (const char* wrong :
       {"", "10.0.0.0/33", "example.com", ".example.com", "1.2.3.4.5.", "!", "/8"})
    EXPECT_TRUE(std::holds_alternative<std::string>(AddressPattern::parse(wrong))) << wrong;
}

bool holds(const NameWords& expression, const NameWords& names,
           Expression::Join otherwise = Expression::Join::Or) {
  const auto parsed = Expression::parse(expression, otherwise);
  return std::get<Expression>(parsed).holds(names);
}

TEST(Conditions, Expressions) {
  EXPECT_TRUE(holds({"bob,alice"}, {"alice"}));
  EXPECT_TRUE(holds({"OR", "bob", "alice"}, {"alice"}));
  EXPECT_FALSE(holds({"AND", "a,b"}, {"a"}));
  EXPECT_TRUE(holds({"AND", "a,!b"}, {"a", "c"}));
  EXPECT_FALSE(holds({"a,b"}, {"a"}, Expression::Join::And));
  EXPECT_TRUE(holds({"!bob"}, {"alice"}));
  EXPECT_TRUE(holds({"regex", "^al"}, {"alice"}));
  EXPECT_FALSE(holds({"regex", "^al"}, {"bob"}));
  for (const NameWords& wrong :
       {NameWords{}, NameWords{","}, NameWords{"!"}, NameWords{"regex", "("}})
    EXPECT_TRUE(
        std::holds_alternative<std::string>(Expression::parse(wrong, Expression::Join::Or)));
}

TEST(Conditions, OrderDecidesWhoIsNamedByNeither) {
  const auto rule = [](const char* name) {
    return std::get<Expression>(Expression::parse(NameWords{name}, Expression::Join::Or));
  };
  Visitor alice, bob, carol;
  alice.user = "alice", bob.user = "bob", carol.user = "carol";
  AccessRules rules;
  rules.allow.users.push_back(rule("alice"));
  rules.deny.users.push_back(rule("bob"));
  EXPECT_TRUE(rules.allows(alice) && !rules.allows(bob) && rules.allows(carol));
  rules.deny_first = true;
  EXPECT_TRUE(rules.allows(alice) && !rules.allows(bob) && !rules.allows(carol));
  rules.deny.everybody = true;
  EXPECT_FALSE(rules.allows(alice));
  rules.deny_first = false;
  EXPECT_TRUE(rules.allows(alice) && !rules.allows(carol));
}

TEST(Configuration, BlocksApplyToThoseWhomTheyName) {
  const TemporaryDirectory directory;
  const std::string path =
      directory.write("c",
                      "SFTPEngine on\nUmask 022\n<Class near>\nFrom 127.0.0.1\n</Class>\n"
                      "<IfClass near>\nMaxLoginAttempts 2\n<IfUser bob>\nUmask 077\n</IfUser>\n"
                      "TimeoutLogin 7\n</IfClass>\n");
  const Configuration read = load_configuration(path, {});
  ASSERT_EQ(read.hosts.size(), 1U);
  std::vector<config::Problem> problems;
  Options options = options_of(read.hosts[0], Options(), problems);
  EXPECT_TRUE(problems.empty() && read.problems.empty());
  Visitor visitor{"127.0.0.1", class_of(read.hosts[0].rules.classes, "127.0.0.1"), {}, {}};
  EXPECT_TRUE(apply_blocks(*options.rules, visitor, false, options));
  EXPECT_EQ(options.max_login_attempts, 2U);
  EXPECT_EQ(options.login_timeout.count(), 7);
  EXPECT_FALSE(apply_blocks(*options.rules, visitor, true, options));
  visitor.user = "bob";
  EXPECT_TRUE(apply_blocks(*options.rules, visitor, true, options));
  EXPECT_EQ(options.umask_bits, 077U);
  visitor.class_name = "far";
  EXPECT_FALSE(apply_blocks(*options.rules, visitor, true, options));
}

TEST(Scoreboard, CountsWhoIsThere) {
  Scoreboard board;
  EXPECT_TRUE(board.enter({11, 0, std::string(200, 'a'), "127.0.0.1", ""}));
  EXPECT_TRUE(board.enter({12, 1, "bob", "::1", "near"}));
  ASSERT_EQ(board.entries().size(), 2U);
  EXPECT_EQ(board.entries()[0].user, std::string(63, 'a'));
  EXPECT_EQ(board.entries()[1].class_name, "near");
  board.leave(11);
  EXPECT_EQ(board.entries().size(), 1U);
  for (std::size_t i = 1; i < Scoreboard::kRows; ++i)
    ASSERT_TRUE(board.enter({static_cast<pid_t>(100 + i), 0, "x", "", ""}));
  EXPECT_FALSE(board.enter({5, 0, "x", "", ""}));
}

/// The first fatal sentence of a host with this line; empty without one.
std::string fault(const std::string& line, Options* made = nullptr) {
  const TemporaryDirectory directory;
  Configuration read =
      load_configuration(directory.write("c", "SFTPEngine on\n" + line + "\n"), {});
  for (const HostPlan& host : read.hosts) {
    const Options options = options_of(host, Options(), read.problems);
    if (made != nullptr) *made = options;
  }
  for (const config::Problem& one : read.problems)
    if (one.fatal) return one.what;
  return {};
}

TEST(Configuration, SettingsOfTheServer) {
  Options options;
  EXPECT_EQ(fault("SFTPMaxChannels 3\nSFTPLog /var/log/x\nPort 22\nDefaultAddress ::1\n"
                  "SFTPAuthorizedUserKeys file:~/.ssh/k file:/etc/keys/%u\nMaxClientsPerClass a 2",
                  &options),
            "");
  EXPECT_EQ(options.max_channels, 3U);
  EXPECT_EQ(options.log_file, "/var/log/x");
  EXPECT_EQ(options.port, 22U);
  EXPECT_THAT(options.default_addresses, testing::ElementsAre("::1"));
  EXPECT_THAT(options.authorized_keys, testing::ElementsAre("~/.ssh/k", "/etc/keys/%u"));
  EXPECT_EQ(options.max_clients_per_class.size(), 1U);
  for (const char* wrong :
       {"SFTPMaxChannels 0", "SFTPLog relative", "Port x", "DefaultAddress", "DebugLevel 11",
        "SFTPHostKey relative", "MaxClientsPerClass a", "SyslogFacility NOWHERE", "Trace ssh2",
        "Protocols sftpp", "TimeoutSession 5 user bob", "RequireValidShell maybe"})
    EXPECT_NE(fault(wrong), "") << wrong;
}

TEST(OtherDirectives, EachHasAFate) {
  for (const OtherDirective& one : other_directives()) {
    std::string name(one.name);
    if (name.ends_with('*')) name.back() = 'X';
    ASSERT_EQ(find_other(name), &one) << name;
    const auto remark = remark_on(one, {});
    EXPECT_EQ(remark.has_value(), one.fate != Fate::Silent) << name;
    // What the table itself sets now is not asked for here.
    if (find_directive_name(one.name) != nullptr) continue;
    EXPECT_EQ(fault(name + " none-such").empty(),
              one.fate != Fate::Later && one.fate != Fate::Refused)
        << name;
  }
}

}  // namespace
}  // namespace ssh2core::tools
