#include "libssh2core/sftp/status.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

namespace ssh2core::sftp {
namespace {

TEST(SftpStatus, TheTableIsInTheOrderOfTheNumbers) {
  std::uint32_t code = 0;
  for (const StatusEntry& entry : status_table()) {
    EXPECT_EQ(static_cast<std::uint32_t>(entry.code), code++) << entry.name;
    EXPECT_FALSE(entry.text.empty()) << entry.name;
  }
  EXPECT_EQ(code, 32U);
}

TEST(SftpStatus, AVersionHasNoCodeAboveItsHighest) {
  const std::uint32_t highest[] = {0, 8, 8, 8, 13, 17, 31};
  for (ProtocolVersion version = 1; version <= 6; ++version)
    for (std::uint32_t code = 0; code < 40; ++code) {
      const Status sent = status_in(static_cast<Status>(code), version);
      const bool known = code <= highest[version];
      EXPECT_EQ(static_cast<std::uint32_t>(sent), known ? code : 4) << code << " in " << version;
    }
}

TEST(SftpStatus, ErrnosBecomeWhatTheVersionKnows) {
  struct Row {
    int error;
    std::uint32_t v3, v4, v5, v6;
  };
  const Row rows[] = {{0, 0, 0, 0, 0},          {ENOENT, 2, 2, 2, 2},   {ENOTDIR, 2, 4, 4, 19},
                      {ELOOP, 4, 4, 4, 21},     {EBADF, 4, 9, 9, 9},    {EACCES, 3, 3, 3, 3},
                      {EPERM, 3, 3, 3, 3},      {EROFS, 3, 12, 12, 12}, {EEXIST, 4, 11, 11, 11},
                      {ENOTEMPTY, 4, 4, 4, 18}, {EISDIR, 4, 4, 4, 24},  {ENAMETOOLONG, 4, 4, 4, 20},
                      {EINVAL, 4, 4, 4, 23},    {EFAULT, 4, 4, 4, 4},   {ENOSPC, 4, 4, 14, 14},
                      {EFBIG, 4, 4, 14, 14},    {EDQUOT, 4, 4, 15, 15}, {ENOSYS, 8, 8, 8, 8},
                      {EOPNOTSUPP, 8, 8, 8, 8}, {EIO, 4, 4, 4, 4},      {EXDEV, 4, 4, 4, 4},
                      {ECHILD, 4, 4, 4, 4}};
  for (const Row& row : rows) {
    const std::uint32_t expected[] = {row.v3, row.v3, row.v3, row.v3, row.v4, row.v5, row.v6};
    for (ProtocolVersion version = 1; version <= 6; ++version)
      EXPECT_EQ(static_cast<std::uint32_t>(status_of(row.error, version)), expected[version])
          << row.error << " in " << version;
  }
}

TEST(SftpStatus, NoErrnoBecomesACodeThatTheVersionLacks) {
  for (int error = 0; error < 200; ++error)
    for (ProtocolVersion version = 1; version <= 6; ++version) {
      const Status status = status_of(error, version);
      EXPECT_EQ(status_in(status, version), status) << error << " in " << version;
      EXPECT_NE(status, Status::ConnectionLost);
      EXPECT_FALSE(error_text(error).empty());
    }
}

}  // namespace
}  // namespace ssh2core::sftp
