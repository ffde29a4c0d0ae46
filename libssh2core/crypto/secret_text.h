// Text that is nobody else's business, such as the hash of a password: may be copied, and is wiped
// before it is freed.
#pragma once

#include <string>
#include <string_view>

#include "libssh2core/crypto/secret.h"

namespace ssh2core {

class SecretText {
 public:
  SecretText() = default;
  SecretText(std::string_view text) : bytes_(text.size() + 1) {
    std::copy(text.begin(), text.end(), bytes_.mutable_view().begin());
  }
  SecretText(const char* text) : SecretText(std::string_view(text)) {}
  SecretText(const std::string& text) : SecretText(std::string_view(text)) {}
  SecretText(const SecretText& other) : SecretText(other.view()) {}
  SecretText& operator=(const SecretText& other) { return *this = SecretText(other); }
  SecretText(SecretText&&) = default;
  SecretText& operator=(SecretText&&) = default;
  ~SecretText() = default;

  std::string_view view() const {
    return bytes_.empty() ? std::string_view() : as_text(bytes_.view().first(bytes_.size() - 1));
  }
  operator std::string_view() const { return view(); }
  /// Ends in a NUL.
  const char* c_str() const { return bytes_.empty() ? "" : view().data(); }
  std::size_t size() const { return view().size(); }
  bool empty() const { return view().empty(); }
  friend bool operator==(const SecretText& a, std::string_view b) { return a.view() == b; }

 private:
  Secret bytes_;  // and a NUL
};

}  // namespace ssh2core
