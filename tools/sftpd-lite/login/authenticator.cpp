#include "tools/sftpd-lite/login/authenticator.h"

#include <fmt/format.h>

#include <algorithm>

#include "keys/certificate_rules.h"
#include "libssh2core/crypto/hash.h"
#include "tools/sftpd-lite/access/address_rules.h"
#include "tools/sftpd-lite/login/shadow.h"
#include "tools/sftpd-lite/login/used_codes.h"

namespace ssh2core::tools {

namespace {

AccountLookup lookup_in(const std::shared_ptr<const Accounts>& accounts) {
  if (accounts == nullptr) return find_account;
  return [accounts](const std::string& user) { return accounts->find_searched(user); };
}

}  // namespace

FileAuthenticator::FileAuthenticator(AuthenticatorSettings settings)
    : settings_(std::move(settings)),
      keys_(settings_.key_files, lookup_in(settings_.accounts)),
      host_keys_(settings_.host_key_files),
      rules_{.address = {},
             .match_subject = settings_.match_subject,
             .program_account = settings_.program_account,
             .decoy = settings_.accounts ? settings_.accounts->decoy() : std::string()},
      policy_(settings_.keys),
      pam_(settings_.pam) {
  begin();
  if (settings_.one_off_password.empty()) return;
  one_off_digest_ = hash("SHA256", settings_.one_off_password.view());
  settings_.one_off_password = Secret();
}

namespace {

std::vector<std::string> joined(std::vector<std::string> all,
                                const std::vector<std::string>& more) {
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace

std::vector<std::string> FileAuthenticator::failures() const {
  auto all = joined(joined(keys_.failures(), host_keys_.failures()), policy_.failures());
  if (settings_.totp)
    if (std::string problem = UsedCodes(settings_.used_codes).problem(); !problem.empty())
      all.push_back(std::move(problem));
  return all;
}

std::vector<std::string> FileAuthenticator::warnings() const {
  return joined(joined(keys_.warnings(), host_keys_.warnings()), policy_.warnings());
}

void FileAuthenticator::begin(std::string_view peer) {
  rules_.address = address_of_peer(peer);
  deadline_ = std::chrono::steady_clock::now() + settings_.patience;
  pam_.begin(rules_.address, deadline_, settings_.gate);
}

NameList FileAuthenticator::methods(std::string_view) {
  NameList names;
  if (!keys_.empty() || !settings_.keys.trusted_cas.empty()) names.push_back("publickey");
  if (!host_keys_.empty()) names.push_back("hostbased");
  if (settings_.passwords || settings_.pam.passwords || !one_off_digest_.empty())
    names.push_back("password");
  if (settings_.pam.dialogues) names.push_back("keyboard-interactive");
  return names;
}

bool FileAuthenticator::begin_attempt(const std::string& user) const {
  if (settings_.accounts) settings_.accounts->begin_attempt();
  return is_allowed(user);
}

bool FileAuthenticator::is_allowed(const std::string& user) const {
  // All are asked for every name.
  const bool admitted = !settings_.admission || settings_.admission(user);
  const bool locked = settings_.accounts && settings_.accounts->is_locked(user);
  const auto account = settings_.accounts ? settings_.accounts->find(user) : std::nullopt;
  // A name service may not mind the case; the rules do, and would not be met by another spelling.
  const bool renamed = account && account->name != user;
  const bool root = account && account->uid == 0 && settings_.refuse_root;
  const bool known = settings_.users.empty()
                         ? !settings_.known_user || settings_.known_user(user)
                         : std::ranges::find(settings_.users, user) != settings_.users.end();
  return admitted && known && !locked && !renamed && !root;
}

/// The certificates that a CA of all users made, and those of a CA that the user's list names.
AuthDecision FileAuthenticator::look_up_certificate(const std::string& searched,
                                                    const std::string& user,
                                                    const Certificate& certificate) {
  // Everything is done for every user, whatever the first step says.
  const bool is_signed = is_signed_by_its_ca(certificate, default_ca_algorithms());
  const bool trusted = policy_.trusts(certificate.ca_key);
  const KeySources::Answer listed =
      keys_.find(searched, certificate.ca_key, rules_, keys::KeyPurpose::Authority);
  keys::CertificateQuestion question;
  question.principals =
      trusted ? NameList{user} : listed.options.principals.value_or(NameList{user});
  question.now = static_cast<std::uint64_t>(
      std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()));
  question.address = rules_.address;
  const auto checked = keys::check_user_certificate(certificate, question);
  if (!is_signed) return {false, "the certificate's signature is wrong"};
  if (!trusted && !listed.listed)
    return {false, listed.reason.empty() ? "the certificate's CA is not trusted" : listed.reason};
  if (const auto* why = std::get_if<std::string>(&checked)) return {false, *why};
  const auto& grant = std::get<keys::CertificateGrant>(checked);
  AuthDecision decision{true, {}};
  // A line of a list only adds to what the certificate asks for.
  decision.touch_required = grant.touch_required || (!trusted && !listed.options.no_touch_required);
  decision.verify_required = grant.verify_required || (!trusted && listed.options.verify_required);
  return decision;
}

AuthDecision FileAuthenticator::look_up(const std::string& searched, const std::string& user,
                                        const PublicKey& key) {
  if (key.certificate() != nullptr) return look_up_certificate(searched, user, *key.certificate());
  KeySources::Answer answer = keys_.find(searched, key.blob(), rules_);
  if (!answer.listed)
    return {false, answer.reason.empty() ? "the key is not authorized" : std::move(answer.reason)};
  AuthDecision decision{true, std::move(answer.reason)};
  decision.touch_required = !answer.options.no_touch_required;
  decision.verify_required = answer.options.verify_required;
  return decision;
}

void FileAuthenticator::check_key(std::string_view user, const PublicKey& key, Done done) {
  const std::string name(user);
  const bool permitted = begin_attempt(name);
  const bool allowed = permitted || (!one_off_digest_.empty() && name == settings_.one_off_user);
  const std::string& searched = searched_name(name, allowed);
  std::string refusal = policy_.refusal(key);
  AuthDecision decision = look_up(searched, name, key);
  if (!allowed) return done({false, "the user is not permitted"});  // as long as another reason
  if (!refusal.empty()) return done({false, std::move(refusal)});
  decision.touch_required |= settings_.touch_required;
  decision.verify_required |= settings_.verify_required;
  done(decision);
}

/// For a name that may not log in the files of one that may are searched, so that it costs the
/// same.
const std::string& FileAuthenticator::searched_name(const std::string& user, bool allowed) const {
  if (allowed) return user;
  if (settings_.accounts && !settings_.accounts->decoy().empty())
    return settings_.accounts->decoy();
  return settings_.users.empty() ? user : settings_.users.front();
}

/// The host says who its user is, and is believed for that name only: whoever can be another user
/// there could be any user here otherwise.
void FileAuthenticator::check_host(std::string_view user, const HostClaim& claim, Done done) {
  const std::string name(user);
  const bool allowed = begin_attempt(name);
  KeySources::Answer answer =
      host_keys_.find(searched_name(name, allowed), claim.host_key.blob(), rules_);
  const auto said = [&](std::string_view why) {
    return fmt::format("{} (host {}, user {} there)", why, claim.client_host, claim.client_user);
  };
  const std::string refusal = policy_.refusal(claim.host_key);
  if (!allowed)
    done({false, said("the user is not permitted")});
  else if (!refusal.empty())
    done({false, said(refusal)});
  else if (!answer.listed)
    done({false, said(answer.reason.empty() ? "the host is not authorized" : answer.reason)});
  else if (claim.client_user != user)
    done({false, said("the user has another name on the client's host")});
  else
    done({true, {}});
}

/// Digests are compared, so that the time says nothing about the password's length.
bool FileAuthenticator::is_one_off(std::string_view user, const Secret& password) const {
  if (one_off_digest_.empty()) return false;
  const bool right = equal_in_constant_time(hash("SHA256", password.view()), one_off_digest_);
  return right && user == settings_.one_off_user &&
         (!settings_.admission || settings_.admission(settings_.one_off_user));
}

/// Whoever may log in. nullopt: no pass of the gate came free.
std::optional<bool> FileAuthenticator::is_in_file(const std::string& user,
                                                  const Secret& password) const {
  if (!settings_.passwords) return false;
  const auto gate = settings_.gate;  // kept until the pass is given back
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      deadline_ - std::chrono::steady_clock::now());
  const auto pass = gate == nullptr ? std::nullopt : gate->enter(left);
  if (gate != nullptr && !pass) return std::nullopt;
  // Hashed for every name, allowed or not.
  const auto shadow = settings_.shadow_passwords ? shadow_hash(user) : std::nullopt;
  return settings_.passwords->verify(user, password, shadow ? &*shadow : nullptr);
}

/// By the files, and the password of this run.
AuthDecision FileAuthenticator::judge_own_password(const std::string& user, const Secret& password,
                                                   bool allowed) const {
  // Both are asked, also when the first was right.
  const bool one_off = is_one_off(user, password);
  const std::optional<bool> in_file = is_in_file(user, password);
  const bool empty = password.empty() && !settings_.allow_empty_passwords;
  if (!empty && (one_off || (allowed && in_file.value_or(false)))) return {true, {}};
  if (!in_file) return {false, "too many passwords are being checked; try later"};
  const bool known = (allowed && settings_.passwords && settings_.passwords->has_user(user)) ||
                     (!one_off_digest_.empty() && user == settings_.one_off_user);
  if (known && empty) return {false, "empty passwords are not allowed"};
  return {false, known ? "wrong password" : "unknown user"};
}

/// PAM is asked about everybody who is not in by then.
AuthDecision FileAuthenticator::judge_password(const std::string& user, const Secret& password) {
  const bool allowed = begin_attempt(user);
  AuthDecision decision = judge_own_password(user, password, allowed);
  if (decision.accepted || !settings_.pam.passwords) return decision;
  const PamLogin::Person who = person(user, allowed);
  AuthDecision by_pam = pam_.judge(who, password);
  return who.allowed ? by_pam : decision;
}

/// Accounts of AuthUserFile have their passwords there.
PamLogin::Person FileAuthenticator::person(const std::string& user, bool allowed) const {
  PamLogin::Person who{user};
  const bool listed = settings_.accounts && settings_.accounts->is_listed(user);
  const auto account = settings_.accounts ? settings_.accounts->find(user) : find_account(user);
  who.known = !listed && account.has_value();
  who.allowed = allowed && who.known;
  return who;
}

void FileAuthenticator::check_account(std::string_view user, Done done) {
  const PamLogin::Person who = person(std::string(user), true);
  if (!settings_.check_accounts || !who.known) return done({true, {}});
  if (settings_.pam.any()) return done(pam_.check_account(who.name));
  const std::string problem = shadow_problem(who.name);
  done({problem.empty(), problem});
}

std::string FileAuthenticator::open_session(Account& account, const std::vector<int>& connection) {
  // Whether the groups come from AuthUserFile.
  if (!settings_.check_accounts || !settings_.pam.any() || account.groups) return {};
  return pam_.open_session(account, connection);
}

void FileAuthenticator::check_password(std::string_view user, const Secret& password, Done done) {
  done(judge_password(std::string(user), password));
}

AuthDecision FileAuthenticator::judge_code(const std::string& user, const Secret& code) const {
  constexpr unsigned kWindow = 1;  // steps before and after, for clocks that differ
  const auto now = std::chrono::system_clock::now();
  const bool allowed = begin_attempt(user);
  const auto match = settings_.totp->match(user, code, now, kWindow);
  std::string problem =
      UsedCodes(settings_.used_codes)
          .judge(user, match.known, match.begin,
                 std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()));
  if (problem.empty() && !allowed) problem = "the user is not permitted";
  return {problem.empty(), std::move(problem)};
}

