#include "keys/putty_key.h"

#include <charconv>

#include "keys/base64.h"

namespace ssh2core::keys {
namespace {

constexpr std::string_view kMagic = "PuTTY-User-Key-File-";
constexpr std::size_t kMostLines = 1024;  // of base64: far more than the largest key takes

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

KeyFileError damaged(std::string_view what) {
  return {"the PuTTY key is damaged (" + std::string(what) + "); restore it from a copy"};
}

}  // namespace

std::variant<PublicHalf, KeyFileError> read_putty_public_half(std::string_view text) {
  PublicHalf half;
  const std::string_view first = take_line(text);
  if (!first.starts_with(kMagic) || first.size() < kMagic.size() + 3)
    return damaged("it does not begin as it must");
  const char version = first[kMagic.size()];
  if (version != '2' && version != '3')
    return KeyFileError{
        "it is a PuTTY key of a version that is not known; load it in PuTTYgen and "
        "save it again"};
  const std::string_view type = first.substr(kMagic.size() + 3);
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    const std::size_t colon = line.find(": ");
    if (colon == std::string_view::npos) return damaged("a line without a colon among its headers");
    const std::string_view name = line.substr(0, colon), value = line.substr(colon + 2);
    if (name == "Comment") half.comment = value;
    if (name != "Public-Lines") continue;
    std::size_t lines = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), lines);
    if (error != std::errc() || end != value.data() + value.size() || lines > kMostLines)
      return damaged("its number of lines");
    std::string base64;
    for (; lines > 0; --lines) base64 += take_line(text);
    auto blob = base64_decode(base64);
    if (!blob || blob->size() < 4) return damaged("no base64 behind Public-Lines");
    Reader fields(*blob);
    const std::size_t length = fields.u32();
    if (length != type.size() || length > fields.remaining() || as_text(fields.raw(length)) != type)
      return damaged("two types of key");
    half.blob = std::move(*blob);
    return half;
  }
  return damaged("it has no Public-Lines");
}

}  // namespace ssh2core::keys
