#include "tools/sftpd-lite/files/tally.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "tools/sftpd-lite/log/event_log.h"

namespace ssh2core::tools {

namespace {

/// As it lies in the file, in the byte order of the machine.
struct Record {
  std::array<char, 8> magic{};
  std::uint64_t number = 0, bytes = 0, files = 0, check = 0;
};
constexpr std::array<char, 8> kMagic{'t', 'a', 'l', 'l', 'y', '-', '0', '1'};
constexpr off_t kPlace = 512;  // bytes from one record to the other: never one sector

/// FNV-1a: finds records that were written in part, not forgers.
std::uint64_t check_of(const Record& record) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::uint64_t value : {record.number, record.bytes, record.files})
    for (int shift = 0; shift < 64; shift += 8)
      hash = (hash ^ ((value >> shift) & 0xff)) * 0x100000001b3;
  return hash;
}

int lock_file(int fd, short type) {
  struct flock lock{};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  while (fcntl(fd, F_OFD_SETLKW, &lock) != 0)
    if (errno != EINTR) return errno;
  return 0;
}

}  // namespace

std::string tally_name(const std::string& user) {
  const bool plain = !user.empty() && user.size() < 100 && user.front() != '.' &&
                     std::ranges::all_of(
                         user,
                         [](char c) {
                           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                  (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
                         });
  if (plain) return user;
  std::string name = "=";
  for (const char c : user.substr(0, 120))
    name += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return name;
}

std::unique_ptr<Tally> Tally::open(const std::string& directory, const std::string& user,
                                   std::string& why) {
  const std::string path = directory + "/" + tally_name(user);
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd >= 0) return std::unique_ptr<Tally>(new Tally(fd));
  why = fmt::format("QuotaDirectory: {}: {}", printable(path), strerror(errno));
  return nullptr;
}

Tally::~Tally() { ::close(fd_); }

Tally::Lock::Lock(Tally& tally) : tally_(tally), error_(lock_file(tally.fd_, F_WRLCK)) {
  if (error_ != 0) return;
  for (const off_t at : {off_t{0}, kPlace}) {
    Record record;
    const ssize_t got = pread(tally_.fd_, &record, sizeof record, at);
    if (got < 0) error_ = errno;
    if (got != static_cast<ssize_t>(sizeof record) || record.magic != kMagic ||
        record.check != check_of(record) || (known_ && record.number < number_))
      continue;
    known_ = true;
    number_ = record.number;
    count_ = {record.bytes, record.files};
  }
}

Tally::Lock::~Lock() { lock_file(tally_.fd_, F_UNLCK); }

int Tally::Lock::set(const TallyCount& count) {
  if (error_ != 0) return error_;
  Record record{kMagic, number_ + 1, count.bytes, count.files};
  record.check = check_of(record);
  const off_t at = record.number % 2 == 0 ? 0 : kPlace;
  const ssize_t put = pwrite(tally_.fd_, &record, sizeof record, at);
  if (put != static_cast<ssize_t>(sizeof record)) return put < 0 ? errno : EIO;
  number_ = record.number;
  count_ = count;
  known_ = true;
  return 0;
}

}  // namespace ssh2core::tools
