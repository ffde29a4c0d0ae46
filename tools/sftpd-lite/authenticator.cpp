#include "tools/sftpd-lite/authenticator.h"

#include <algorithm>

#include "libssh2core/crypto/hash.h"

namespace ssh2core::tools {

FileAuthenticator::FileAuthenticator(AuthenticatorSettings settings)
    : settings_(std::move(settings)), keys_(settings_.key_files) {
  begin();
  if (settings_.one_off_password.empty()) return;
  one_off_digest_ = hash("SHA256", settings_.one_off_password.view());
  settings_.one_off_password = Secret();
}

NameList FileAuthenticator::methods(std::string_view) {
  NameList names;
  if (!keys_.empty()) names.push_back("publickey");
  if (settings_.passwords || !one_off_digest_.empty()) names.push_back("password");
  return names;
}

bool FileAuthenticator::is_allowed(const std::string& user) const {
  if (!settings_.users.empty())
    return std::ranges::find(settings_.users, user) != settings_.users.end();
  return !settings_.known_user || settings_.known_user(user);
}

void FileAuthenticator::check_key(std::string_view user, const PublicKey& key, Done done) {
  const std::string name(user);
  const bool allowed =
      is_allowed(name) || (!one_off_digest_.empty() && name == settings_.one_off_user);
  // For a name that may not log in the files of one that may are searched, so that it costs the
  // same.
  const std::string& searched = allowed || settings_.users.empty() ? name : settings_.users.front();
  KeySources::Answer answer = keys_.find(searched, key.blob());
  if (!allowed)
    done({false, "the user is not permitted"});  // as long as the other reason
  else if (!answer.listed)
    done({false, answer.reason.empty() ? "the key is not authorized" : std::move(answer.reason)});
  else
    done({true, {}});
}

/// Digests are compared, so that the time says nothing about the password's length.
bool FileAuthenticator::is_one_off(std::string_view user, const Secret& password) const {
  if (one_off_digest_.empty()) return false;
  const bool right = equal_in_constant_time(hash("SHA256", password.view()), one_off_digest_);
  return right && user == settings_.one_off_user;
}

/// nullopt: no pass of the gate came free.
std::optional<bool> FileAuthenticator::is_in_file(const std::string& user,
                                                  const Secret& password) const {
  if (!settings_.passwords) return false;
  const auto gate = settings_.gate;  // kept until the pass is given back
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      deadline_ - std::chrono::steady_clock::now());
  const auto pass = gate == nullptr ? std::nullopt : gate->enter(left);
  if (gate != nullptr && !pass) return std::nullopt;
  // Hashed for every name, allowed or not.
  const bool right = settings_.passwords->verify(user, password);
  return right && is_allowed(user);
}

void FileAuthenticator::check_password(std::string_view user, const Secret& password, Done done) {
  const std::string name(user);
  // Both are asked, also when the first was right.
  const bool one_off = is_one_off(user, password);
  const std::optional<bool> in_file = is_in_file(name, password);
  if (one_off || in_file.value_or(false)) return done({true, {}});
  if (!in_file) return done({false, "too many passwords are being checked; try later"});
  const bool known =
      (is_allowed(name) && settings_.passwords && settings_.passwords->has_user(user)) ||
      (!one_off_digest_.empty() && name == settings_.one_off_user);
  done({false, known ? "wrong password" : "unknown user"});
}

}  // namespace ssh2core::tools
