#include "tools/sftpd-lite/host_keys/key_agent.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "libssh2core/wire/buffer.h"
#include "libssh2core/wire/codec.h"

namespace ssh2core::tools {

namespace {

constexpr std::uint8_t kRequestIdentities = 11, kIdentitiesAnswer = 12, kSignRequest = 13,
                       kSignResponse = 14;
constexpr std::uint32_t kRsaSha256 = 2, kRsaSha512 = 4;  // flags of a sign request
constexpr std::size_t kMostAnswer = 262144;
constexpr std::uint32_t kMostKeys = 1024;
constexpr int kPatience = 10'000;  // ms, for each piece

Bytes framed(const Buffer& message) {
  Buffer out;
  Writer(out).string(message.view());
  return out.to_bytes();
}

}  // namespace

bool is_excluded(const std::vector<std::string>& beginnings, std::string_view type) {
  return std::ranges::any_of(beginnings,
                             [type](const std::string& begin) { return type.starts_with(begin); });
}

KeyAgent::KeyAgent(KeyAgent&& other) noexcept
    : socket_(std::move(other.socket_)), fd_(std::exchange(other.fd_, -1)) {}

KeyAgent::~KeyAgent() { disconnect(); }

void KeyAgent::disconnect() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

/// Empty when connected, else why not.
std::string KeyAgent::connect() {
  if (fd_ >= 0) return {};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_.size() >= sizeof address.sun_path)
    return fmt::format("agent:{}: the path is too long for a socket", socket_);
  std::memcpy(address.sun_path, socket_.c_str(), socket_.size() + 1);
  fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd_ < 0 || ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int error = errno;
    disconnect();
    return fmt::format("agent:{}: {}; is the agent running, and may we reach its socket?", socket_,
                       strerror(error));
  }
  return {};
}

/// All of the bytes, out or in; false when the agent is gone or too slow.
bool KeyAgent::transfer(bool out, MutableView bytes) {
  while (!bytes.empty()) {
    pollfd wait{fd_, static_cast<short>(out ? POLLOUT : POLLIN), 0};
    const int ready = poll(&wait, 1, kPatience);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    const ssize_t count = out ? send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL)
                              : recv(fd_, bytes.data(), bytes.size(), 0);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

/// One question, one answer without its length. A connection that broke since is made again once.
std::variant<Bytes, std::string> KeyAgent::ask(ByteView question) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    const bool fresh = fd_ < 0;
    if (std::string why = connect(); !why.empty()) return why;
    Bytes out(question.begin(), question.end());
    Bytes length(4);
    if (transfer(true, out) && transfer(false, length)) {
      const std::uint32_t size = Reader(length).u32();
      Bytes answer(size >= 1 && size <= kMostAnswer ? size : 0);
      if (!answer.empty() && transfer(false, answer)) return answer;
      disconnect();
      return fmt::format("agent:{}: gives an answer of an impossible length, or a part of one",
                         socket_);
    }
    disconnect();
    if (fresh) break;
  }
  return fmt::format("agent:{}: does not answer", socket_);
}

std::variant<std::vector<Bytes>, std::string> KeyAgent::keys() {
  Buffer question;
  Writer(question).u8(kRequestIdentities);
  auto answer = ask(framed(question));
  if (auto* why = std::get_if<std::string>(&answer)) return std::move(*why);
  std::vector<Bytes> blobs;
  try {
    Reader r(std::get<Bytes>(answer));
    if (r.u8() != kIdentitiesAnswer) return fmt::format("agent:{}: refuses to list keys", socket_);
    const std::uint32_t count = r.u32();
    if (count > kMostKeys)
      return fmt::format("agent:{}: has more than {} keys", socket_, kMostKeys);
    for (std::uint32_t i = 0; i < count; ++i) {
      const ByteView blob = r.string();
      blobs.emplace_back(blob.begin(), blob.end());
      r.string();  // comment
    }
  } catch (const ProtocolError&) {  // not that of a connection of SSH
    return fmt::format("agent:{}: gives a malformed list of keys", socket_);
  }
  return blobs;
}

Bytes KeyAgent::sign(ByteView blob, std::string_view algorithm, ByteView data) {
  Buffer question;
  Writer w(question);
  w.u8(kSignRequest);
  w.string(blob);
  w.string(data);
  w.u32(algorithm == "rsa-sha2-256" ? kRsaSha256 : algorithm == "rsa-sha2-512" ? kRsaSha512 : 0);
  const auto answer = ask(framed(question));
  if (!std::holds_alternative<Bytes>(answer)) return {};
  try {
    Reader r(std::get<Bytes>(answer));
    if (r.u8() != kSignResponse) return {};
    const ByteView signature = r.string();
    // An agent that does not know the flags signs with SHA-1.
    if (Reader(signature).text() != algorithm) return {};
    return {signature.begin(), signature.end()};
  } catch (const ProtocolError&) {
    return {};
  }
}

std::string HostKeyRing::add_agent(const std::string& socket,
                                   const std::vector<std::string>& excluded) {
  auto agent = std::make_unique<KeyAgent>(socket);
  auto listed = agent->keys();
  if (const auto* why = std::get_if<std::string>(&listed)) return *why;
  const std::size_t before = held_.size();
  for (Bytes& blob : std::get<std::vector<Bytes>>(listed)) {
    const auto key = PublicKey::from_blob(blob);
    if (!key) continue;  // a type that we do not know, a certificate say
    const std::string type(key->type());
    if (is_excluded(excluded, type)) continue;
    held_.push_back({std::move(blob), type, agents_.size()});
  }
  agent->disconnect();
  agents_.push_back(std::move(agent));
  if (held_.size() == before)
    return fmt::format("agent:{}: has no key that a host can use", socket);
  return {};
}

const HostKeyRing::Held* HostKeyRing::find(std::string_view algorithm) const {
  const SignatureEntry* row = find_signature(algorithm);
  if (row == nullptr) return nullptr;
  const auto at = std::ranges::find(held_, row->key_type, &Held::type);
  return at == held_.end() ? nullptr : &*at;
}

ByteView HostKeyRing::public_blob(std::string_view algorithm) const {
  if (const ByteView local = local_.public_blob(algorithm); !local.empty()) return local;
  const Held* held = find(algorithm);
  return held == nullptr ? ByteView{} : ByteView{held->blob};
}

void HostKeyRing::sign(std::string_view algorithm, ByteView data, std::function<void(Bytes)> done) {
  if (!local_.public_blob(algorithm).empty()) return local_.sign(algorithm, data, std::move(done));
  const ByteView blob = public_blob(algorithm);
  sign_by(Bytes(blob.begin(), blob.end()), algorithm, data, std::move(done));
}

std::vector<Bytes> HostKeyRing::all_keys() const {
  std::vector<Bytes> blobs = local_.all_keys();
  for (const Held& held : held_)
    if (std::ranges::find(blobs, held.blob) == blobs.end()) blobs.push_back(held.blob);
  return blobs;
}

void HostKeyRing::sign_by(ByteView blob, std::string_view algorithm, ByteView data,
                          std::function<void(Bytes)> done) {
  for (const PrivateKey& key : local_.keys())
    if (std::ranges::equal(key.public_blob(), blob))
      return done(key.can_sign(algorithm) ? key.sign(algorithm, data) : Bytes{});
  for (const Held& held : held_)
    if (std::ranges::equal(held.blob, blob))
      return done(agents_[held.agent]->sign(blob, algorithm, data));
  done({});
}

}  // namespace ssh2core::tools
