// The directives about the time until a user is logged in.
#include <fmt/format.h>

#include <algorithm>

#include "tools/sftpd-lite/directives/setters.h"
#include "tools/sftpd-lite/directives/values.h"
#include "tools/sftpd-lite/directives/words.h"
#include "tools/sftpd-lite/log/event_log.h"

namespace ssh2core::tools {

namespace {

// RFC 4253 section 4.2: the line is at most 255 bytes, CR LF included.
constexpr std::string_view kProtocol = "SSH-2.0-";
constexpr std::size_t kLongestIdent = 255 - kProtocol.size() - 2;

/// Whether the word in front of others is meant as a version, not as the beginning of a sentence.
bool is_version(std::string_view word) {
  return word.find_first_of("0123456789_") != std::string_view::npos;
}

}  // namespace

Complaint set_display_banner(Words words, Options& options) {
  if (words.size() != 1 || words[0].empty()) return "wants one file, or none";
  options.display_banner = equal_without_case(words[0], "none") ? "" : words[0];
  return {};
}

Complaint set_max_login_attempts(Words words, Options& options) {
  constexpr std::uint64_t kMost = 1'000'000;
  const bool none = words.size() == 1 && equal_without_case(words[0], "none");
  const auto number = words.size() == 1 ? parse_number(words[0], 1, kMost) : std::nullopt;
  if (!none && !number) return fmt::format("wants a number from 1 to {}, or none", kMost);
  options.max_login_attempts = static_cast<unsigned>(number.value_or(0));
  return {};
}

/// RFC 4253 section 4.2: softwareversion is printable US-ASCII without blanks and minus; comments
/// may follow behind a blank.
Complaint set_server_ident(Words words, Options& options) {
  const bool on = !words.empty() && equal_without_case(words[0], "on");
  const bool off = words.size() == 1 && equal_without_case(words[0], "off");
  if ((!on && !off) || words.size() > 2) return "wants off, or: on [\"TEXT\"]";
  const std::string own = TransportSettings().identification;
  if (words.size() == 1) {
    options.transport.identification = own;
    return {};
  }
  const std::string& text = words[1];
  const auto printable_ascii = [](char c) { return c >= ' ' && c <= '~'; };
  if (!std::ranges::all_of(text, printable_ascii))
    return "the text must be printable US-ASCII (RFC 4253 section 4.2)";
  const std::string_view version = std::string_view(text).substr(0, text.find(' '));
  if (version.empty()) return "the text must begin with a name, without a blank before it";
  if (version.find('-') != std::string_view::npos)
    return fmt::format("'{}' holds a minus, which RFC 4253 section 4.2 forbids in the first word",
                       version);
  if (version.size() != text.size() && !is_version(version))
    return fmt::format(
        "'{}' is a sentence, and clients take its first word for the software: "
        "write a name, or a version with comments such as \"Name_1.0 comment\"",
        text);
  if (text.size() > kLongestIdent)
    return fmt::format("the text is longer than {} characters", kLongestIdent);
  options.transport.identification = fmt::format("{}{}", kProtocol, text);
  return {};
}

}  // namespace ssh2core::tools
