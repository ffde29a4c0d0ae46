// Who may log in, by stores of keys, a password file, one-time passwords, the word of a host, and a
// password made for one run.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "keys/password_file.h"
#include "libssh2core/auth/authenticator.h"
#include "tools/sftpd-lite/login/accounts.h"
#include "tools/sftpd-lite/login/dialogues.h"
#include "tools/sftpd-lite/login/hash_gate.h"
#include "tools/sftpd-lite/login/key_policy.h"
#include "tools/sftpd-lite/login/key_sources.h"
#include "tools/sftpd-lite/login/pam_login.h"

namespace ssh2core::tools {

struct AuthenticatorSettings {
  /// Stores of users' keys: paths of lists with %u, %h, %% and a leading ~, or `exec:PROGRAM`.
  std::vector<std::string> key_files;
  std::vector<std::string> host_key_files;  // likewise of clients' hosts, for hostbased
  bool match_subject = false;               // SFTPOptions MatchKeySubject
  std::optional<Account> program_account;   // as root: whom an `exec:` program runs as
  std::optional<keys::TotpFile> totp;
  std::string used_codes;             // file of the one-time passwords that were used
  bool allow_empty_passwords = true;  // as ProFTPD's AllowEmptyPasswords
  std::optional<keys::PasswordFile> passwords;
  /// The accounts of AuthUserFile and of the system; their passwords stand in `passwords`. Null:
  /// the system's.
  std::shared_ptr<const Accounts> accounts = nullptr;
  /// As root: sessions become accounts of the system, which may have expired.
  bool check_accounts = false;
  /// As root, without PAM: /etc/shadow says passwords of accounts that `passwords` does not name.
  bool shadow_passwords = false;
  PamUse pam = {};
  /// Only these may log in; empty: everyone whom `known_user` and the sources know. A list of keys
  /// that is the same for all users knows every name.
  std::vector<std::string> users;
  /// A further condition on names, asked when `users` is empty; null: none.
  std::function<bool(const std::string& user)> known_user;
  /// Whether accounts of root are refused, whatever else says that they may log in.
  bool refuse_root = false;
  /// A last condition on names, for each connection by itself; null: none.
  std::function<bool(const std::string& user)> admission = nullptr;
  /// A password of this run for one user, who is allowed then; empty: none.
  std::string one_off_user;
  Secret one_off_password;
  /// Bounds the password hashes of all processes of the listener; null: no bound.
  std::shared_ptr<HashGate> gate;
  /// How long the attempts of one connection may wait at the gate, all together.
  std::chrono::milliseconds patience{60'000};
  /// Which keys are not used, and which CAs are trusted.
  KeySettings keys = {};
  /// SFTPOptions FIDOTouchRequired and FIDOVerifyRequired: whatever a list of keys says.
  bool touch_required = false, verify_required = false;
};

/// Answers at once, blocking while a password is hashed or waits at the gate: a process serves one
/// connection. Unknown user, wrong key and wrong password take the same path and the same work.
class FileAuthenticator final : public Authenticator {
 public:
  explicit FileAuthenticator(AuthenticatorSettings settings);

  /// What the server should not start with, and what its administrator should know: a sentence
  /// each.
  std::vector<std::string> failures() const;
  std::vector<std::string> warnings() const;
  /// Which keys are not used, host keys included.
  KeyPolicy& policy() { return policy_; }

  /// A connection begins in this process: its patience starts now. `peer`: the client's address,
  /// with or without a port; empty when it has none.
  void begin(std::string_view peer = {});
  /// The files of passwords have changed.
  void set_passwords(keys::PasswordFile passwords) { settings_.passwords = std::move(passwords); }
  /// Nobody will log in here any more: the gate is closed, so that a session cannot lock it.
  void end() {
    if (settings_.gate) settings_.gate->close();
    settings_.gate.reset();
  }
  /// Wipes what passwords and codes are checked against: behind it nobody logs in by them.
  void forget();
  /// As PamTransaction::open_session() when PAM is used and the account is one of the system's.
  std::string open_session(Account& account, const std::vector<int>& connection);

  /// Whether there is a password of this run; and the same one for another set of settings.
  bool has_one_off() const { return !one_off_digest_.empty(); }
  void take_one_off(const FileAuthenticator& other) { one_off_digest_ = other.one_off_digest_; }

  NameList methods(std::string_view user) override;
  void check_key(std::string_view user, const PublicKey& key, Done done) override;
  void check_password(std::string_view user, const Secret& password, Done done) override;
  void check_account(std::string_view user, Done done) override;
  void check_host(std::string_view user, const HostClaim& claim, Done done) override;
  std::unique_ptr<Conversation> converse(std::string_view user, std::string_view driver) override;
  /// The driver that is meant where none is named; empty when there is none.
  std::string_view default_driver() const;

 private:
  AuthDecision judge_password(const std::string& user, const Secret& password);
  AuthDecision judge_own_password(const std::string& user, const Secret& password,
                                  bool allowed) const;
  PamLogin::Person person(const std::string& user, bool allowed) const;
  AuthDecision judge_code(const std::string& user, const Secret& code) const;
  const std::string& searched_name(const std::string& user, bool allowed) const;
  /// What the lists, the CAs and the rules say of a key, apart from whether it may be used at all.
  AuthDecision look_up(const std::string& searched, const std::string& user, const PublicKey& key);
  AuthDecision look_up_certificate(const std::string& searched, const std::string& user,
                                   const Certificate& certificate);
  bool is_allowed(const std::string& user) const;
  bool is_one_off(std::string_view user, const Secret& password) const;
  std::optional<bool> is_in_file(const std::string& user, const Secret& password) const;
  /// An attempt begins: whether this user may log in at all, asked once for each attempt.
  bool begin_attempt(const std::string& user) const;

  AuthenticatorSettings settings_;
  KeySources keys_, host_keys_;
  KeyRules rules_;
  KeyPolicy policy_;
  PamLogin pam_;
  std::chrono::steady_clock::time_point deadline_;
  Bytes one_off_digest_;  // SHA-256 of the password of this run; empty when there is none
};

}  // namespace ssh2core::tools
