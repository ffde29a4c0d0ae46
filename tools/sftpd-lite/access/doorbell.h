// How a connection's process asks the listener whether a client may come in whose address only it
// has learned, from the header of a proxy.
#pragma once

#include <semaphore.h>
#include <sys/types.h>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <string>

#include "libssh2core/io/descriptor.h"

namespace ssh2core::tools {

/// Memory and a descriptor that the listener shares with its children. A question takes a row; a
/// child that dies leaves one that the listener clears.
class Doorbell {
 public:
  static constexpr std::size_t kRows = 256;        // questions at once
  static constexpr std::size_t kLongestText = 63;  // of a client's address and port
  /// Throws std::system_error.
  Doorbell();
  Doorbell(const Doorbell&) = delete;
  Doorbell& operator=(const Doorbell&) = delete;
  ~Doorbell();

  /// Becomes readable when there are questions.
  int descriptor() const { return bell_.get(); }
  /// The listener: answers all questions. `admits` says whether that client may come in.
  void answer(const std::function<bool(pid_t pid, const std::string& client)>& admits);
  /// The listener: a process has ended.
  void clear(pid_t pid);

  /// A child: whether the client, "address:port", may come in. No answer in time is no.
  bool ask(const std::string& client, std::chrono::seconds patience);
  /// A child: has no more questions, and nothing to do with those of others.
  void close();

 private:
  enum State : int { kIdle, kAsked, kAnswered };
  struct Row {
    std::atomic<pid_t> pid;  // whose row it is; 0: nobody's. Taken first and given back last, so
                             // that a process that is killed at any point can be cleared
    std::atomic<int> state;
    std::atomic<bool> admitted;
    std::array<char, kLongestText + 1> client;
    sem_t answered;
  };
  Row* rows_ = nullptr;
  io::Descriptor bell_;
};

}  // namespace ssh2core::tools
