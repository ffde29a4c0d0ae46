// Stores of the keys which may log in: files by templates such as `/etc/keys/%u`, and programs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "keys/authorized_keys.h"
#include "keys/key_options.h"
#include "tools/sftpd-lite/login/identity.h"
#include "tools/sftpd-lite/login/trusted_file.h"

namespace ssh2core::tools {

/// The path of a template for a user: `%u` is the name, `%h` and a leading `~` the home directory,
/// `%%` a percent sign. Empty when the user's name cannot be part of a path, or when the system
/// does not know the home directory of that name.
std::string expand_key_path(std::string_view path_template, const std::string& user,
                            const AccountLookup& find = find_account);

/// True when the path is not the same for all users; an `exec:PROGRAM` is asked for each.
bool depends_on_user(std::string_view path_template);

/// Reads a list of keys safely; null: a shared one, which root or we must own.
std::variant<FileContent, FileError> read_key_list(const std::string& path, const std::string* user,
                                                   const AccountLookup& find = find_account);

/// What entries of a list are judged by, beside the key.
struct KeyRules {
  std::string address = {};                     // of the client; empty: unknown, and no from= fits
  bool match_subject = false;                   // the Subject of an RFC 4716 block must be the user
  std::optional<Account> program_account = {};  // as root: whom an `exec:` program runs as
  std::string decoy = {};  // whose list is searched in vain where a user has none; empty: nobody's
};

/// All stores of a server. They are read at each look-up, as they are then: a key that is taken out
/// of a list is out at once.
class KeySources {
 public:
  /// What a look-up found. `reason` says why a listed key was not accepted, or what of its options
  /// is ignored, for the log.
  struct Answer {
    bool listed = false;
    std::string reason;
    keys::KeyOptions options = {};  // of the entry, when listed
  };

  /// Lists that are the same for all users are also checked now.
  explicit KeySources(const std::vector<std::string>& stores, AccountLookup find = find_account);

  bool empty() const { return templates_.empty(); }
  /// Shared lists that cannot be used at all; then the server should not start.
  const std::vector<std::string>& failures() const { return failures_; }
  /// Entries of shared lists that are left out.
  const std::vector<std::string>& warnings() const { return warnings_; }
  /// Is the key listed for the user? The work is the same when it is listed nowhere or the user has
  /// no list: then the decoy's is searched, or as much text as a short list has.
  Answer find(const std::string& user, ByteView blob, const KeyRules& rules,
              keys::KeyPurpose purpose = keys::KeyPurpose::Login) const;

 private:
  void check_shared(const std::string& path);
  /// The text of a store for a user. When there is none, the reason, and another text that is only
  /// there to be searched.
  struct Loaded {
    std::string_view text;
    bool usable = true;
    std::string why = {};
  };
  Loaded load(const std::string& store, const std::string& user, ByteView blob,
              const KeyRules& rules, FileContent& content) const;
  Loaded load_decoy(const std::string& store, const std::string& user, const KeyRules& rules,
                    FileContent& content) const;

  std::vector<std::string> templates_, failures_, warnings_;
  AccountLookup find_account_;
};

}  // namespace ssh2core::tools
