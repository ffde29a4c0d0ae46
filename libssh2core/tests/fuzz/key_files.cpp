#include "keys/authorized_keys.h"
#include "keys/base64.h"
#include "keys/key_blacklist.h"
#include "keys/key_options.h"
#include "keys/openssh_key.h"
#include "keys/password_file.h"
#include "keys/private_key_file.h"
#include "keys/revocation_list.h"
#include "libssh2core/tests/fuzz/fuzz_input.h"
#include "libssh2core/tests/fuzz/surroundings.h"
#include "libssh2core/tests/fuzz/targets.h"

namespace ssh2core::fuzz {

namespace {

using keys::KeyFileError;

void check_private_key(std::string_view text) {
  // Without a passphrase: how long the derivation of a key takes is the file's choice (bounded, but
  // by seconds). The decryption itself has its own tests.
  const auto parsed = keys::parse_private_key(text);
  if (const auto* error = std::get_if<KeyFileError>(&parsed)) {
    require(!error->what.empty(), "an error says something");
    return;
  }
  const auto& key = std::get<PrivateKey>(parsed);
  const Secret written = keys::to_openssh_private_key(key, "comment");
  const auto again = keys::parse_private_key(as_text(written.view()));
  require(std::holds_alternative<PrivateKey>(again) &&
              std::get<PrivateKey>(again).public_blob() == key.public_blob(),
          "a private key survives being written");
}

/// Times and addresses do not matter here.
std::optional<std::string> any_entry(const keys::AuthorizedKey&) { return std::nullopt; }

/// What the entry's key is for.
keys::KeyPurpose purpose_of(const keys::AuthorizedKey& entry) {
  const auto options = keys::parse_key_options(entry.options);
  const auto* read = std::get_if<keys::KeyOptions>(&options);
  require(read != nullptr, "the options of a listed key are understood");
  return read->authority ? keys::KeyPurpose::Authority : keys::KeyPurpose::Login;
}

void check_revocation_list(ByteView input) {
  const auto parsed = keys::RevocationList::parse(input);
  if (const auto* list = std::get_if<keys::RevocationList>(&parsed))
    (void)list->problem(PublicKey::from_blob(user_key().public_blob()).value());
  else
    require(!std::get<std::string>(parsed).empty(), "an error says something");
  if (keys::blacklist_problem(input).empty()) (void)keys::is_blacklisted(input, input.first(16));
}

void check_key_list(std::string_view text) {
  const keys::KeyList list = keys::parse_authorized_keys(text);
  for (const keys::AuthorizedKey& entry : list.keys) {
    // A list is not decoded any further: who logs in with a key decodes that one.
    const auto found =
        keys::find_authorized_key(text, entry.blob, nullptr, purpose_of(entry), any_entry);
    require(found.has_value() && found->line <= entry.line, "a listed key is found");
  }
  std::vector<keys::KeyListProblem> problems;
  const ByteView mine = user_key().public_blob();
  const auto found =
      keys::find_authorized_key(text, mine, &problems, keys::KeyPurpose::Login, any_entry);
  const bool listed = std::ranges::any_of(list.keys, [&](const keys::AuthorizedKey& entry) {
    return std::ranges::equal(entry.blob, mine) && purpose_of(entry) == keys::KeyPurpose::Login;
  });
  require(found.has_value() == listed, "a key is found exactly if it is listed");
}

void check_password_file(std::string_view text) {
  const auto parsed = keys::PasswordFile::parse(text);
  const auto* file = std::get_if<keys::PasswordFile>(&parsed);
  if (file == nullptr) return;
  for (const keys::PasswordEntry& entry : file->entries()) {
    require(file->has_user(entry.user), "a listed user is known");
    const auto changed = keys::set_password(text, entry.user, entry.hash);
    const auto* again = std::get_if<std::string>(&changed);
    require(again != nullptr, "a password of a good file can be set");
    require(std::holds_alternative<keys::PasswordFile>(keys::PasswordFile::parse(*again)),
            "a password file stays good when a password is set");
  }
}

}  // namespace

void key_files(ByteView input) {
  restart_openssl_random();
  const std::string_view text = as_text(input);
  check_private_key(text);
  check_key_list(text);
  check_password_file(text);
  check_revocation_list(input);
  keys::parse_openssh_key(input, Secret());
}

}  // namespace ssh2core::fuzz
