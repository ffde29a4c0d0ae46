#include "tools/sftpd-lite/access/scoreboard.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace ssh2core::tools {

namespace {

void put(std::array<char, 64>& field, std::string_view text) {
  field.fill('\0');
  std::copy_n(text.begin(), std::min(text.size(), field.size() - 1), field.begin());
}

std::string get(const std::array<char, 64>& field) {
  return {field.data(), strnlen(field.data(), field.size())};
}

}  // namespace

Scoreboard::Scoreboard() {
  void* memory =
      mmap(nullptr, kRows * sizeof(Row), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    throw std::system_error(errno, std::generic_category(), "no memory for the list of sessions");
  static_assert(std::atomic<pid_t>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);
  rows_ = static_cast<Row*>(memory);  // zero bytes are free rows
}

Scoreboard::~Scoreboard() { munmap(rows_, kRows * sizeof(Row)); }

bool Scoreboard::enter(const BoardEntry& entry) {
  for (Row* row = rows_; row != rows_ + kRows; ++row) {
    pid_t none = 0;
    if (!row->pid.compare_exchange_strong(none, entry.pid)) continue;
    row->host = static_cast<std::uint32_t>(entry.host);
    put(row->user, entry.user);
    put(row->address, entry.address);
    put(row->class_name, entry.class_name);
    for (auto& count : row->transfers) count = 0;
    row->filled = true;
    return true;
  }
  return false;
}

void Scoreboard::leave(pid_t pid) {
  for (Row* row = rows_; row != rows_ + kRows; ++row) {
    if (row->pid != pid) continue;
    row->filled = false;
    row->pid = 0;
  }
}

std::vector<BoardEntry> Scoreboard::entries() const {
  std::vector<BoardEntry> found;
  for (const Row* row = rows_; row != rows_ + kRows; ++row) {
    if (!row->filled) continue;
    found.push_back({row->pid, row->host, get(row->user), get(row->address), get(row->class_name)});
    std::ranges::copy(row->transfers, found.back().transfers.begin());
  }
  return found;
}

std::vector<pid_t> Scoreboard::processes() const {
  std::vector<pid_t> found;
  for (const Row* row = rows_; row != rows_ + kRows; ++row)
    if (row->filled) found.push_back(row->pid);
  return found;
}

std::optional<std::size_t> Scoreboard::row_of(pid_t pid) const {
  for (std::size_t row = 0; row < kRows; ++row)
    if (rows_[row].pid == pid) return row;
  return std::nullopt;
}

void Scoreboard::count_transfer(std::size_t row, TransferKind kind, int change) {
  rows_[row].transfers[static_cast<std::size_t>(kind)] += static_cast<std::uint32_t>(change);
}

}  // namespace ssh2core::tools
