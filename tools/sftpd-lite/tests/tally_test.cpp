#include "tools/sftpd-lite/files/tally.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/sftpd-lite/files/quota_file_system.h"
#include "tools/sftpd-lite/tests/rule_fixture.h"

namespace ssh2core::tools {
namespace {

class Tallies : public testing::Test {
 protected:
  std::unique_ptr<Tally> open() {
    std::string why;
    auto made = Tally::open(folder_ / "", "alice", why);
    EXPECT_EQ(why, "");
    return made;
  }
  TallyCount count() {
    const auto tally = open();
    const Tally::Lock lock(*tally);
    return lock.count();
  }
  TemporaryDirectory folder_;
};

TEST_F(Tallies, AreKept) {
  {
    const auto tally = open();
    Tally::Lock lock(*tally);
    EXPECT_FALSE(lock.known());
    EXPECT_EQ(lock.set({5, 1}), 0);
    EXPECT_EQ(lock.set({7, 2}), 0);
  }
  EXPECT_EQ(count().bytes, 7U);
  EXPECT_EQ(count().files, 2U);
}

TEST_F(Tallies, ARecordThatIsBrokenLeavesTheOneBefore) {
  {
    const auto tally = open();
    Tally::Lock lock(*tally);
    for (const std::uint64_t value : {1U, 2U, 3U, 4U}) EXPECT_EQ(lock.set({value, value}), 0);
  }
  const std::string path = folder_ / "alice";
  std::string whole;
  {
    std::ifstream file(path, std::ios::binary);
    whole.assign(std::istreambuf_iterator<char>(file), {});
  }
  // The fourth lies at the front, the third behind it.
  for (std::size_t at = 0; at < 40; ++at) {
    std::string broken = whole;
    broken[at] = static_cast<char>(broken[at] ^ 0x55);
    folder_.write("alice", broken);
    EXPECT_EQ(count().bytes, 3U) << at;
  }
  for (std::size_t size = 0; size < whole.size(); ++size) {
    folder_.write("alice", whole.substr(0, size));
    const TallyCount found = count();
    EXPECT_EQ(found.bytes, size >= 40 ? 4U : 0U) << size;
  }
}

TEST_F(Tallies, AreSharedByProcesses) {
  constexpr int kProcesses = 4, kTimes = 200;
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      const auto tally = open();
      for (int n = 0; n < kTimes; ++n) {
        Tally::Lock lock(*tally);
        TallyCount now = lock.count();
        if (lock.set({now.bytes + 3, now.files + 1}) != 0) _exit(1);
      }
      _exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(count().files, std::uint64_t{kProcesses} * kTimes);
  EXPECT_EQ(count().bytes, std::uint64_t{kProcesses} * kTimes * 3);
}

TEST_F(Tallies, NamesOfFiles) {
  EXPECT_EQ(tally_name("alice"), "alice");
  EXPECT_EQ(tally_name("../x"), "=2e2e2f78");
  EXPECT_EQ(tally_name(".x"), "=2e78");
  EXPECT_EQ(tally_name(""), "=");
  EXPECT_LT(tally_name(std::string(1000, '/')).size(), 250U);
  std::string why;
  EXPECT_EQ(Tally::open("/no/such", "x", why), nullptr);
  EXPECT_THAT(why, testing::HasSubstr("/no/such/x"));
}

class Quotas : public RuledFiles {
 protected:
  void begin(const std::string& quota) {
    std::filesystem::create_directories(folder_ / "tallies");
    serve("QuotaDirectory " + folder_ / "tallies" + "\nQuota " + quota);
    EXPECT_EQ(problems_, "");
  }
  TallyCount count() {
    std::string why;
    const auto tally = Tally::open(folder_ / "tallies", "alice", why);
    return Tally::Lock(*tally).count();
  }
};

TEST_F(Quotas, FollowEachChange) {
  make_file("old", "12345");
  std::filesystem::create_directory(root_ + "/d");
  begin("1 Kb 8");
  const auto expect = [&](std::uint64_t bytes, std::uint64_t files, const char* what) {
    EXPECT_EQ(count().bytes, bytes) << what;
    EXPECT_EQ(count().files, files) << what;
  };
  expect(5, 2, "what was there");
  EXPECT_EQ(put("/a", std::string(100, 'x')), 0);
  expect(105, 3, "a new file");
  EXPECT_EQ(put("/a", std::string(40, 'x')), 0);
  expect(45, 3, "the same, shorter");
  EXPECT_EQ(files_->set("/a", a_size(60), true).error, 0);
  expect(65, 3, "longer by SETSTAT");
  EXPECT_EQ(files_->set("/a", a_size(10), true).error, 0);
  expect(15, 3, "shorter by SETSTAT");
  auto file = files_->open("/a", {.write = true, .append = true});
  EXPECT_EQ(write(**file, 0, "12345"), 0);
  expect(20, 3, "appended");
  EXPECT_EQ((*file)->set(a_size(0)).error, 0);
  expect(5, 3, "emptied by its handle");
  EXPECT_EQ(write(**file, 0, "12345"), 0);
  EXPECT_EQ(files_->make_hard_link("/a", "/b").error, 0);
  EXPECT_EQ(files_->remove("/b").error, 0);
  expect(10, 3, "one of two names");
  EXPECT_EQ(files_->rename("/a", "/old", true).error, 0);
  expect(5, 2, "renamed over another");
  EXPECT_EQ(files_->make_directory("/e", 0755).error, 0);
  EXPECT_EQ(files_->make_symlink("x", "/l").error, 0);
  expect(5, 4, "a directory and a symlink");
  EXPECT_EQ(files_->remove("/l").error, 0);
  EXPECT_EQ(files_->remove_directory("/e").error, 0);
  EXPECT_EQ(files_->remove("/old").error, 0);
  expect(0, 1, "removed");
  EXPECT_EQ(files_->remove("/none").error, ENOENT);
  EXPECT_EQ(files_->make_directory("/d", 0755).error, EEXIST);
  expect(0, 1, "what failed");
}

TEST_F(Quotas, AreNotExceeded) {
  begin("1 Kb 3");
  EXPECT_EQ(put("/a", std::string(1000, 'x')), 0);
  EXPECT_EQ(put("/b", std::string(100, 'x')), EDQUOT);
  EXPECT_EQ(put("/b", std::string(24, 'x')), 0);
  EXPECT_EQ(put("/b", std::string(25, 'x')), EDQUOT);
  EXPECT_EQ(files_->set("/a", a_size(2000), true).error, EDQUOT);
  EXPECT_EQ(put("/c", ""), 0);
  EXPECT_EQ(put("/d", ""), EDQUOT);
  EXPECT_EQ(files_->make_directory("/d", 0755).error, EDQUOT);
  EXPECT_EQ(files_->make_symlink("x", "/d").error, EDQUOT);
  auto from = files_->open("/a", {.read = true});
  auto to = files_->open("/c", {.write = true});
  EXPECT_EQ((*from)->copy_to(**to, 0, 0, 0).error, EDQUOT);
  EXPECT_EQ((*from)->copy_to(**to, 990, 0, 0).error, 0);
  EXPECT_LE(count().bytes, 1024U);
}

TEST_F(Quotas, WithHiddenStores) {
  std::filesystem::create_directories(folder_ / "tallies");
  serve("QuotaDirectory " + folder_ / "tallies" + "\nQuota 1 Kb\nHiddenStores on");
  EXPECT_EQ(put("/a", std::string(500, 'x')), 0);
  EXPECT_EQ(put("/a", std::string(400, 'x')), 0);
  EXPECT_EQ(count().bytes, 400U);
  EXPECT_EQ(count().files, 1U);
  EXPECT_EQ(put("/a", std::string(1000, 'x')), EDQUOT);
  EXPECT_EQ(count().bytes, 400U) << "both the old and the new one have room, or it is refused";
}

}  // namespace
}  // namespace ssh2core::tools
