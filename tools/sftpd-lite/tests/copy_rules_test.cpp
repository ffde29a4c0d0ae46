// copy-file under rules: what is asked about source and destination, and what is left of a copy
// that fails.
#include <gmock/gmock.h>

#include "libssh2core/crypto/system_random.h"
#include "libssh2core/sftp/copy_file.h"
#include "tools/sftpd-lite/tests/rule_fixture.h"

namespace ssh2core::tools {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kOn = "AllowOverwrite on\nAllowStoreRestart on\n";

class CopyRules : public RuledFiles {
 protected:
  int copy(std::string_view from, std::string_view to, bool overwrite = true) {
    SystemRandom random;
    sftp::FileCopy work(*files_);
    if (const int error = work.begin(from, to, overwrite, random)) return error;
    while (!work.step()) continue;
    return work.error();
  }
};

TEST_F(CopyRules, SourceAndDestinationAreAskedAbout) {
  make_file("f");
  make_file("old", "old");
  for (const char* word : {"READ", "OPEN", "RETR", "SITE_COPY", "WRITE", "STOR"}) {
    serve(kOn + "<Limit " + word + ">\nDenyAll\n</Limit>");
    EXPECT_EQ(copy("/f", "/new"), EACCES) << word;
    EXPECT_EQ(copy("/f", "/old"), EACCES) << word;
    EXPECT_THAT(told_, HasSubstr(word));
    EXPECT_EQ(content("new"), "<none>") << word;
    EXPECT_EQ(content("old"), "old") << word;
  }
  std::filesystem::create_directory(root_ + "/closed");
  serve(kOn + "<Directory ROOT/closed>\n<Limit WRITE>\nDenyAll\n</Limit>\n</Directory>");
  EXPECT_EQ(copy("/f", "/closed/f"), EACCES);
  EXPECT_EQ(copy("/f", "/new"), 0);
  serve(kOn + "PathDenyFilter \\.exe$");
  EXPECT_EQ(copy("/f", "/f.exe"), EACCES);
}

TEST_F(CopyRules, OverwritingAsForUploads) {
  make_file("f");
  make_file("old", "old");
  serve("AllowOverwrite off");
  EXPECT_EQ(copy("/f", "/old"), EACCES);
  EXPECT_EQ(content("old"), "old");
  EXPECT_EQ(copy("/f", "/new"), 0);
  serve(kOn);
  EXPECT_EQ(copy("/f", "/old", false), EEXIST);
  EXPECT_EQ(copy("/f", "/old"), 0);
  EXPECT_EQ(content("old"), "content");
  EXPECT_THAT(*list("/"), ElementsAre("f", "new", "old"));
}

TEST_F(CopyRules, HiddenStoresAndLimitsOfSize) {
  make_file("f");
  make_file("old", "old");
  serve(kOn + "HiddenStores on");
  EXPECT_EQ(copy("/f", "/new"), 0);
  EXPECT_EQ(copy("/f", "/old"), 0);
  EXPECT_EQ(content("new"), "content");
  EXPECT_EQ(content("old"), "content");
  EXPECT_THAT(*list("/"), ElementsAre("f", "new", "old"));
  make_file("old", "old");
  serve(kOn + "MaxStoreFileSize 3 B");
  EXPECT_EQ(copy("/f", "/old"), EFBIG);
  EXPECT_EQ(copy("/f", "/more"), EFBIG);
  serve(kOn + "HiddenStores on\nMaxStoreFileSize 3 B");
  EXPECT_EQ(copy("/f", "/old"), EFBIG);
  EXPECT_EQ(copy("/f", "/more"), EFBIG);
  serve(kOn + "MaxRetrieveFileSize 3 B");
  EXPECT_EQ(copy("/f", "/more"), EFBIG);
  EXPECT_EQ(content("old"), "old");
  EXPECT_THAT(*list("/"), ElementsAre("f", "new", "old"));
}

TEST_F(CopyRules, WhatIsShownOfAModeIsNotWhatACopyGets) {
  make_file("f");
  make_file("old", "old");
  chmod((root_ + "/f").c_str(), 0640);
  chmod((root_ + "/old").c_str(), 0600);
  serve(kOn + "DirFakeMode 0666");
  EXPECT_EQ(copy("/f", "/old"), 0);
  EXPECT_EQ(mode_of("old"), 0600U);
  EXPECT_EQ(copy("/f", "/new"), 0);
  EXPECT_EQ(mode_of("new"), 0640U);
  // Rules that would open what is replaced to others refuse it.
  serve(kOn + "ForceMode 0666");
  EXPECT_EQ(copy("/f", "/old"), 0);
  EXPECT_EQ(mode_of("old"), 0600U);
  serve(kOn + "ForceMode 0666\nSFTPOptions IgnoreSFTPSetPerms");
  EXPECT_EQ(copy("/f", "/old"), EPERM);
  EXPECT_THAT(*list("/"), ElementsAre("f", "new", "old"));
}

TEST_F(CopyRules, AQuotaThatIsFullLeavesTheOldFile) {
  std::filesystem::create_directory(folder_ / "tally");
  make_file("f", std::string(3000, 'x'));
  make_file("old", "old");
  const std::string quota = kOn + "QuotaDirectory " + (folder_ / "tally") + "\nQuota 5000 B\n";
  serve(quota);
  EXPECT_EQ(copy("/f", "/old"), EDQUOT);
  EXPECT_EQ(copy("/f", "/new"), EDQUOT);
  EXPECT_EQ(content("old"), "old");
  EXPECT_THAT(*list("/"), ElementsAre("f", "old"));
  EXPECT_EQ(put("/new", std::string(1900, 'x')), 0);  // nothing of them is counted
}

TEST_F(CopyRules, ADropBoxGivesNothingAway) {
  make_file("f");
  serve("DropBox on");
  EXPECT_EQ(copy("/f", "/new"), EACCES);
  EXPECT_EQ(content("new"), "<none>");
}

}  // namespace
}  // namespace ssh2core::tools
