// The directives about files that hold for whole sessions.
#include <fmt/format.h>

#include "tools/sftpd-lite/directives/file_values.h"
#include "tools/sftpd-lite/directives/setters.h"
#include "tools/sftpd-lite/directives/values.h"
#include "tools/sftpd-lite/directives/words.h"

namespace ssh2core::tools {

namespace {

Complaint set_text_filter(Words words, std::vector<NameFilter>& filters) {
  if (words.size() != 1) return "wants a regular expression, or none";
  filters.clear();
  if (equal_without_case(words[0], "none")) return {};
  return read_filter(words[0], false, false, filters.emplace_back());
}

}  // namespace

Complaint set_allow_filter(Words words, Options& options) {
  return set_text_filter(words, options.files.allow_filters);
}
Complaint set_deny_filter(Words words, Options& options) {
  return set_text_filter(words, options.files.deny_filters);
}

/// A size, and a number of files and directories.
Complaint set_quota(Words words, Options& options) {
  QuotaSettings& quota = options.files.quota;
  if (words.size() == 1 && equal_without_case(words[0], "none")) {
    quota.bytes = quota.files = 0;
    return {};
  }
  constexpr std::uint64_t kMostFiles = std::uint64_t{1} << 40;
  const auto bytes = words.size() < 2 ? std::nullopt : parse_size(words[0], words[1]);
  const auto files = words.size() == 3 ? parse_number(words[2], 1, kMostFiles) : std::uint64_t{0};
  if (!bytes || !files || words.size() > 3)
    return "wants a size like `500 Mb` and perhaps a number of files, or none";
  quota.bytes = *bytes;
  quota.files = *files;
  return {};
}

Complaint set_quota_directory(Words words, Options& options) {
  if (words.size() != 1 || !words[0].starts_with('/')) return "wants an absolute path";
  options.files.quota.directory = words[0];
  return {};
}

Complaint set_drop_box(Words words, Options& options) {
  return set_switch(words, options.files.drop_box);
}

}  // namespace ssh2core::tools
