// Variables of banners and of the identification.
#include "tools/sftpd-lite/login/display_variables.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "tools/common/version.h"
#include "tools/sftpd-lite/directives/directives.h"

namespace ssh2core::tools {
namespace {

class DisplayVariables : public testing::Test {
 protected:
  DisplayVariables() {
    facts_.host = "192.0.2.7";
    facts_.local_address = "2001:db8::1";
    facts_.server_name = "My files";
    facts_.class_name = "office";
    facts_.root = "/";
    options_.records.server_admin = "root@example.org";
    options_.max_clients = 20;
    options_.max_clients_per_class = {{"office", 5}};
    board_.enter({1, 0, "ann", "192.0.2.7", "office"});
    board_.enter({2, 0, "bob", "192.0.2.8", ""});
    board_.enter({3, 1, "eve", "192.0.2.9", "office"});
  }
  std::string shown(std::string_view text) const {
    return expand_display(text, {options_, facts_, &board_, 0});
  }
  Options options_;
  SessionFacts facts_;
  Scoreboard board_;
};

TEST_F(DisplayVariables, HaveValues) {
  EXPECT_EQ(shown("%C %E %M %N %R %U %u %V %x %y %z %i %o %t %K %k"),
            "/ root@example.org 20 2 192.0.2.7  UNKNOWN My files office 1 5 0 0 0 0 0");
  setenv("DISPLAY_TEST", "a value", 1);
  EXPECT_EQ(shown("%{env:DISPLAY_TEST}, %{env:NO_SUCH_THING}, %{time:%%}"), "a value, , %");
  EXPECT_EQ(shown("%T").size(), 24U);
  EXPECT_GT(std::stoull(shown("%F")), 0U);
  EXPECT_TRUE(shown("%f").ends_with("B"));
  EXPECT_EQ(expand_display("%N %y", {options_, facts_, nullptr, 0}), "0 0");
}

TEST_F(DisplayVariables, UnknownOnesStay) {
  EXPECT_EQ(shown("100%% %q %{foo} %{open %"), "100% %q %{foo} %{open %");
  const std::string all = "a%V%%%{time:%j}%{x}%";
  for (std::size_t length = 0; length <= all.size(); ++length)
    for (std::size_t from = 0; from <= length; ++from) (void)shown(all.substr(from, length - from));
}

TEST_F(DisplayVariables, ValuesAreNotExpandedAgain) {
  facts_.user = "%E%{env:DISPLAY_TEST}";
  EXPECT_EQ(shown("%U"), "%E%{env:DISPLAY_TEST}");
}

TEST_F(DisplayVariables, IdentificationsStayLegal) {
  EXPECT_EQ(expand_identification("SSH-2.0-x_%v %L", facts_), "SSH-2.0-x_My_files 2001:db8::1");
  EXPECT_EQ(expand_identification("SSH-2.0-x_%{version}%q", facts_),
            "SSH-2.0-x_" + std::string(project_version()) + "%q");
  facts_.server_name = "a-b\nc\xff" + std::string(300, 'x');
  const std::string long_one = expand_identification("SSH-2.0-%v", facts_);
  EXPECT_TRUE(long_one.starts_with("SSH-2.0-a_b_c_xxx"));
  EXPECT_EQ(long_one.size(), 253U);
  Options options;
  EXPECT_EQ(apply_directive("ServerIdent on sftp_%v_%{version}", options), std::nullopt);
}

}  // namespace
}  // namespace ssh2core::tools
