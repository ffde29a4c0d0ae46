#include "tools/sftpd-lite/access/doorbell.h"

#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <system_error>

namespace ssh2core::tools {

Doorbell::Doorbell() : bell_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  static_assert(std::atomic<pid_t>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);
  if (!bell_) throw std::system_error(errno, std::generic_category(), "no descriptor to wait on");
  void* memory =
      mmap(nullptr, kRows * sizeof(Row), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    throw std::system_error(errno, std::generic_category(), "no memory for questions");
  rows_ = static_cast<Row*>(memory);  // zero bytes are free rows
  for (Row* row = rows_; row != rows_ + kRows; ++row) sem_init(&row->answered, 1, 0);
}

Doorbell::~Doorbell() { close(); }

void Doorbell::close() {
  bell_ = io::Descriptor();
  if (rows_ != nullptr) munmap(rows_, kRows * sizeof(Row));
  rows_ = nullptr;
}

void Doorbell::answer(const std::function<bool(pid_t, const std::string&)>& admits) {
  std::uint64_t rung = 0;
  [[maybe_unused]] const ssize_t count = read(bell_.get(), &rung, sizeof rung);
  for (Row* row = rows_; row != rows_ + kRows; ++row) {
    if (row->state != kAsked) continue;
    const std::string client(row->client.data(), strnlen(row->client.data(), row->client.size()));
    row->admitted = admits(row->pid, client);
    row->state = kAnswered;
    sem_post(&row->answered);
  }
}

void Doorbell::clear(pid_t pid) {
  for (Row* row = rows_; row != rows_ + kRows; ++row) {
    if (row->pid != pid) continue;
    while (sem_trywait(&row->answered) == 0) {
    }
    row->state = kIdle;
    row->pid = 0;
  }
}

bool Doorbell::ask(const std::string& client, std::chrono::seconds patience) {
  const auto until = std::chrono::system_clock::now() + patience;  // sem_timedwait's clock
  timespec end{};
  end.tv_sec = std::chrono::system_clock::to_time_t(until) + 1;
  Row* mine = nullptr;
  while (mine == nullptr && std::chrono::system_clock::now() < until) {
    for (Row* row = rows_; row != rows_ + kRows && mine == nullptr; ++row) {
      pid_t nobody = 0;
      if (row->pid.compare_exchange_strong(nobody, getpid())) mine = row;
    }
    constexpr unsigned kPause = 10'000;
    if (mine == nullptr) usleep(kPause);
  }
  if (mine == nullptr) return false;
  mine->client.fill('\0');
  std::copy_n(client.begin(), std::min(client.size(), mine->client.size() - 1),
              mine->client.begin());
  mine->state = kAsked;
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t sent = write(bell_.get(), &one, sizeof one);
  int waited = -1;
  do waited = sem_timedwait(&mine->answered, &end);
  while (waited != 0 && errno == EINTR);
  // A row that got no answer stays taken until the listener clears it: the answer may still come.
  if (waited != 0) return false;
  const bool admitted = mine->admitted;
  mine->state = kIdle;
  mine->pid = 0;
  return admitted;
}

}  // namespace ssh2core::tools
