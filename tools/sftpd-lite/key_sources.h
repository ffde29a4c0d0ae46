// Files that list the keys which may log in, by templates such as `/etc/keys/%u`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "keys/authorized_keys.h"
#include "keys/key_options.h"

namespace ssh2core::tools {

/// The path of a template for a user: `%u` is the name, `%h` and a leading `~` the home directory,
/// `%%` a percent sign. Empty when the user's name cannot be part of a path, or when the system
/// does not know the home directory of that name.
std::string expand_key_path(std::string_view path_template, const std::string& user);

/// True when the path is not the same for all users.
bool depends_on_user(std::string_view path_template);

/// Why a list of keys with these permission bits must not be trusted: one sentence with the cure;
/// empty when nobody but its owner can write it.
std::string key_list_mode_problem(const std::string& path, mode_t mode);

/// All lists of a server. They are read at each look-up, as they are then: a key that is taken out
/// of a list is out at once.
class KeySources {
 public:
  /// What a look-up found. `reason` says why a listed key was not accepted, for the log.
  struct Answer {
    bool listed = false;
    std::string reason;
    keys::KeyOptions options = {};  // of the entry, when listed
  };

  /// Lists that are the same for all users are also checked now.
  explicit KeySources(const std::vector<std::string>& path_templates);

  bool empty() const { return templates_.empty(); }
  /// Shared lists that cannot be used at all; then the server should not start.
  const std::vector<std::string>& failures() const { return failures_; }
  /// Entries of shared lists that are left out.
  const std::vector<std::string>& warnings() const { return warnings_; }
  /// Is the key listed for the user? The work is the same when it is listed nowhere or the user has
  /// no list: then as much text is searched as a short list has.
  Answer find(const std::string& user, ByteView blob,
              keys::KeyPurpose purpose = keys::KeyPurpose::Login) const;

 private:
  void check_shared(const std::string& path);
  Answer find_in_file(const std::string& path, const std::string* user, ByteView blob,
                      keys::KeyPurpose purpose) const;

  std::vector<std::string> templates_, failures_, warnings_;
};

}  // namespace ssh2core::tools
