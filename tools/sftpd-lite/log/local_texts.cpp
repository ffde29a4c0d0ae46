#include "tools/sftpd-lite/log/local_texts.h"

#include <unistd.h>

#include <array>

namespace ssh2core::tools {

std::string own_host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

std::string time_text(std::time_t time, const std::string& format, bool utc) {
  std::tm parts{};
  if (utc)
    gmtime_r(&time, &parts);
  else
    localtime_r(&time, &parts);
  std::array<char, 256> text{};
  return {text.data(), std::strftime(text.data(), text.size(), format.c_str(), &parts)};
}

}  // namespace ssh2core::tools
