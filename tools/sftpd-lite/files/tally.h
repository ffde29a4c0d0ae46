// How much one user keeps, in a small file that all sessions of the user share.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace ssh2core::tools {

struct TallyCount {
  std::uint64_t bytes = 0, files = 0;
};

/// The count lies in the file twice, with a number that goes up: a process that dies while it
/// writes one leaves the other. Changes are made under a lock.
class Tally {
 public:
  /// Opens or makes the file of `user` in a directory. nullptr, with a sentence in `why`.
  static std::unique_ptr<Tally> open(const std::string& directory, const std::string& user,
                                     std::string& why);
  ~Tally();
  Tally(const Tally&) = delete;
  Tally& operator=(const Tally&) = delete;

  /// As long as it lives nobody else changes the count.
  class Lock {
   public:
    explicit Lock(Tally& tally);
    ~Lock();
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    /// 0, or the errno for which nothing may be changed.
    int error() const { return error_; }
    /// Whether somebody has counted before.
    bool known() const { return known_; }
    const TallyCount& count() const { return count_; }
    /// Writes another count; an errno or 0.
    int set(const TallyCount& count);

   private:
    Tally& tally_;
    int error_ = 0;
    bool known_ = false;
    TallyCount count_;
    std::uint64_t number_ = 0;
  };

 private:
  explicit Tally(int fd) : fd_(fd) {}
  int fd_;
};

/// The name of a user's file: itself, or in hexadecimal where it is no name for a file.
std::string tally_name(const std::string& user);

}  // namespace ssh2core::tools
