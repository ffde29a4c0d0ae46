// The directives about how users prove who they are.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tools/sftpd-lite/directives/setters.h"
#include "tools/sftpd-lite/directives/words.h"
#include "tools/sftpd-lite/log/event_log.h"
#include "tools/sftpd-lite/login/dialogues.h"
#include "tools/sftpd-lite/login/pam.h"

namespace ssh2core::tools {

namespace {

constexpr std::string_view kInteractive = "keyboard-interactive";
constexpr std::array<std::string_view, 4> kMethods{"publickey", "password", kInteractive,
                                                   "hostbased"};
constexpr std::array<std::string_view, 3> kDrivers{kPasswordDriver, kTotpDriver, kPamDriver};

bool is_one_of(const auto& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

std::vector<std::string> strings(const auto& names) { return {names.begin(), names.end()}; }

/// The method's whole name; a driver may follow keyboard-interactive.
Complaint check_method(std::string_view element) {
  const std::size_t colon = std::min(element.find(':'), element.size());
  const std::string_view name = element.substr(0, colon);
  if (!is_one_of(kMethods, name))
    return fmt::format("no method is called '{}'; the nearest is {}", printable(name),
                       nearest_name(name, strings(kMethods)));
  if (colon == element.size()) return {};
  const std::string_view driver = element.substr(colon + 1);
  if (name != kInteractive)
    return fmt::format("'{}': only keyboard-interactive has drivers", printable(element));
  if (driver == kPamDriver && !pam_is_built())
    return "keyboard-interactive:pam: this program was built without PAM; the drivers are password "
           "and totp";
  if (!is_one_of(kDrivers, driver))
    return fmt::format("no driver of keyboard-interactive is called '{}'; the nearest is {}",
                       printable(driver), nearest_name(driver, strings(kDrivers)));
  return {};
}

/// Why a method cannot stand twice in a chain. Two keys must differ, and so must two drivers.
Complaint repeated(std::string_view chain, std::string_view element) {
  if (element == "publickey") return {};
  if (element.starts_with(kInteractive))
    return fmt::format("'{}' asks for {} twice: name another driver", printable(chain), element);
  return fmt::format("'{}' asks for {} twice", printable(chain), element);
}

/// Reads `method+method...` into `chain`.
Complaint read_chain(std::string_view text, NameList& chain) {
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('+', begin), text.size());
    const std::string element(text.substr(begin, end - begin));
    if (element.empty())
      return fmt::format("'{}' has a + without a method on each side", printable(text));
    if (auto complaint = check_method(element)) return complaint;
    if (is_one_of(chain, element))
      if (auto complaint = repeated(text, element)) return complaint;
    chain.push_back(element);
    begin = end + 1;
  }
  return {};
}

/// Reads `store:info...`; mod_sftp's stores that are databases are what programs are for.
Complaint read_stores(Words words, std::vector<std::string>& stores) {
  if (words.empty()) return "needs at least one store, file:PATH or exec:PROGRAM";
  std::vector<std::string> read;
  for (const std::string& word : words) {
    const std::size_t colon = word.find(':');
    const std::string kind = word.substr(0, colon);
    if (colon == std::string::npos)
      return fmt::format("'{}' names no store; write file:{}", printable(word), printable(word));
    if (kind == "sql" || kind == "ldap")
      return fmt::format(
          "there is no store {}:, let a program look there: exec:PROGRAM gets user, "
          "key type and fingerprint and prints keys as authorized_keys has them",
          kind);
    const std::string info = word.substr(colon + 1);
    if ((kind != "file" && kind != "exec") || info.empty())
      return fmt::format("'{}' is no store; write file:PATH or exec:PROGRAM", printable(word));
    read.push_back(kind == "exec" ? word : info);
  }
  stores = std::move(read);
  return {};
}

}  // namespace

Complaint set_auth_methods(Words words, Options& options) {
  if (words.empty()) return "needs at least one method, or methods joined with +";
  std::vector<NameList> chains;
  for (const std::string& word : words) {
    NameList chain;
    if (auto complaint = read_chain(word, chain)) return complaint;
    if (std::ranges::find(chains, chain) == chains.end()) chains.push_back(std::move(chain));
  }
  options.auth_chains = std::move(chains);
  return {};
}

Complaint set_authorized_user_keys(Words words, Options& options) {
  return read_stores(words, options.authorized_keys);
}

Complaint set_authorized_host_keys(Words words, Options& options) {
  return read_stores(words, options.authorized_host_keys);
}

Complaint set_totp_file(Words words, Options& options) {
  if (words.size() != 1 || words[0].empty()) return "wants one file, or none";
  options.totp_file = equal_without_case(words[0], "none") ? "" : words[0];
  return {};
}

Complaint set_allow_empty_passwords(Words words, Options& options) {
  const bool on = words.size() == 1 && equal_without_case(words[0], "on");
  if (!on && (words.size() != 1 || !equal_without_case(words[0], "off"))) return "wants on or off";
  options.allow_empty_passwords = on;
  return {};
}

}  // namespace ssh2core::tools
