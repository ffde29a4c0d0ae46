// A logged-in client with SFTP on a channel, and whole transfers as a client would make them.
#pragma once

#include "libssh2core/client/sftp_channel.h"
#include "libssh2core/tests/server/session_pair.h"

namespace ssh2core {

class SftpPair : public SessionPair {
 public:
  /// Logs in and starts SFTP.
  void open(client::SftpSettings settings = {});
  client::SftpClient& sftp() { return channel->client(); }
  std::unique_ptr<client::SftpChannel> channel;
  std::optional<client::SftpStatus> ready;
};

/// Writes a whole file with up to `depth` WRITEs under way.
class Upload {
 public:
  Upload(SftpPair& pair, std::string path, ByteView content, std::size_t piece, std::size_t depth);
  bool done = false;
  client::SftpStatus result;

 private:
  void go_on();
  void note(const client::SftpStatus& status);
  SftpPair& pair_;
  Bytes content_, handle_;
  std::size_t piece_, depth_, at_ = 0, under_way_ = 0;
  bool closing_ = false;
};

/// Reads a whole file with up to `depth` READs under way.
class Download {
 public:
  Download(SftpPair& pair, std::string path, std::uint32_t piece, std::size_t depth);
  bool done = false;
  client::SftpStatus result;
  Bytes content;

 private:
  void go_on();
  SftpPair& pair_;
  Bytes handle_;
  std::uint32_t piece_;
  std::size_t depth_, under_way_ = 0;
  std::uint64_t at_ = 0;
  bool end_ = false, closing_ = false;
};

/// Bytes that differ everywhere.
Bytes random_content(std::size_t size, std::uint32_t seed);

}  // namespace ssh2core
