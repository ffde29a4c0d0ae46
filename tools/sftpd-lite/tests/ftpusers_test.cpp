// /etc/ftpusers: who is named, and what cannot be read.
#include "tools/sftpd-lite/access/ftpusers.h"

#include <sys/stat.h>
#include <unistd.h>

#include "tools/sftpd-lite/tests/temporary_directory.h"

namespace ssh2core::tools {
namespace {

TEST(FtpUsers, NamesStandALine) {
  const TemporaryDirectory directory;
  const std::string path =
      directory.write("ftpusers", "# who\nroot\n  ann # left\r\n\nbob\r\nlast");
  for (const char* user : {"root", "ann", "bob", "last"})
    EXPECT_NE(ftpusers_refusal(path, user).find("names the user"), std::string::npos) << user;
  for (const char* user : {"", "an", "who", "left", "# who"})
    EXPECT_EQ(ftpusers_refusal(path, user), "") << user;
  EXPECT_EQ(ftpusers_problem(path), "");
}

TEST(FtpUsers, WithoutAFileNobodyIsNamed) {
  const TemporaryDirectory directory;
  EXPECT_EQ(ftpusers_refusal(directory / "none", "ann"), "");
  EXPECT_EQ(ftpusers_problem(directory / "none"), "");
}

TEST(FtpUsers, OneThatCannotBeReadKeepsEverybodyOut) {
  const TemporaryDirectory directory;
  const std::string fifo = directory / "fifo", folder = directory / "folder";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  ASSERT_EQ(mkdir(folder.c_str(), 0755), 0);
  std::vector<std::string> paths{fifo, folder, directory.write("long", std::string(1 << 21, 'x')),
                                 directory.write("file", "") + "/below"};
  if (geteuid() != 0) paths.push_back(directory.write("closed", "root\n", 0));
  for (const std::string& path : paths) {
    EXPECT_NE(ftpusers_refusal(path, "ann"), "") << path;
    EXPECT_NE(ftpusers_problem(path).find("nobody can log in"), std::string::npos) << path;
  }
}

}  // namespace
}  // namespace ssh2core::tools
