// The directives about the server's own keys.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tools/sftpd-lite/directives/setters.h"
#include "tools/sftpd-lite/directives/words.h"
#include "tools/sftpd-lite/host_keys/passphrases.h"
#include "tools/sftpd-lite/log/event_log.h"

namespace ssh2core::tools {

namespace {

struct Exclusion {
  std::string_view word;
  std::string_view types;  // those that begin so
};
constexpr auto kExclusions = std::to_array<Exclusion>({
    {"NoDSA", "ssh-dss"},
    {"NoECDSA", "ecdsa-sha2-"},
    {"NoED25519", "ssh-ed25519"},
    {"NoED448", "ssh-ed448"},
    {"NoRSA", "ssh-rsa"},
});

}  // namespace

Complaint set_host_key(Words words, Options& options) {
  if (words.size() != 1)
    return "wants one file, agent:SOCKET, or NoRSA, NoDSA, NoECDSA, NoED25519 or NoED448";
  const std::string& word = words[0];
  for (const Exclusion& one : kExclusions)
    if (equal_without_case(word, one.word)) {
      options.excluded_host_keys.emplace_back(one.types);
      return {};
    }
  constexpr std::string_view kAgent = "agent:";
  const bool agent = word.starts_with(kAgent);
  if (!(agent ? std::string_view(word).substr(kAgent.size()) : word).starts_with('/'))
    return fmt::format("'{}' is no absolute path", printable(word));
  options.host_keys.push_back(word);
  return {};
}

Complaint set_pass_phrase_provider(Words words, Options& options) {
  if (words.size() != 1) return "wants one program";
  if (std::string problem = provider_problem(words[0]); !problem.empty()) return problem;
  options.passphrase_provider = words[0];
  return {};
}

}  // namespace ssh2core::tools