void FileAuthenticator::forget() {
  settings_.passwords.reset();
  settings_.totp.reset();
  Secret::cleanse(one_off_digest_);
  one_off_digest_.clear();
}

std::string_view FileAuthenticator::default_driver() const {
  if (settings_.totp) return kTotpDriver;
  if (settings_.pam.dialogues) return kPamDriver;
  return settings_.passwords || !one_off_digest_.empty() ? kPasswordDriver : std::string_view();
}

std::unique_ptr<Conversation> FileAuthenticator::converse(std::string_view user,
                                                          std::string_view driver) {
  const bool any = driver.empty();
  if (any) driver = default_driver();
  const std::string name(user);
  if (driver == kPamDriver && settings_.pam.dialogues) {
    // Without a driver's name the passwords of files are as good.
    const bool allowed = begin_attempt(name);
    PamLogin::Otherwise otherwise;
    if (any && (settings_.passwords || !one_off_digest_.empty()))
      otherwise = [=, this](const Secret& answer) {
        return judge_own_password(name, answer, allowed);
      };
    return pam_.converse(person(name, allowed), std::move(otherwise));
  }
  if (driver == kPasswordDriver)
    return ask_once("Password: ",
                    [this, name](const Secret& answer) { return judge_password(name, answer); });
  if (driver == kTotpDriver && settings_.totp)
    return ask_once("One-time password: ",
                    [this, name](const Secret& answer) { return judge_code(name, answer); });
  return nullptr;
}

}  // namespace ssh2core::tools
