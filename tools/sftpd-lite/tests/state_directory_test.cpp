#include "tools/sftpd-lite/host_keys/state_directory.h"

#include <gmock/gmock.h>
#include <linux/magic.h>
#include <sys/stat.h>

#include <filesystem>

namespace ssh2core::tools {
namespace {

TEST(StateDirectory, WhatLiesOnTheNetwork) {
  for (const unsigned long type : std::initializer_list<unsigned long>{
           NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, AFS_SUPER_MAGIC, V9FS_MAGIC})
    EXPECT_TRUE(is_network_file_system(type));
  for (const unsigned long type : std::initializer_list<unsigned long>{
           EXT4_SUPER_MAGIC, TMPFS_MAGIC, BTRFS_SUPER_MAGIC, XFS_SUPER_MAGIC})
    EXPECT_FALSE(is_network_file_system(type));
}

TEST(StateDirectory, MustBeItsOwnersAlone) {
  std::string path = testing::TempDir() + "stateXXXXXX";
  ASSERT_NE(mkdtemp(path.data()), nullptr);
  EXPECT_EQ(std::get<std::string>(state_key_path(path)), path + "/ssh_host_ed25519_key");
  ASSERT_EQ(chmod(path.c_str(), 0750), 0);
  EXPECT_THAT(std::get<StateProblem>(state_key_path(path)).text, testing::HasSubstr("chmod 0700"));
  EXPECT_THAT(std::get<StateProblem>(state_key_path(path + "/none")).text,
              testing::HasSubstr("create it"));
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace ssh2core::tools
