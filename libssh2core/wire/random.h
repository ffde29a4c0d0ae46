// Random bytes as an interface, so that tests, replay and fuzzing can fix them.
#pragma once

#include "libssh2core/wire/bytes.h"

namespace ssh2core {

class Random {
 public:
  virtual ~Random() = default;
  /// Unpredictable bytes for cookies, padding and handles.
  virtual void fill(MutableView out) = 0;
};

}  // namespace ssh2core
