#include "tools/sftpd-lite/safetp_style.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tools/common/exit_code.h"

namespace ssh2core::tools {

namespace {

struct Renamed {
  std::string_view letter, flag;
};
constexpr auto kRenamed = std::to_array<Renamed>({
    {"-l", "--log"},
    {"-m", "--log-mask"},
    {"-y", "--state"},
});

struct Meaningless {
  std::string_view letter, why;
};
constexpr auto kMeaningless = std::to_array<Meaningless>({
    {"-3", "says who moves the data of FTP; SFTP has one connection, and everything is in it"},
    {"-9", "refuses plain FTP; SSH is never plain"},
    {"-f", "says where the FTP server is that SafeTP protects; sftpd-lite serves the files itself"},
    {"-i", "tells clients another address; SSH tells none"},
    {"-r", "limits the ports of FTP's data connections; SFTP has no second connection"},
});

/// -d1 says least, -d3 most.
std::vector<std::string> debug_flags(std::string_view level) {
  if (level == "0" || level == "1") return {"--log-level", "info"};
  if (level == "2") return {"--log-level", "debug"};
  if (level == "3") return {"--log-level", "debug", "--dump-requests"};
  throw ExitError(kUsage, fmt::format("-d {}: a number from 0 to 3 wanted", level));
}

}  // namespace

std::vector<std::string> translate_safetp(const std::vector<std::string>& arguments) {
  if (std::ranges::find(arguments, "-s") == arguments.end()) return arguments;
  std::vector<std::string> translated;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    const std::string letter = argument.substr(0, 2), value = argument.substr(letter.size());
    const bool last = i + 1 == arguments.size();
    for (const Meaningless& one : kMeaningless)
      if (one.letter == letter)
        throw ExitError(kUsage, fmt::format("{} {}; leave it out", one.letter, one.why));
    const auto renamed = std::ranges::find(kRenamed, letter, &Renamed::letter);
    if (renamed != kRenamed.end()) {
      translated.emplace_back(renamed->flag);
      if (!value.empty()) translated.push_back(value);
    } else if (letter == "-d") {
      if (value.empty() && last) throw ExitError(kUsage, "-d: a number from 0 to 3 wanted");
      const auto flags = debug_flags(value.empty() ? arguments[++i] : value);
      translated.insert(translated.end(), flags.begin(), flags.end());
    } else if (argument == "-a") {
      translated.emplace_back("--dump-requests");
    } else if (argument == "-o" && (last || arguments[i + 1].starts_with('-'))) {
      translated.emplace_back("--log-stdout");
    } else {
      translated.push_back(argument);
      // The value of a flag is none of SafeTP's, whatever it begins with.
      if (argument == "-o") translated.push_back(arguments[++i]);
    }
  }
  return translated;
}

}  // namespace ssh2core::tools
