#include "interop/clients/drivers/winscp_profile/profile.h"

#include <algorithm>

#include "interop/clients/drivers/winscp_profile/server_rules.h"

namespace ssh2core::winscp {

using client::Answer;
using client::SftpStatus;

namespace {

constexpr std::uint32_t kFileType = 0170000, kLink = 0120000;
constexpr std::uint32_t kOpensshPacket = 256 * 1024;  // bytes, where no limits are announced
constexpr std::uint32_t kHeaders = 1024;              // of a packet, beside the data: a safe bound

/// draft-ietf-secsh-filexfer-13 section 5.8 (vendor-id), as a request.
struct VendorIdRequest {
  static constexpr sftp::PacketType kId = sftp::PacketType::Extended;
  static constexpr std::string_view kExtension = "vendor-id";
  std::string_view vendor = "Martin Prikryl", product = "WinSCP", version = "6.6.3";
  std::uint64_t build = 0;
  static constexpr std::tuple kFields{
      sftp::VersionedField{"vendor-name", &VendorIdRequest::vendor},
      sftp::VersionedField{"product-name", &VendorIdRequest::product},
      sftp::VersionedField{"product-version", &VendorIdRequest::version},
      sftp::VersionedField{"product-build-number", &VendorIdRequest::build}};
};

bool is_link(const sftp::Attributes& attributes) {
  return (attributes.mode.value_or(0) & kFileType) == kLink;
}

}  // namespace

void Profile::require(const SftpStatus& status, std::string_view what, std::string_view path) {
  if (status.ok()) return;
  std::string text(status.message.empty() ? sftp::status_text(status.code) : status.message);
  if (status.code == sftp::Status::ConnectionLost) throw Failure("connect", text);
  throw Failure("remote", std::string(what) + " " + std::string(path) + ": " + text);
}

template <class Request>
void Profile::run(std::string_view what, std::string_view path, Request request) {
  require(link_.wait_for<SftpStatus>(request), what, path);
}

Profile::Profile(Link& link, const Task& task) : link_(link), software_(link.software()) {
  link_.start_sftp(task.sftp_version.value_or(version_to_ask(software_)));
  ask_limits();
  tell_vendor();
  folder_ = real_path(".");
  change_folder(task.base);
}

void Profile::ask_limits() {
  if (sftp().extensions().contains("limits@openssh.com")) {
    bool answered = false;
    std::uint64_t packet = 0;
    sftp().request(sftp::LimitsRequest{}, [&](const auto& given) {
      answered = true;
      if (given && given->type == sftp::PacketType::ExtendedReply)
        packet = sftp::decode_body<sftp::LimitsReply>(given->body, 3).packet;
    });
    link_.turn_until([&] { return answered; });
    if (packet > kHeaders + largest_block_)
      largest_block_ =
          static_cast<std::uint32_t>(std::min<std::uint64_t>(packet, 1 << 20)) - kHeaders;
  } else if (is_openssh(software_)) {
    largest_block_ = kOpensshPacket - kHeaders;
  }
}

void Profile::tell_vendor() {
  if (sftp().extensions().contains("vendor-id"))
    sftp().request_status(VendorIdRequest{}, [](const SftpStatus&) {});  // not waited for
}

void Profile::change_folder(const std::string& path) {
  const std::string real = real_path(path_of(path));
  const auto found =
      link_.wait_for<Answer<sftp::Attributes>>([&](auto done) { sftp().lstat(real, done); });
  require(found.status, "LSTAT", path);
  folder_ = real;
}

std::string Profile::real_path(const std::string& path) {
  const auto real = link_.wait_for<Answer<std::string>>(
      [&](auto done) { sftp().realpath(path, realpath_control(software_), done); });
  require(real.status, "REALPATH", path);
  return real.value;
}

std::string Profile::path_of(std::string_view name) const {
  if (name.starts_with('/')) return std::string(name);
  if (name.empty()) return folder_;
  return folder_ + (folder_.ends_with('/') ? "" : "/") + std::string(name);
}

std::vector<client::SftpName> Profile::list(const std::string& path) {
  const auto opened = link_.wait_for<Answer<Bytes>>([&](auto done) { sftp().opendir(path, done); });
  require(opened.status, "OPENDIR", path);
  std::vector<client::SftpName> names;
  std::optional<SftpStatus> end;
  // The next READDIR goes out before the answer to the last is looked at.
  std::function<void(const Answer<std::vector<client::SftpName>>&)> take = [&](const auto& answer) {
    if (!answer.ok()) {
      end = answer.status;
      return;
    }
    sftp().readdir(opened.value, take);
    names.insert(names.end(), answer.value.begin(), answer.value.end());
  };
  sftp().readdir(opened.value, take);
  link_.turn_until([&] { return end.has_value(); });
  if (end->code != sftp::Status::Eof) require(*end, "READDIR", path);
  run("CLOSE", path, [&](auto done) { sftp().close(opened.value, done); });
  std::erase_if(names,
                [](const auto& name) { return name.filename == "." || name.filename == ".."; });
  for (const client::SftpName& name : names)
    if (is_link(name.attributes))
      behind_link(path + (path.ends_with('/') ? "" : "/") + name.filename);
  return names;
}

std::optional<sftp::Attributes> Profile::find(const std::string& path) {
  const auto found =
      link_.wait_for<Answer<sftp::Attributes>>([&](auto done) { sftp().lstat(path, done); });
  if (found.ok()) return found.value;
  if (found.status.code != sftp::Status::NoSuchFile) require(found.status, "LSTAT", path);
  return std::nullopt;
}

sftp::Attributes Profile::look_at(const std::string& path) {
  const auto found =
      link_.wait_for<Answer<sftp::Attributes>>([&](auto done) { sftp().lstat(path, done); });
  require(found.status, "LSTAT", path);
  return is_link(found.value) ? behind_link(path).value_or(found.value) : found.value;
}

std::optional<sftp::Attributes> Profile::behind_link(const std::string& path) {
  link_.wait_for<Answer<std::string>>([&](auto done) { sftp().readlink(path, done); });
  const auto behind =
      link_.wait_for<Answer<sftp::Attributes>>([&](auto done) { sftp().stat(path, done); });
  return behind.ok() ? std::optional(behind.value) : std::nullopt;
}

void Profile::rename(const std::string& from, const std::string& to) {
  run("RENAME", from, [&](auto done) { sftp().rename(from, to, done); });
}

void Profile::make_folder(const std::string& path) {
  run("MKDIR", path,
      [&](auto done) { sftp().mkdir(path, attributes_of(sftp::FileType::Directory), done); });
}

void Profile::remove_folder(const std::string& path) {
  run("RMDIR", path, [&](auto done) { sftp().rmdir(path, done); });
}

void Profile::remove(const std::string& path) {
  run("REMOVE", path, [&](auto done) { sftp().remove(path, done); });
}

void Profile::change_mode(const std::string& path, std::uint32_t mode) {
  sftp::Attributes wanted;
  wanted.mode = mode;
  run("SETSTAT", path, [&](auto done) { sftp().setstat(path, wanted, done); });
}

void Profile::make_link(const std::string& target, const std::string& link) {
  // LINK of version 6 has one order.
  const bool as_openssh = sftp().version() >= 6 || symlink_target_first(software_);
  run("SYMLINK", link, [&](auto done) {
    sftp().symlink(as_openssh ? target : link, as_openssh ? link : target, done);
  });
}

std::string Profile::read_link(const std::string& path) {
  const auto found =
      link_.wait_for<Answer<std::string>>([&](auto done) { sftp().readlink(path, done); });
  require(found.status, "READLINK", path);
  return found.value;
}

}  // namespace ssh2core::winscp
