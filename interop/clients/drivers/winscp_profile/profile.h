// The SFTP side of WinSCP's behaviour: what it sends at the start of a session and for each
// operation, in the version that the server agrees to.
#pragma once

#include <functional>

#include "interop/clients/drivers/winscp_profile/link.h"

namespace ssh2core::winscp {

class Profile {
 public:
  /// Starts SFTP and goes to the folder `base`. Throws Failure.
  Profile(Link& link, const Task& task);

  /// A name of the task as an absolute path.
  std::string path_of(std::string_view name) const;

  std::vector<client::SftpName> list(const std::string& path);
  /// LSTAT; of a link READLINK and STAT too, and then what is behind it if there is something.
  sftp::Attributes look_at(const std::string& path);
  /// LSTAT, or nullopt when there is nothing.
  std::optional<sftp::Attributes> find(const std::string& path);
  void rename(const std::string& from, const std::string& to);
  void make_folder(const std::string& path);
  void remove_folder(const std::string& path);
  void remove(const std::string& path);
  void change_mode(const std::string& path, std::uint32_t mode);
  void make_link(const std::string& target, const std::string& link);
  std::string read_link(const std::string& path);

  Link& link() { return link_; }
  client::SftpClient& sftp() { return link_.sftp(); }
  /// Bytes of file data that one READ or WRITE may ask the server to handle.
  std::uint32_t largest_block() const { return largest_block_; }

  /// Throws Failure unless the status is OK.
  static void require(const client::SftpStatus& status, std::string_view what,
                      std::string_view path);

 private:
  std::string real_path(const std::string& path);
  void ask_limits();
  void tell_vendor();
  void change_folder(const std::string& path);
  std::optional<sftp::Attributes> behind_link(const std::string& path);
  template <class Request>
  void run(std::string_view what, std::string_view path, Request request);

  Link& link_;
  std::string software_, folder_;
  std::uint32_t largest_block_ = 32768;
};

/// Attributes with nothing but the type, which versions 4 to 6 have beside the mode.
inline sftp::Attributes attributes_of(sftp::FileType type) {
  sftp::Attributes attributes;
  attributes.type = static_cast<std::uint8_t>(type);
  return attributes;
}

/// Which way a transfer goes on with what is there already.
enum class Resume { No, Yes };

/// Uploads or downloads one file in WinSCP's way. Throws Failure.
void upload(Profile& profile, const std::string& local, const std::string& remote, Resume resume);
void download(Profile& profile, const std::string& remote, const std::string& local, Resume resume);

}  // namespace ssh2core::winscp
