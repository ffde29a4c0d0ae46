// A value or the errno that says why there is none.
#pragma once

#include <cerrno>
#include <utility>
#include <variant>

namespace ssh2core::sftp {

/// An errno of the file system; an SFTP status of the session's version is made from it.
struct Errno {
  int value = 0;
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Errno error) : state_(std::in_place_index<1>, error) {}
  explicit operator bool() const { return state_.index() == 0; }
  T& operator*() { return std::get<0>(state_); }
  const T& operator*() const { return std::get<0>(state_); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }
  /// The errno; only when there is no value.
  Errno error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Errno> state_;
};

/// Success, or an errno (value 0: success).
struct [[nodiscard]] Outcome {
  int error = 0;
  bool ok() const { return error == 0; }
};

}  // namespace ssh2core::sftp
