#include "tools/sftpd-lite/login/key_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "keys/authorized_keys.h"
#include "keys/key_blacklist.h"
#include "libssh2core/crypto/hash.h"
#include "tools/sftpd-lite/login/trusted_file.h"

namespace ssh2core::tools {

namespace {

constexpr std::size_t kMostFileBytes = std::size_t{64} << 20;

bool same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
         a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec &&
         a.st_ctim.tv_sec == b.st_ctim.tv_sec && a.st_ctim.tv_nsec == b.st_ctim.tv_nsec;
}

}  // namespace

KeyPolicy::KeyPolicy(KeySettings settings) : settings_(std::move(settings)) {
  revoked_file_.path = settings_.revoked;
  ca_file_.path = settings_.trusted_cas;
  open_blacklist();
  refresh(revoked_file_,
          [this](const FileContent& file) { return parse_revoked(file.bytes.view()); });
  refresh(ca_file_, [this](const FileContent& file) { return parse_cas(file.text()); });
  for (const Watched* file : {&revoked_file_, &ca_file_})
    if (!file->problem.empty()) failures_.push_back(file->problem);
}

/// Reads the file if it is another one than the last time; notes what is wrong with it.
template <class Parse>
void KeyPolicy::refresh(Watched& file, Parse parse) {
  if (file.path.empty()) return;
  struct stat now{};
  if (stat(file.path.c_str(), &now) == 0 && file.read && same_file(now, file.seen)) return;
  file.seen = now;
  file.read = true;
  const auto content =
      read_trusted_file(file.path, kMostFileBytes, [](uid_t) { return false; }, file.directive);
  if (const auto* error = std::get_if<FileError>(&content)) {
    file.problem = error->what;
    file.read = false;
    return;
  }
  if (file.problem = parse(std::get<FileContent>(content)); !file.problem.empty())
    file.problem = fmt::format("{} {}: {}", file.directive, file.path, file.problem);
}

void KeyPolicy::open_blacklist() {
  const std::string path = settings_.blacklist.value_or(kDefaultBlacklist);
  if (path.empty()) return;
  auto opened = MappedFile::open(path, kMostFileBytes);
  if (auto* file = std::get_if<MappedFile>(&opened)) {
    if (const std::string problem = keys::blacklist_problem(file->view()); problem.empty())
      blacklist_.emplace(std::move(*file));
    else
      failures_.push_back(fmt::format("SFTPKeyBlacklist {}: {}", path, problem));
    return;
  }
  const auto& error = std::get<FileError>(opened);
  if (settings_.blacklist || error.error != ENOENT)
    failures_.push_back("SFTPKeyBlacklist " + error.what);
  else
    warnings_.push_back(
        fmt::format("weak keys of 2008 are not looked for: there is no {}; name a "
                    "list with SFTPKeyBlacklist, or none",
                    path));
}

std::string KeyPolicy::parse_revoked(ByteView text) {
  auto parsed = keys::RevocationList::parse(text);
  if (const auto* problem = std::get_if<std::string>(&parsed)) return *problem;
  revoked_ = std::get<keys::RevocationList>(std::move(parsed));
  return {};
}

/// Keys of CAs, a line each. A line that is not understood could be one that was meant.
std::string KeyPolicy::parse_cas(std::string_view text) {
  keys::KeyList list = keys::parse_authorized_keys(text);
  if (!list.problems.empty())
    return fmt::format("line {}: {}", list.problems[0].line, list.problems[0].what);
  if (list.keys.empty()) return "holds no key of a CA";
  std::vector<Bytes> cas;
  for (keys::AuthorizedKey& key : list.keys) {
    if (!key.options.empty())
      return fmt::format("line {}: options have no meaning for a CA of all users", key.line);
    cas.push_back(std::move(key.blob));
  }
  cas_ = std::move(cas);
  return {};
}

std::string KeyPolicy::weakness(std::string_view plain_type, int bits, ByteView plain_blob) const {
  if (std::string problem = keys::key_limit_problem(settings_.limits, plain_type, bits);
      !problem.empty())
    return problem;
  if (!blacklist_) return {};
  const auto listed =
      keys::is_blacklisted(blacklist_->view(), hash_without_fips("MD5", plain_blob));
  if (!listed) return "the list of weak keys is damaged";
  return *listed ? "the key is on the list of weak keys" : "";
}

std::string KeyPolicy::refusal(const PublicKey& key) {
  if (!failures_.empty()) return failures_.front();
  refresh(revoked_file_,
          [this](const FileContent& file) { return parse_revoked(file.bytes.view()); });
  if (!revoked_file_.problem.empty()) return revoked_file_.problem;
  if (std::string problem = weakness(key.plain_type(), key.bits(), key.plain_blob());
      !problem.empty())
    return problem;
  if (key.certificate() != nullptr) {
    const auto ca = PublicKey::from_blob(key.certificate()->ca_key);
    if (!ca) return "the CA of the certificate has a key of an unknown kind";
    if (std::string problem = weakness(ca->plain_type(), ca->bits(), ca->plain_blob());
        !problem.empty())
      return "the CA of the certificate: " + problem;
  }
  return revoked_ ? revoked_->problem(key).value_or("") : "";
}

bool KeyPolicy::trusts(ByteView ca_key) {
  refresh(ca_file_, [this](const FileContent& file) { return parse_cas(file.text()); });
  if (!ca_file_.problem.empty()) return false;
  return std::ranges::any_of(cas_, [&](const Bytes& ca) { return std::ranges::equal(ca, ca_key); });
}

}  // namespace ssh2core::tools
