#include "tools/sftpd-lite/login/banner.h"

#include <algorithm>

#include "tools/common/files.h"

namespace ssh2core::tools {

std::string to_banner(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t shown = shown_bytes(text);
    if (text[0] == '\n')
      out += "\r\n";
    else if (shown != 0 || text[0] == '\t')
      out += text.substr(0, std::max<std::size_t>(shown, 1));
    else if (!text.starts_with("\r\n"))
      out += '?';
    text.remove_prefix(std::max<std::size_t>(shown, 1));
  }
  if (!out.empty() && !out.ends_with("\r\n")) out += "\r\n";
  return out;
}

std::string banner_of_file(const std::string& path) {
  if (path.empty()) return {};
  const auto read = read_file(path, kMostBannerFile);
  const auto* content = std::get_if<FileContent>(&read);
  return content == nullptr ? std::string() : to_banner(content->text());
}

void load_banner(Service& service, std::vector<Finding>& findings) {
  const std::string& path = service.options.display_banner;
  if (path.empty()) return;
  const auto read = read_file(path, kMostBannerFile);
  if (const auto* error = std::get_if<FileError>(&read))
    findings.push_back({false, "SFTPDisplayBanner: " + error->what});
  else
    service.settings.auth_banner = to_banner(std::get<FileContent>(read).text());
}

}  // namespace ssh2core::tools
