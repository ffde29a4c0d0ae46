// TransferRate.
#include <fmt/format.h>

#include <cmath>

#include "tools/sftpd-lite/directives/file_values.h"
#include "tools/sftpd-lite/directives/setters.h"
#include "tools/sftpd-lite/directives/values.h"
#include "tools/sftpd-lite/directives/words.h"
#include "tools/sftpd-lite/log/event_log.h"

namespace ssh2core::tools {

namespace {

constexpr auto kAllUses = static_cast<unsigned>(TransferUse::Retrieve) |
                          static_cast<unsigned>(TransferUse::Store) |
                          static_cast<unsigned>(TransferUse::Append);

/// `RETR,STOR`; STOU is a command of FTP alone, and no file here is meant by it.
Complaint read_uses(std::string_view list, unsigned& uses) {
  while (true) {
    const std::size_t end = std::min(list.find(','), list.size());
    const std::string_view name = list.substr(0, end);
    if (equal_without_case(name, "RETR"))
      uses |= static_cast<unsigned>(TransferUse::Retrieve);
    else if (equal_without_case(name, "STOR"))
      uses |= static_cast<unsigned>(TransferUse::Store);
    else if (equal_without_case(name, "APPE"))
      uses |= static_cast<unsigned>(TransferUse::Append);
    else if (!equal_without_case(name, "STOU"))
      return fmt::format("'{}' is none of APPE, RETR, STOR and STOU", printable(name));
    if (end == list.size()) return {};
    list.remove_prefix(end + 1);
  }
}

/// `KB[:FREE]`.
bool read_rate(const std::string& text, RateLimit& limit) {
  constexpr double kLeast = 0.001, kMost = 1e12;
  const std::size_t colon = std::min(text.find(':'), text.size());
  const std::string number = text.substr(0, colon);
  if (number.empty() || number.find_first_not_of("0123456789.") != std::string::npos) return false;
  std::size_t used = 0;
  double value = 0;
  try {
    value = std::stod(number, &used);
  } catch (const std::exception&) {
    return false;
  }
  if (used != number.size() || !(value >= kLeast && value <= kMost)) return false;
  limit.bytes_per_second = value * 1024;
  if (colon == text.size()) return true;
  const auto free = parse_number(text.substr(colon + 1), 0, std::uint64_t{1} << 62);
  limit.free_bytes = free.value_or(0);
  return free.has_value();
}

}  // namespace

Complaint set_transfer_rate(Words words, Options& options) {
  RateLimit made;
  made.uses = kAllUses;
  const bool none = words.size() == 1 && equal_without_case(words[0], "none");
  if (!none) {
    made.uses = 0;
    if (words.size() < 2)
      return "wants commands (RETR, STOR, APPE, with commas), and KiB a second, like `RETR 100`";
    if (Complaint complaint = read_uses(words[0], made.uses)) return complaint;
    if (!read_rate(words[1], made))
      return fmt::format(
          "'{}' is no rate: KiB a second, at least 0.001, and perhaps `:BYTES` that are free",
          printable(words[1]));
    if (Complaint complaint = read_audience(words.subspan(2), made.audience)) return complaint;
  }
  auto& rates = options.files.policy.rates;
  if (none || !rates) rates.emplace();
  // What is for some goes before what is for everybody; of that the last counts.
  auto at = std::ranges::find(*rates, Audience::Of::Everybody,
                              [](const auto& one) { return one->audience.of; });
  if (made.audience.of == Audience::Of::Everybody && at != rates->end()) {
    for (auto& one : std::ranges::subrange(at, rates->end())) {
      auto rest = std::make_shared<RateLimit>(*one);
      rest->uses &= ~made.uses;
      one = std::move(rest);
    }
    at = rates->end();
  }
  rates->insert(at, std::make_shared<const RateLimit>(std::move(made)));
  return {};
}

}  // namespace ssh2core::tools
