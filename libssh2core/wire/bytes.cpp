#include "libssh2core/wire/bytes.h"

#include <algorithm>

namespace ssh2core {

ByteView Reader::mpint() {
  ByteView value = string();
  if (!value.empty() && (value[0] & 0x80) != 0)
    throw ProtocolError(Reason::Protocol, "negative number where a positive one is required");
  while (!value.empty() && value[0] == 0) value = value.subspan(1);
  return value;
}

NameList Reader::name_list() {
  const std::string_view list = text();
  NameList names;
  std::size_t start = 0;
  while (start < list.size()) {
    const std::size_t comma = std::min(list.find(',', start), list.size());
    if (comma > start) names.emplace_back(list.substr(start, comma - start));
    start = comma + 1;
  }
  return names;
}

bool equal_in_constant_time(ByteView a, ByteView b) {
  if (a.size() != b.size()) return false;
  std::uint8_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference = static_cast<std::uint8_t>(difference | (a[i] ^ b[i]));
  return difference == 0;
}

}  // namespace ssh2core
