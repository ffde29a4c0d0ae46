#include "tools/sftpd-lite/login/banner.h"

#include <gmock/gmock.h>

#include "tools/sftpd-lite/tests/temporary_directory.h"

namespace ssh2core::tools {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

TEST(Banner, LinesEndInCrLf) {
  EXPECT_EQ(to_banner("one\ntwo\r\nthree"), "one\r\ntwo\r\nthree\r\n");
  EXPECT_EQ(to_banner("\n"), "\r\n");
  EXPECT_EQ(to_banner(""), "");
}

TEST(Banner, NothingControlsTheTerminal) {
  EXPECT_EQ(to_banner("a\x1b[2Jb\rc\x7f\td\n"), "a?[2Jb?c?\td\r\n");
  EXPECT_EQ(to_banner(std::string_view("a\0b", 3)), "a?b\r\n");
  EXPECT_EQ(to_banner("gr\xc3\xbc\xc3\x9f \xff\xc3"), "gr\xc3\xbc\xc3\x9f ??\r\n");
  EXPECT_EQ(to_banner("\xc2\x9b"
                      "31m"),
            "??31m\r\n");
}

class BannerFile : public testing::Test {
 protected:
  /// What is shown of the file; what is said about it is left in findings_.
  std::string load(const std::string& path) {
    Options options;
    options.display_banner = path;
    Service service(options);
    load_banner(service, findings_);
    return service.settings.auth_banner;
  }
  TemporaryDirectory directory_;
  std::vector<Finding> findings_;
};

TEST_F(BannerFile, IsShown) {
  EXPECT_EQ(load(directory_.write("banner", "Welcome\n")), "Welcome\r\n");
  EXPECT_EQ(load(directory_.write("full", std::string(kMostBannerFile, 'x'))).size(),
            kMostBannerFile + 2);
  EXPECT_EQ(load(""), "");
  EXPECT_THAT(findings_, IsEmpty());
}

TEST_F(BannerFile, ThatWillNotDoIsAWarning) {
  for (const std::string& path :
       {directory_ / "missing", directory_ / ".",
        directory_.write("long", std::string(kMostBannerFile + 1, 'x'))}) {
    findings_.clear();
    EXPECT_EQ(load(path), "");
    ASSERT_EQ(findings_.size(), 1U);
    EXPECT_FALSE(findings_[0].fatal);
    EXPECT_THAT(findings_[0].text, HasSubstr(path));
  }
}

}  // namespace
}  // namespace ssh2core::tools
