#include "interop/clients/drivers/winscp_profile/link.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "interop/clients/drivers/winscp_profile/offer.h"
#include "interop/clients/drivers/winscp_profile/server_rules.h"
#include "keys/private_key_file.h"

namespace ssh2core::winscp {

namespace {

constexpr int kSilence = 15000;  // milliseconds; WinSCP's own time limit

struct Addresses {
  addrinfo* list = nullptr;
  ~Addresses() {
    if (list != nullptr) ::freeaddrinfo(list);
  }
};

/// A connected socket, not blocking; -1 with errno.
int connected_socket(const addrinfo& to) {
  const int fd = ::socket(to.ai_family, to.ai_socktype | SOCK_CLOEXEC, to.ai_protocol);
  if (fd < 0) return -1;
  if (::connect(fd, to.ai_addr, to.ai_addrlen) != 0) {
    const int error = errno;
    ::close(fd);
    errno = error;
    return -1;
  }
  const int one = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  ::fcntl(fd, F_SETFL, O_NONBLOCK);
  return fd;
}

PrivateKey read_key(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!(text << file.rdbuf())) throw Failure("local", "cannot read the key " + path);
  auto parsed = keys::parse_private_key(text.str());
  if (const auto* error = std::get_if<keys::KeyFileError>(&parsed))
    throw Failure("local", path + ": " + error->what);
  return std::get<PrivateKey>(std::move(parsed));
}

}  // namespace

client::Settings Link::make_settings() const {
  client::Settings settings;
  TransportSettings& transport = settings.transport;
  transport.identification = kIdentification;
  transport.algorithms = sendable_offer(known_hosts_.types());
  const auto replace = [](NameList& names, const std::optional<NameList>& wanted) {
    if (wanted) names = *wanted;
  };
  replace(transport.algorithms.kex, task_.kex);
  replace(transport.algorithms.host_key, task_.host_key);
  replace(transport.algorithms.ciphers, task_.cipher);
  replace(transport.algorithms.macs, task_.mac);
  transport.kexinit_at_once = false;
  transport.rekey.bytes = task_.rekey_bytes.value_or(std::uint64_t{1} << 30);
  transport.rekey.time = std::chrono::minutes(60);
  settings.login_timeout = std::chrono::seconds(60);
  settings.receive = {.window = 0x7fffffff, .max_packet = 0x4000};
  return settings;
}

client::Callbacks Link::make_callbacks() {
  client::Callbacks callbacks;
  callbacks.authenticated = [this](const AuthOutcome& outcome) { outcome_ = outcome; };
  callbacks.ended = [this](const Ending& ending) { ending_ = ending; };
  return callbacks;
}

Link::Link(const Task& task)
    : task_(task),
      known_hosts_(task.known_hosts, task.host, task.port),
      settings_(make_settings()) {
  if (!task.key.empty()) key_ = read_key(task.key);
  connect();
  log_in();
}

Link::~Link() {
  channel_.reset();
  session_.reset();
  if (fd_ >= 0) ::close(fd_);
}

void Link::connect() {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  Addresses found;
  if (const int code = ::getaddrinfo(task_.host.c_str(), task_.port.c_str(), &hints, &found.list))
    throw Failure("connect", task_.host + ": " + ::gai_strerror(code));
  for (const addrinfo* to = found.list; to != nullptr && fd_ < 0; to = to->ai_next)
    fd_ = connected_socket(*to);
  if (fd_ < 0) throw Failure("connect", task_.host + ": " + std::strerror(errno));
}

void Link::log_in() {
  session_ = std::make_unique<client::Session>(
      settings_, client::Surroundings{clock_, random_, known_hosts_}, make_callbacks());
  credentials_.user = task_.user;
  credentials_.key = key_ ? &*key_ : nullptr;
  credentials_.password = task_.password ? &*task_.password : nullptr;
  if (task_.password) {
    credentials_.answer = [this](const Challenge& asked) {
      std::vector<Secret> replies;
      for (std::size_t i = 0; i < asked.prompts.size(); ++i)
        replies.emplace_back(task_.password->view());
      return replies;
    };
  }
  credentials_.query_key_first = credentials_.ask_methods_first = true;
  session_->authenticate(credentials_);
  turn_until([this] { return outcome_.has_value(); });
  if (outcome_->accepted) return;
  std::string methods;
  for (const std::string& method : outcome_->methods)
    methods += (methods.empty() ? "" : ",") + method;
  throw Failure("auth", "authentication failed; the server takes " + methods);
}

std::string Link::software() const {
  return std::string(software_of(session_->transport().peer_identification()));
}

void Link::start_sftp(sftp::ProtocolVersion version) {
  channel_.reset();
  std::optional<client::SftpStatus> ready;
  client::SftpSettings settings;
  settings.version = version;
  settings.ids = client::RequestIds::CounterAndType;
  settings.announcements = {"simple@putty.projects.tartarus.org"};
  channel_ = std::make_unique<client::SftpChannel>(
      *session_, [&ready](const client::SftpStatus& status) { ready = status; },
      std::move(settings));
  turn_until([&] { return ready.has_value(); });
  if (!ready->ok()) throw Failure("remote", "no SFTP: " + ready->message);
}

void Link::fail_ended() const {
  const Ending& end = *ending_;
  const bool no_common = end.reason == Reason::KeyExchange && end.why.starts_with("no common");
  if (end.reason == Reason::HostKey && !end.by_peer) throw Failure("hostkey", end.why);
  if (no_common) throw Failure("negotiation", end.why);
  const bool logging_in = !session_->transport().session_id().empty();
  if (logging_in && !outcome_ && end.by_peer && end.reason != Reason::Lost)
    throw Failure("auth", "the server ended the login: " + end.why);
  if (end.why == "login took too long") throw Failure("timeout", end.why);
  throw Failure("connect", end.why);
}

void Link::send_output() {
  while (true) {
    const ByteView output = session_->output();
    if (output.empty()) return;
    const ssize_t count = ::send(fd_, output.data(), output.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (count < 0) return session_->output_lost();
    session_->sent(static_cast<std::size_t>(count));
  }
}

void Link::turn() {
  send_output();
  if (ending_) fail_ended();
  pollfd wait{fd_, POLLIN, 0};
  if (!session_->output().empty()) wait.events |= POLLOUT;
  const int ready = ::poll(&wait, 1, kSilence);
  if (ready < 0 && errno == EINTR) return;
  if (ready == 0) throw Failure("timeout", "timeout: the server says nothing for 15 seconds");
  if ((wait.revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
    const MutableView room = session_->receive_room();
    const ssize_t count = ::recv(fd_, room.data(), room.size(), 0);
    if (count > 0)
      session_->received(static_cast<std::size_t>(count));
    else if (count == 0 || (errno != EAGAIN && errno != EINTR))
      session_->end_of_input();
  }
  send_output();
  const auto deadline = session_->deadline();
  if (deadline && clock_.now() >= *deadline) session_->on_deadline();
  if (ending_) fail_ended();
}

void Link::close() {
  channel_->finish();
  while (!ending_ && session_->connection().count() != 0) {
    try {
      turn();
    } catch (const Failure&) {  // the server may leave first, and need not be polite
      return;
    }
  }
  abandon();
}

void Link::abandon() {
  channel_.reset();
  session_->disconnect(Reason::ByApplication, "");
  send_output();
}

}  // namespace ssh2core::winscp
