#include "libssh2core/transport/negotiation.h"

#include <algorithm>

namespace ssh2core {

namespace {

std::string join(const NameList& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
  // Lists come from the peer and end up in a log line: bounded and printable.
  constexpr std::size_t kMost = 400;
  if (text.size() > kMost) text = text.substr(0, kMost) + "...";
  for (char& c : text)
    if (c < ' ' || c > '~') c = '?';
  return text.empty() ? "nothing" : text;
}

/// Collects the first failure instead of stopping at each list.
class Chooser {
 public:
  template <class Find>
  auto choose(const char* what, const NameList& client, const NameList& server, Find find)
      -> decltype(find(std::string_view())) {
    for (const std::string& name : client)
      if (contains(server, name))
        if (const auto row = find(name)) return row;
    if (error_.empty())
      error_ = std::string("no common ") + what + " (client: " + join(client) +
               "; server: " + join(server) + ")";
    return {};
  }
  const std::string& error() const { return error_; }

 private:
  std::string error_;
};

DirectionAlgorithms choose_direction(Chooser& chooser, const NameList (&client)[3],
                                     const NameList (&server)[3]) {
  DirectionAlgorithms chosen;
  chosen.cipher = chooser.choose("cipher", client[0], server[0], find_cipher);
  if (chosen.cipher != nullptr && !chosen.cipher->is_aead())
    chosen.mac = chooser.choose("MAC", client[1], server[1], find_mac);
  const CompressionEntry* const compression =
      chooser.choose("compression", client[2], server[2], find_compression);
  if (compression != nullptr) chosen.compression = compression->name;
  return chosen;
}

}  // namespace

bool contains(const NameList& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

void require_sane(const KexInit& init) {
  constexpr std::size_t kMostNames = 1024;
  for (const NameList* list :
       {&init.kex, &init.host_key, &init.cipher_c2s, &init.cipher_s2c, &init.mac_c2s, &init.mac_s2c,
        &init.compression_c2s, &init.compression_s2c, &init.language_c2s, &init.language_s2c})
    if (list->size() > kMostNames)
      throw ProtocolError(Reason::Protocol, "KEXINIT with too many names");
}

std::variant<NegotiatedAlgorithms, std::string> negotiate(const KexInit& client,
                                                          const KexInit& server) {
  Chooser chooser;
  NegotiatedAlgorithms chosen;
  chosen.kex = chooser.choose("key exchange method", client.kex, server.kex, find_kex);
  chosen.host_key =
      chooser.choose("host key algorithm", client.host_key, server.host_key, find_key_algorithm);
  chosen.c2s =
      choose_direction(chooser, {client.cipher_c2s, client.mac_c2s, client.compression_c2s},
                       {server.cipher_c2s, server.mac_c2s, server.compression_c2s});
  chosen.s2c =
      choose_direction(chooser, {client.cipher_s2c, client.mac_s2c, client.compression_s2c},
                       {server.cipher_s2c, server.mac_s2c, server.compression_s2c});
  if (!chooser.error().empty()) return chooser.error();
  return chosen;
}

bool guess_is_right(const KexInit& client, const KexInit& server) {
  const auto same_first = [](const NameList& a, const NameList& b) {
    return !a.empty() && !b.empty() && a.front() == b.front();
  };
  return same_first(client.kex, server.kex) && same_first(client.host_key, server.host_key);
}

}  // namespace ssh2core
