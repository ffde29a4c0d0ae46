#include "tools/sftpd-lite/log/login_records.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/time.h>
#include <unistd.h>
#include <utmp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>

#include "tools/common/exit_code.h"
#include "tools/sftpd-lite/access/address_rules.h"
#include "tools/sftpd-lite/log/event_log.h"

namespace ssh2core::tools {

namespace {

/// Fields of utmp(5) need no NUL when they are full.
void put(std::span<char> field, const std::string& text) {
  std::copy_n(text.begin(), std::min(text.size(), field.size()), field.begin());
}

}  // namespace

LoginRecords::LoginRecords(const std::string& path) {
  if (path.empty()) return;
  file_ = io::Descriptor(
      open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (!file_)
    throw ExitError(kUsage, fmt::format("WtmpLog: {}: {}; create the file, or write `WtmpLog off`",
                                        printable(path), strerror(errno)));
}

void LoginRecords::login(pid_t pid, const std::string& user, const std::string& host,
                         const std::string& address) const {
  write(true, pid, user, host, address);
}

void LoginRecords::logout(pid_t pid, const std::string& host, const std::string& address) const {
  write(false, pid, "", host, address);
}

void LoginRecords::write(bool begins, pid_t pid, const std::string& user, const std::string& host,
                         const std::string& address) const {
  if (!file_) return;
  utmp record{};
  record.ut_type = begins ? USER_PROCESS : DEAD_PROCESS;
  record.ut_pid = pid;
  const std::string line = fmt::format("sftp{}", pid);
  put(record.ut_line, line);
  put(record.ut_id, line.substr(line.size() - std::min(line.size(), sizeof record.ut_id)));
  put(record.ut_user, user);
  put(record.ut_host, host);
  timeval now{};
  gettimeofday(&now, nullptr);
  record.ut_tv.tv_sec = static_cast<decltype(record.ut_tv.tv_sec)>(now.tv_sec);
  record.ut_tv.tv_usec = static_cast<decltype(record.ut_tv.tv_usec)>(now.tv_usec);
  if (const auto parsed = parse_address(address)) {
    const std::size_t front = is_ipv4(*parsed) ? 12 : 0;  // IPv4 stands alone in the first field
    std::memcpy(record.ut_addr_v6, parsed->data() + front, parsed->size() - front);
  }
  [[maybe_unused]] const ssize_t size = ::write(file_.get(), &record, sizeof record);
}

}  // namespace ssh2core::tools
