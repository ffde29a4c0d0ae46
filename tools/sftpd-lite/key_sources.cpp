#include "tools/sftpd-lite/key_sources.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "tools/common/files.h"
#include "tools/sftpd-lite/identity.h"

namespace ssh2core::tools {
namespace {

constexpr std::size_t kMaxListBytes = 16 * 1024 * 1024;

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

/// Why a user's list cannot be trusted. It must be the user's own or root's: its owner can write it
/// whatever the mode says. Without root's rights all users are one account, so it does not matter.
std::string list_problem(const std::string& path, const std::string& user,
                         const FileContent& file) {
  if (geteuid() == 0 && file.owner != 0) {
    const auto account = find_account(user);
    if (!account || account->uid != file.owner)
      return fmt::format("authorized keys {} belongs to another user; run `chown {} {}`", path,
                         account ? user : "root", path);
  }
  return key_list_mode_problem(path, file.mode);
}

}  // namespace

std::string expand_key_path(std::string_view path_template, const std::string& user) {
  if (!is_path_component(user)) return {};
  std::string text(path_template);
  if (text == "~" || text.starts_with("~/")) text.replace(0, 1, "%h");
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char next = text[at] == '%' && at + 1 < text.size() ? text[at + 1] : '\0';
    if (next == 'u') {
      out += user;
    } else if (next == 'h') {
      const auto account = find_account(user);
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
  return path_template == "~" || path_template.starts_with("~/") ||
         path_template.find("%u") != std::string_view::npos ||
         path_template.find("%h") != std::string_view::npos;
}

std::string key_list_mode_problem(const std::string& path, mode_t mode) {
  if ((mode & 022) == 0) return {};
  return fmt::format(
      "authorized keys {} can be written by others (mode {:04o}); run `chmod go-w {}`", path,
      mode & 07777, path);
}

KeySources::KeySources(const std::vector<std::string>& path_templates)
    : templates_(path_templates) {
  for (const std::string& path : templates_)
    if (!depends_on_user(path)) check_shared(expand_key_path(path, "-"));  // for %%
}

void KeySources::check_shared(const std::string& path) {
  auto content = read_file(path, kMaxListBytes);
  if (const auto* error = std::get_if<FileError>(&content)) {
    failures_.push_back("authorized keys: " + error->what);
    return;
  }
  const auto& file = std::get<FileContent>(content);
  if (std::string problem = key_list_mode_problem(path, file.mode); !problem.empty()) {
    failures_.push_back(std::move(problem));
    return;
  }
  const keys::KeyList list = keys::parse_authorized_keys(file.text());
  for (const keys::KeyListProblem& problem : list.problems)
    warnings_.push_back(fmt::format("{}:{}: {}", path, problem.line, problem.what));
  if (list.keys.empty())
    warnings_.push_back(fmt::format("authorized keys {} holds no usable key", path));
}

/// `user`: whose own list it is; nullptr for a shared one.
KeySources::Answer KeySources::find_in_file(const std::string& path, const std::string* user,
                                            ByteView blob, keys::KeyPurpose purpose) const {
  Answer answer;
  std::string_view text = kDecoyList;
  auto content = path.empty() ? std::variant<FileContent, FileError>(FileError{})
                              : read_file(path, kMaxListBytes);
  if (const auto* file = std::get_if<FileContent>(&content)) {
    text = file->text();
    answer.reason = user != nullptr ? list_problem(path, *user, *file)
                                    : key_list_mode_problem(path, file->mode);
  } else if (!path.empty()) {
    answer.reason = std::get<FileError>(content).what;
  }
  std::vector<keys::KeyListProblem> problems;
  const auto found = keys::find_authorized_key(text, blob, &problems, purpose);
  answer.listed = found && answer.reason.empty();
  if (found)
    if (const auto options = keys::parse_key_options(found->options);
        const auto* read = std::get_if<keys::KeyOptions>(&options))
      answer.options = *read;
  if (!answer.listed && !problems.empty())
    answer.reason = fmt::format("{}:{}: {}", path, problems[0].line, problems[0].what);
  return answer;
}

KeySources::Answer KeySources::find(const std::string& user, ByteView blob,
                                    keys::KeyPurpose purpose) const {
  Answer answer;
  // All lists, to the end: the work must not say where a key stands.
  for (const std::string& path_template : templates_) {
    const bool own = depends_on_user(path_template);
    Answer one =
        find_in_file(expand_key_path(path_template, user), own ? &user : nullptr, blob, purpose);
    if (one.listed && !answer.listed) answer.options = std::move(one.options);
    answer.listed |= one.listed;
    if (answer.reason.empty()) answer.reason = std::move(one.reason);
  }
  if (answer.listed) answer.reason.clear();
  return answer;
}

}  // namespace ssh2core::tools
