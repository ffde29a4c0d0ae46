// How a task of the driver fails.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace ssh2core::winscp {

/// Ends the task. `kind` is what the harness classifies by: hostkey, connect, negotiation, auth,
/// remote (the server refused an operation), local (a file here), timeout, unsupported.
struct Failure final : std::runtime_error {
  Failure(std::string_view the_kind, const std::string& what)
      : std::runtime_error(what), kind(the_kind) {}
  std::string_view kind;  // a literal
};

}  // namespace ssh2core::winscp
