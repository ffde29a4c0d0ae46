#include "libssh2core/capture/trace.h"

#include <array>

namespace ssh2core {

std::string_view name_of(Layer layer) {
  constexpr std::array<std::string_view, 4> kNames{"transport", "auth", "connection", "sftp"};
  return kNames[static_cast<std::size_t>(layer)];
}

namespace {

std::string ipv4_text(ByteView address) {
  std::string text;
  for (const std::uint8_t byte : address)
    text.append(text.empty() ? "" : ".").append(std::to_string(unsigned{byte}));
  return text;
}

/// RFC 5952: no leading zeros, the longest run of two or more zero groups as "::".
std::string ipv6_text(ByteView address) {
  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < groups.size(); ++i)
    groups[i] = static_cast<unsigned>(address[2 * i] << 8 | address[2 * i + 1]);
  std::size_t longest = 0, run_start = 0;
  for (std::size_t i = 0; i < groups.size();) {
    std::size_t end = i;
    while (end < groups.size() && groups[end] == 0) ++end;
    if (end - i > longest && end - i > 1) {
      longest = end - i;
      run_start = i;
    }
    i = end + 1;
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (longest != 0 && i == run_start) {
      text += "::";
      i += longest - 1;
      continue;
    }
    if (!text.empty() && !text.ends_with(':')) text += ':';
    bool any = false;
    for (unsigned shift = 16; shift != 0; shift -= 4) {
      const unsigned digit = groups[i] >> (shift - 4) & 15U;
      any = any || digit != 0 || shift == 4;
      if (any) text += kDigits[digit];
    }
  }
  return text;
}

}  // namespace

std::string address_text(const CaptureEnd& end) {
  std::string text;
  if (end.ipv6)
    text.append("[").append(ipv6_text(end.address)).append("]");
  else
    text = ipv4_text(ByteView(end.address).first(4));
  return text.append(":").append(std::to_string(end.port));
}

}  // namespace ssh2core
