#include "libssh2core/io/charsets.h"

#include <iconv.h>

#include <cerrno>

namespace ssh2core::io {

namespace {

class Conversion {
 public:
  Conversion(const std::string& from, const std::string& to)
      : handle_(::iconv_open(to.c_str(), from.c_str())) {}
  Conversion(const Conversion&) = delete;
  Conversion& operator=(const Conversion&) = delete;
  ~Conversion() {
    if (*this) ::iconv_close(handle_);
  }
  explicit operator bool() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

  /// Nothing when some of it cannot be said, exactly, on the other side.
  std::optional<std::string> convert(std::string_view text) const {
    ::iconv(handle_, nullptr, nullptr, nullptr, nullptr);  // to the initial state
    std::string result(text.size() * 2 + 16, '\0');
    char* in = const_cast<char*>(text.data());  // iconv(3) does not write there
    std::size_t in_left = text.size(), done = 0;
    bool finishing = false;
    while (true) {
      char* out = result.data() + done;
      std::size_t out_left = result.size() - done;
      const std::size_t inexact = finishing ? ::iconv(handle_, nullptr, nullptr, &out, &out_left)
                                            : ::iconv(handle_, &in, &in_left, &out, &out_left);
      const int error = errno;
      done = result.size() - out_left;
      if (inexact == static_cast<std::size_t>(-1)) {
        if (error != E2BIG) return std::nullopt;
        result.resize(result.size() * 2);
      } else if (inexact != 0) {
        return std::nullopt;
      } else if (finishing) {
        result.resize(done);
        return result;
      } else {
        finishing = true;
      }
    }
  }

 private:
  iconv_t handle_;
};

}  // namespace

std::shared_ptr<const sftp::Charset> make_charset(const std::string& name) {
  const auto to = std::make_shared<Conversion>(name, "UTF-8");
  const auto from = std::make_shared<Conversion>("UTF-8", name);
  if (!*to || !*from) return nullptr;
  for (char c = 1; c < 0x7f; ++c) {
    const std::string text(1, c);
    if (to->convert(text) != text || from->convert(text) != text) return nullptr;
  }
  sftp::Charset charset;
  charset.name = name;
  charset.to_utf8 = [to](std::string_view text) { return to->convert(text); };
  charset.from_utf8 = [from](std::string_view text) { return from->convert(text); };
  return std::make_shared<const sftp::Charset>(std::move(charset));
}

}  // namespace ssh2core::io
