#include "libssh2core/server/sftp_channel.h"

#include <algorithm>

namespace ssh2core::server {

namespace {

constexpr std::size_t kMostHandle = 32;  // bytes that are told of one

std::string to_hex(ByteView bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace

void SftpEvents::on_version(std::uint32_t version) { events_.on_event(SftpStarted{version}); }

void SftpEvents::on_client_product(const sftp::ClientProduct& product) {
  events_.on_event(ClientProduct{std::string(product.vendor), std::string(product.product),
                                 std::string(product.version), product.build});
}

void SftpEvents::on_file(const sftp::FileEvent& event) {
  events_.on_event(FileDone{std::string(to_string(event.op)), std::string(event.path),
                            std::string(event.path2), event.bytes, event.status, event.error,
                            event.aborted, event.append, event.time, event.existed, event.size,
                            protocol_});
}

void SftpEvents::on_request(const sftp::RequestEvent& event) {
  Request told{Request::Layer::Sftp, std::string(event.name), std::string(event.extension)};
  told.path = event.path;
  told.path2 = event.path2;
  told.handle = to_hex(event.handle.first(std::min(event.handle.size(), kMostHandle)));
  told.offset = event.offset;
  told.length = event.length;
  told.bytes = event.bytes;
  told.status = event.status;
  told.error = event.error;
  told.time = event.time;
  events_.on_event(told);
}

void SftpEvents::on_problem(std::string_view what) { events_.on_event(Problem{std::string(what)}); }

}  // namespace ssh2core::server
