#include "libssh2core/server/scp_channel.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>

namespace ssh2core::server {

scp::Options scp_options(scp::Options options, const sftp::ServerOptions& sftp) {
  const auto refusal = [&sftp](std::initializer_list<std::string_view> requests) {
    return std::ranges::any_of(sftp.refused_requests,
                               [&](const std::string& refused) {
                                 return std::ranges::find(requests, refused) != requests.end();
                               })
               ? EACCES
               : 0;
  };
  const auto put = [](int& place, int error) {
    if (place == 0) place = error;
  };
  put(options.refuse_read, refusal({"open", "read"}));
  put(options.refuse_list, refusal({"opendir", "readdir"}));
  put(options.refuse_write, sftp.read_only ? EROFS : refusal({"open", "write"}));
  put(options.refuse_make_directory, sftp.read_only ? EROFS : refusal({"mkdir"}));
  put(options.refuse_set, sftp.read_only ? EROFS : refusal({"setstat", "fsetstat"}));
  return options;
}

std::optional<std::string> date_text(std::string_view command, Clock::Wall now) {
  const bool utc = command == "date -u";
  if (!utc && command != "date") return std::nullopt;
  const std::time_t time = Clock::Wall::clock::to_time_t(now);
  std::tm parts{};
  if ((utc ? gmtime_r(&time, &parts) : localtime_r(&time, &parts)) == nullptr) return std::nullopt;
  // By hand: strftime speaks the language of the process.
  constexpr std::string_view kDays = "SunMonTueWedThuFriSat";
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const auto three = [](std::string_view names, int index) {
    return std::string(names.substr(static_cast<std::size_t>(index) * 3, 3));
  };
  std::array<char, 48> rest{};
  const std::size_t size = std::strftime(rest.data(), rest.size(), " %e %H:%M:%S ", &parts);
  return three(kDays, parts.tm_wday) + " " + three(kMonths, parts.tm_mon) +
         std::string(rest.data(), size) + (utc ? "UTC" : parts.tm_zone) + " " +
         std::to_string(1900 + parts.tm_year) + "\n";
}

}  // namespace ssh2core::server
