#include "tools/sftpd-lite/login/shadow.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <vector>

#include "keys/password_file.h"
#include "keys/password_hash.h"
#include "tools/common/files.h"

namespace ssh2core::tools {

namespace {

/// Calls `use` with the account's entry; false when there is none.
template <class Use>
bool with_entry(const std::string& user, Use use) {
  std::vector<char> memory(4096);
  spwd entry{};
  spwd* found = nullptr;
  while (getspnam_r(user.c_str(), &entry, memory.data(), memory.size(), &found) == ERANGE &&
         memory.size() < (1U << 20))
    memory.resize(memory.size() * 2);
  if (found != nullptr) use(*found);
  OPENSSL_cleanse(memory.data(), memory.size());
  return found != nullptr;
}

}  // namespace

std::optional<SecretText> shadow_hash(const std::string& user) {
  std::optional<SecretText> hash;
  with_entry(user, [&](const spwd& entry) { hash = SecretText(entry.sp_pwdp); });
  return hash && keys::hash_problem(*hash).empty() ? hash : std::nullopt;
}

/// Not by getspent(3), whose memory would keep a line of the file.
std::string shadow_decoy() {
  constexpr std::size_t kMost = std::size_t{16} << 20;
  const auto read = read_file("/etc/shadow", kMost);
  const auto* content = std::get_if<FileContent>(&read);
  std::string_view text = content == nullptr ? std::string_view() : content->text();
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t begin = std::min(line.find(':'), line.size() - 1) + 1;
    if (line.empty()) continue;
    const SecretText hash(line.substr(begin, line.find(':', begin) - begin));
    if (keys::hash_problem(hash).empty()) return keys::decoy_of(hash);
  }
  return keys::decoy_of(keys::hash_password(Secret(as_bytes("x"))));
}

std::string shadow_problem(const spwd& entry, long today) {
  const auto given = [](long days) { return days >= 0; };
  if (entry.sp_expire > 0 && today >= entry.sp_expire) return "the account has expired";
  if (entry.sp_lstchg == 0) return "the password must be changed first";
  if (!given(entry.sp_lstchg) || !given(entry.sp_max)) return {};
  const long age = today - entry.sp_lstchg;
  if (age <= entry.sp_max) return {};
  if (given(entry.sp_inact) && age > entry.sp_max + entry.sp_inact)
    return "the password expired so long ago that the account is disabled";
  return "the password has expired";
}

std::string shadow_problem(const std::string& user) {
  using std::chrono::system_clock;
  const auto today = std::chrono::floor<std::chrono::days>(system_clock::now()).time_since_epoch();
  std::string problem;
  with_entry(user, [&](const spwd& entry) { problem = shadow_problem(entry, today.count()); });
  return problem;
}

}  // namespace ssh2core::tools
