#include "tools/sftpd-lite/login/shadow.h"

#include <openssl/crypto.h>
#include <cerrno>
#include <chrono>
#include <vector>

#include "keys/password_file.h"
#include "keys/password_hash.h"

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

std::optional<std::string> shadow_hash(const std::string& user) {
  std::optional<std::string> hash;
  with_entry(user, [&](const spwd& entry) { hash = entry.sp_pwdp; });
  return hash && keys::hash_problem(*hash).empty() ? hash : std::nullopt;
}

std::string shadow_decoy() {
  std::string hash;
  setspent();
  while (const spwd* entry = getspent())
    if (hash.empty() && keys::hash_problem(entry->sp_pwdp).empty()) hash = entry->sp_pwdp;
  endspent();
  return keys::decoy_of(hash.empty() ? keys::hash_password(Secret(as_bytes("x"))) : hash);
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
