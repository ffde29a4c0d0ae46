#include "tools/sftpd-lite/session_environment.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdlib>
#include <ctime>

#include "tools/common/version.h"
#include "tools/sftpd-lite/log/event_log.h"

namespace ssh2core::tools {

namespace {

/// `address port`; empty when the other end of the descriptor is no network.
std::string name_of(int socket, decltype(getpeername) ask) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (ask(socket, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
  char text[INET6_ADDRSTRLEN] = "";
  if (storage.ss_family == AF_INET) {
    const auto* address = reinterpret_cast<const sockaddr_in*>(&storage);
    inet_ntop(AF_INET, &address->sin_addr, text, sizeof text);
    return fmt::format("{} {}", text, ntohs(address->sin_port));
  }
  if (storage.ss_family != AF_INET6) return {};
  const auto* address = reinterpret_cast<const sockaddr_in6*>(&storage);
  inet_ntop(AF_INET6, &address->sin6_addr, text, sizeof text);
  return fmt::format("{} {}", text, ntohs(address->sin6_port));
}

void set(const char* name, const std::string& value) { setenv(name, value.c_str(), 1); }

void note(const server::Negotiated& e) {
  set("SFTP_KEX_ALGO", e.kex);
  set("SFTP_HOST_KEY_ALGO", e.host_key);
  set("SFTP_CLIENT_CIPHER_ALGO", e.cipher_in);
  set("SFTP_SERVER_CIPHER_ALGO", e.cipher_out);
  set("SFTP_CLIENT_MAC_ALGO", e.mac_in);
  set("SFTP_SERVER_MAC_ALGO", e.mac_out);
  set("SFTP_CLIENT_COMPRESSION_ALGO", e.compression_in);
  set("SFTP_SERVER_COMPRESSION_ALGO", e.compression_out);
}

/// Only of what counted towards the login: mod_sftp also tells of keys that were refused.
void note(const server::AuthAttempt& e) {
  if (e.result != "accepted" && e.result != "partial") return;
  set("SFTP_USER_AUTH_METHOD", e.method);
  if (e.key_fingerprint.empty()) return;
  set("SFTP_USER_PUBLICKEY_FINGERPRINT", e.key_fingerprint);
  set("SFTP_USER_PUBLICKEY_FINGERPRINT_ALGO", "sha256");
}

}  // namespace

void apply_variables(const std::vector<VariableSetting>& variables) {
  for (const VariableSetting& one : variables)
    if (one.value)
      setenv(one.name.c_str(), one.value->c_str(), 1);
    else
      unsetenv(one.name.c_str());
  if (!variables.empty()) tzset();
}

SessionEnvironment::SessionEnvironment(server::EventSink& next, int socket) : next_(next) {
  set("SFTP", "1");
  set("SFTP_LIBRARY_VERSION", fmt::format("sftpd-lite/{}", project_version()));
  const std::string client = name_of(socket, getpeername), server = name_of(socket, getsockname);
  if (!client.empty() && !server.empty()) set("SSH_CONNECTION", client + " " + server);
}

void SessionEnvironment::on_event(const server::Event& event) {
  if (const auto* open = std::get_if<server::SessionOpen>(&event))
    set("SFTP_CLIENT_BANNER", printable(open->banner));
  if (const auto* negotiated = std::get_if<server::Negotiated>(&event)) note(*negotiated);
  if (const auto* attempt = std::get_if<server::AuthAttempt>(&event)) note(*attempt);
  next_.on_event(event);
}

}  // namespace ssh2core::tools
