// TransferRate: which file has which rate.
#include "tools/sftpd-lite/tests/rule_fixture.h"

namespace ssh2core::tools {
namespace {

using TransferRates = RuledFiles;

/// The rate of a file that is opened so, in bytes a second; 0: none.
std::uint64_t rate_of(sftp::FileSystem& files, std::string_view path, sftp::OpenMode mode) {
  auto file = files.open(path, mode);
  if (!file) return 1;
  sftp::Throttle* throttle = (*file)->throttle(mode.write);
  if (throttle == nullptr) return 0;
  const Clock::Steady now{std::chrono::hours(1)};
  constexpr std::uint64_t kMuch = std::uint64_t{1} << 30;
  const Clock::Steady before = std::max(throttle->ready_at(), now);
  throttle->moved(kMuch, now);
  const std::chrono::duration<double> time = throttle->ready_at() - before;
  return static_cast<std::uint64_t>(static_cast<double>(kMuch) / time.count() + 0.5);
}

TEST_F(TransferRates, ByPlaceUserAndCommand) {
  const sftp::OpenMode read{.read = true}, append{.write = true, .append = true},
      store{.write = true};
  std::filesystem::create_directory(root_ + "/in");
  make_file("f");
  make_file("in/f");
  serve(
      "AllowOverwrite on\nAllowStoreRestart on\nTransferRate RETR,STOU 10\nTransferRate APPE 1.5\n"
      "<Directory ROOT/in>\nAllowOverwrite on\nTransferRate STOR,APPE 5\n</Directory>");
  ASSERT_EQ(problems_, "");
  EXPECT_EQ(rate_of(*files_, "/f", read), 10240U);
  EXPECT_EQ(rate_of(*files_, "/f", append), 1536U);
  EXPECT_EQ(rate_of(*files_, "/f", store), 0U);
  EXPECT_EQ(rate_of(*files_, "/in/f", store), 5120U);
  EXPECT_EQ(rate_of(*files_, "/in/f", append), 5120U) << "the inner place goes first";
  EXPECT_EQ(rate_of(*files_, "/in/f", read), 10240U) << "of which it says nothing";

  serve(
      "AllowOverwrite on\nTransferRate RETR 10\nTransferRate RETR,STOR 20\n"
      "TransferRate RETR 30 user alice\nTransferRate STOR 30 user bob");
  EXPECT_EQ(rate_of(*files_, "/f", read), 30720U) << "what is for the user goes first";
  EXPECT_EQ(rate_of(*files_, "/f", store), 20480U) << "of what is for all the last counts";
  serve("TransferRate RETR 10\n<Directory ROOT/in>\nTransferRate none\n</Directory>");
  EXPECT_EQ(rate_of(*files_, "/in/f", read), 0U);
  EXPECT_EQ(rate_of(*files_, "/f", read), 10240U);
}

}  // namespace
}  // namespace ssh2core::tools
