#include "tools/sftpd-lite/access/startups.h"

#include <gmock/gmock.h>

#include "tools/sftpd-lite/directives/directives.h"

namespace ssh2core::tools {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

class StartupsTest : public testing::Test {
 protected:
  Startups startups_{[this] { return logged_in_; }};
  std::vector<pid_t> logged_in_;
  std::vector<std::pair<std::string, std::size_t>> over_;
  pid_t next_ = 1;

  void set(std::string_view directive) {
    Options options;
    EXPECT_EQ(apply_directive(directive, options).value_or(""), "");
    startups_.set(options.startups);
  }
  void open(const std::string& address, int count = 1) {
    while (count-- > 0) startups_.opened(next_++, address);
  }
  void close(pid_t pid) {
    startups_.closed(pid, [this](const std::string& source, std::size_t refused) {
      over_.emplace_back(source, refused);
    });
  }
};

TEST_F(StartupsTest, WhoHasMostGivesWay) {
  StartupSettings settings;
  settings.places = 8;
  startups_.set(settings);
  std::string said;
  EXPECT_FALSE(startups_.who_gives_way("192.0.2.1", said));
  open("192.0.2.1", 2), open("192.0.2.2", 5);
  open("");  // a proxy's, whose client is not known yet
  EXPECT_EQ(startups_.who_gives_way("192.0.2.3", said), 3) << "the oldest";
  EXPECT_THAT(said, HasSubstr("all 8 places are taken: 5 connections of 192.0.2.2 have not"));
  EXPECT_EQ(startups_.who_gives_way("192.0.2.1", said), 3);
  EXPECT_EQ(said, "") << "once in a burst";
  EXPECT_FALSE(startups_.who_gives_way("192.0.2.2", said)) << "not to itself";
  logged_in_ = {3, 4, 5};
  EXPECT_FALSE(startups_.who_gives_way("192.0.2.1", said)) << "who has logged in stays";
  EXPECT_EQ(startups_.who_gives_way("192.0.2.3", said), 1);
  close(6);
  EXPECT_THAT(over_, ElementsAre(Pair("192.0.2.2", 2U)));
}

TEST_F(StartupsTest, EarlyRefusalsAreForThoseWhoHaveConnectionsWaiting) {
  set("MaxStartups 10:30:100");
  open("192.0.2.1", 9);
  EXPECT_FALSE(startups_.refusal("192.0.2.1", 0));
  open("192.0.2.1");
  EXPECT_THAT(startups_.refusal("192.0.2.1", 29).value_or(""), HasSubstr("MaxStartups 10:30:100"));
  EXPECT_FALSE(startups_.refusal("192.0.2.1", 30));
  EXPECT_FALSE(startups_.refusal("192.0.2.2", 0)) << "a newcomer";
  for (int i = 0; i < 45; ++i) open("198.51.100." + std::to_string(i));
  // 55 of 10 to 100: half of the way from 30 to 100 percent.
  EXPECT_TRUE(startups_.refusal("192.0.2.1", 64));
  EXPECT_FALSE(startups_.refusal("192.0.2.1", 65));
  for (int i = 0; i < 45; ++i) open("203.0.113." + std::to_string(i));
  EXPECT_TRUE(startups_.refusal("192.0.2.3", 99)) << "full, for all";
}

TEST_F(StartupsTest, ABurstIsToldOnceAndItsEndWithACount) {
  set("PerSourceMaxStartups 4");
  open("2001:db8::1", 4);
  EXPECT_EQ(
      startups_.refusal("2001:db8::1", 99),
      "PerSourceMaxStartups 4: so many connections of 2001:db8::1 have not logged in; further "
      "ones are only counted");
  EXPECT_EQ(startups_.refusal("2001:db8::1", 99), "");
  EXPECT_FALSE(startups_.refusal("2001:db8::2", 99));
  close(1);
  EXPECT_TRUE(over_.empty()) << "or each end of a connection would begin another burst";
  EXPECT_FALSE(startups_.refusal("2001:db8::1", 99));
  close(2);
  EXPECT_THAT(over_, ElementsAre(Pair("2001:db8::1", 2U)));
  for (const pid_t pid : {3, 4}) close(pid);
  EXPECT_EQ(startups_.waiting(), 0U);
}

TEST_F(StartupsTest, WhoHasLoggedInDoesNotCount) {
  set("PerSourceMaxStartups 2");
  open("192.0.2.1", 2);
  logged_in_ = {1};
  EXPECT_FALSE(startups_.refusal("192.0.2.1", 0));
  EXPECT_EQ(startups_.waiting(), 1U);
  close(1);
  EXPECT_EQ(startups_.waiting(), 1U);
}

TEST_F(StartupsTest, ClientsBehindAProxyCountWhenTheyAreKnown) {
  set("PerSourceMaxStartups 2");
  open("", 5);
  EXPECT_FALSE(startups_.refusal("", 0));
  for (const pid_t pid : {1, 2}) {
    EXPECT_FALSE(startups_.refusal_of_source("192.0.2.1"));
    startups_.opened(pid, "192.0.2.1");
  }
  EXPECT_TRUE(startups_.refusal_of_source("192.0.2.1"));
  EXPECT_FALSE(startups_.refusal_of_source("192.0.2.2"));
  EXPECT_EQ(startups_.waiting(), 5U);
}

TEST_F(StartupsTest, NetworksAreSources) {
  StartupSettings settings;
  settings.per_source = 2;
  settings.bits4 = 24;
  startups_.set(settings);
  open("192.0.2.1"), open("192.0.2.2");
  EXPECT_THAT(startups_.refusal("192.0.2.3", 99).value_or(""), HasSubstr("192.0.2.0/24"));
  EXPECT_FALSE(startups_.refusal("192.0.3.1", 99));
  settings.bits4 = 32;
  startups_.set(settings);
  for (const pid_t pid : {1, 2}) close(pid);
  EXPECT_EQ(startups_.waiting(), 0U);
}

TEST(StartupDirectives, TakeWhatSshdTakes) {
  Options o;
  const auto refused = [&o](std::string_view text) { return apply_directive(text, o).has_value(); };
  EXPECT_FALSE(refused("MaxStartups 5"));
  EXPECT_EQ(o.startups.full, 5U);
  EXPECT_EQ(o.startups.rate, 100U);
  EXPECT_FALSE(refused("MaxStartups none"));
  EXPECT_EQ(o.startups.start, 0U);
  EXPECT_FALSE(refused("PerSourceMaxStartups none"));
  EXPECT_EQ(o.startups.per_source, 0U);
  for (const char* wrong :
       {"MaxStartups", "MaxStartups 0", "MaxStartups 10:30", "MaxStartups 10:0:9",
        "MaxStartups 10:101:20", "MaxStartups 10:30:9", "MaxStartups 1:1:1:1", "MaxStartups a:b:c",
        "PerSourceMaxStartups 0", "PerSourceMaxStartups 1 2"})
    EXPECT_TRUE(refused(wrong)) << wrong;
}

}  // namespace
}  // namespace ssh2core::tools
