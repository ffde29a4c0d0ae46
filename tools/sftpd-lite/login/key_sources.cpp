#include "tools/sftpd-lite/login/key_sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "keys/key_options.h"
#include "libssh2core/crypto/hash.h"
#include "tools/sftpd-lite/access/address_patterns.h"
#include "tools/sftpd-lite/log/event_log.h"
#include "tools/sftpd-lite/login/exec_store.h"

namespace ssh2core::tools {
namespace {

constexpr std::size_t kMaxListBytes = 16 * 1024 * 1024;
constexpr std::string_view kProgramStore = "exec:", kWhat = "authorized keys";

/// Searched when a user has no list of keys. A key with these bytes is never found: it has no type.
constexpr std::string_view kDecoyList =
    "# nobody's keys\n"
    "ssh-ed25519 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA nobody\n"
    "ssh-ed25519 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA nobody\n";

/// A name from the network as part of a path: one component, and none that leads elsewhere.
bool is_path_component(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.size() <= 255 &&
         name.find('/') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

/// Why an entry with the right key does not open the user's account now.
std::optional<std::string> judge_entry(const keys::AuthorizedKey& entry, const std::string& user,
                                       const KeyRules& rules) {
  if (rules.match_subject && entry.subject && *entry.subject != user)
    return "the Subject of the block is another user";
  const auto parsed = keys::parse_key_options(entry.options);
  const auto* options = std::get_if<keys::KeyOptions>(&parsed);
  if (options == nullptr) return std::get<std::string>(parsed);
  if (options->expiry && std::chrono::system_clock::now() >= *options->expiry)
    return "the key has expired (expiry-time)";
  if (options->from && (rules.address.empty() || !address_matches(*options->from, rules.address)))
    return host_name_in(*options->from)
               ? "the key may not come from this address (from; names of hosts are not looked up)"
               : "the key may not come from this address (from)";
  return std::nullopt;
}

/// What of an entry's options does nothing: for the log; empty when all do what they say.
std::string idle_options(const keys::KeyOptions& options) {
  std::string text;
  if (options.sets_environment) text = "the option environment is ignored";
  const auto name = options.from ? host_name_in(*options.from) : std::nullopt;
  if (name)
    text += fmt::format("{}from: names of hosts are not looked up, '{}' fits none",
                        text.empty() ? "" : "; ", printable(*name));
  return text;
}

/// The type's name inside the blob of a good key.
std::string type_of(ByteView blob) {
  Reader r(blob);
  return std::string(r.text());
}

}  // namespace

std::variant<FileContent, FileError> read_key_list(const std::string& path, const std::string* user,
                                                   const AccountLookup& find) {
  const auto may_own = [user, &find](uid_t owner) {
    if (user == nullptr) return false;
    const auto account = find(*user);
    return account && account->uid == owner;
  };
  return read_trusted_file(path, kMaxListBytes, may_own, kWhat);
}

std::string expand_key_path(std::string_view path_template, const std::string& user,
                            const AccountLookup& find) {
  if (!is_path_component(user)) return {};
  std::string text(path_template);
  if (text == "~" || text.starts_with("~/")) text.replace(0, 1, "%h");
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char next = text[at] == '%' && at + 1 < text.size() ? text[at + 1] : '\0';
    if (next == 'u') {
      out += user;
    } else if (next == 'h') {
      const auto account = find(user);
      if (!account || account->home.empty()) return {};
      out += account->home;
    } else if (next == '%') {
      out += '%';
    } else {
      out += text[at];
      continue;
    }
    ++at;
  }
  return out;
}

bool depends_on_user(std::string_view path_template) {
  return path_template.starts_with(kProgramStore) || path_template == "~" ||
         path_template.starts_with("~/") || path_template.find("%u") != std::string_view::npos ||
         path_template.find("%h") != std::string_view::npos;
}

KeySources::KeySources(const std::vector<std::string>& stores, AccountLookup find)
    : templates_(stores), find_account_(std::move(find)) {
  for (const std::string& store : templates_) {
    if (store.starts_with(kProgramStore)) {
      std::string problem = untrusted_program(store.substr(kProgramStore.size()), "exec");
      if (!problem.empty()) failures_.push_back(std::move(problem));
    } else if (!depends_on_user(store)) {
      check_shared(expand_key_path(store, "-"));  // for %%
    }
  }
}

void KeySources::check_shared(const std::string& path) {
  auto content = read_key_list(path, nullptr);
  if (const auto* error = std::get_if<FileError>(&content)) {
    failures_.push_back(error->what);
    return;
  }
  const keys::KeyList list = keys::parse_authorized_keys(std::get<FileContent>(content).text());
  for (const keys::KeyListProblem& problem : list.problems)
    warnings_.push_back(fmt::format("{}:{}: {}", path, problem.line, problem.what));
  for (const keys::AuthorizedKey& key : list.keys) {
    const auto parsed = keys::parse_key_options(key.options);
    const auto* options = std::get_if<keys::KeyOptions>(&parsed);
    const std::string idle = options == nullptr ? std::string() : idle_options(*options);
    if (!idle.empty()) warnings_.push_back(fmt::format("{}:{}: {}", path, key.line, idle));
  }
  if (list.keys.empty())
    warnings_.push_back(fmt::format("authorized keys {} holds no usable key", path));
}

KeySources::Loaded KeySources::load_decoy(const std::string& store, const std::string& user,
                                          const KeyRules& rules, FileContent& content) const {
  if (rules.decoy.empty() || rules.decoy == user || !depends_on_user(store))
    return {kDecoyList, false};
  const std::string path = expand_key_path(store, rules.decoy, find_account_);
  // Not looked at on its way: that was done for the user's own, and nothing in it counts.
  auto read = read_file(path, kMaxListBytes);
  if (!std::holds_alternative<FileContent>(read)) return {kDecoyList, false};
  content = std::get<FileContent>(std::move(read));
  return {content.text(), false};
}

KeySources::Loaded KeySources::load(const std::string& store, const std::string& user,
                                    ByteView blob, const KeyRules& rules,
                                    FileContent& content) const {
  if (store.starts_with(kProgramStore)) {
    const std::string program = store.substr(kProgramStore.size());
    ProgramAnswer answer = ask_program(program, {user, type_of(blob), fingerprint_sha256(blob)},
                                       rules.program_account);
    content.bytes = Secret(as_bytes(answer.text));
    return {content.text(), true, std::move(answer.problem)};
  }
  const std::string path = expand_key_path(store, user, find_account_);
  if (path.empty()) return load_decoy(store, user, rules, content);
  auto read = read_key_list(path, depends_on_user(store) ? &user : nullptr, find_account_);
  if (auto* error = std::get_if<FileError>(&read)) {
    Loaded loaded = load_decoy(store, user, rules, content);
    loaded.why = std::move(error->what);
    return loaded;
  }
  content = std::get<FileContent>(std::move(read));
  return {content.text()};
}

KeySources::Answer KeySources::find(const std::string& user, ByteView blob, const KeyRules& rules,
                                    keys::KeyPurpose purpose) const {
  Answer answer;
  // All stores, to the end: the work must not say where a key stands.
  for (const std::string& store : templates_) {
    FileContent content;
    Loaded loaded = load(store, user, blob, rules, content);
    std::string& why = loaded.why;
    std::vector<keys::KeyListProblem> problems;
    auto found = keys::find_authorized_key(
        loaded.text, blob, &problems, purpose,
        [&](const keys::AuthorizedKey& entry) { return judge_entry(entry, user, rules); });
    if (!loaded.usable) found.reset(), problems.clear();
    const std::string name = expand_key_path(store, user, find_account_);
    if (!found && why.empty() && !problems.empty())
      why = fmt::format("{}:{}: {}", name, problems[0].line, problems[0].what);
    if (found && !answer.listed) {
      const auto parsed = keys::parse_key_options(found->options);
      if (const auto* options = std::get_if<keys::KeyOptions>(&parsed)) answer.options = *options;
      answer.reason = idle_options(answer.options);
      if (!answer.reason.empty())
        answer.reason = fmt::format("{}:{}: {}", name, found->line, answer.reason);
    }
    if (!found && !answer.listed && answer.reason.empty()) answer.reason = std::move(why);
    answer.listed |= found.has_value();
  }
  return answer;
}

}  // namespace ssh2core::tools
