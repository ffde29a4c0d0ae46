#include "libssh2core/capture/agreed_names.h"

#include <algorithm>

namespace ssh2core {

namespace {

std::string first_common(const NameList& client, const NameList& server) {
  for (const std::string& name : client)
    if (contains(server, name)) return name;
  return {};
}

NameList without_markers(NameList names) {
  std::erase_if(names, [](const std::string& name) {
    return name == kStrictKexClient || name == kStrictKexServer || name == kExtInfoClient ||
           name == kExtInfoServer;
  });
  return names;
}

AgreedNames::Direction agree_direction(const NameList (&client)[3], const NameList (&server)[3]) {
  AgreedNames::Direction names{first_common(client[0], server[0]),
                               first_common(client[1], server[1]),
                               first_common(client[2], server[2])};
  const CipherEntry* cipher = find_cipher(names.cipher);
  if (cipher != nullptr && cipher->is_aead()) names.mac.clear();
  return names;
}

/// The row called `name`; notes the first that is missing.
template <class Find>
auto find_row(const char* what, const std::string& name, Find find, std::string& missing) {
  const auto row = find(name);
  if (row == nullptr && missing.empty())
    missing = name.empty() ? std::string("no common ") + what
                           : std::string(what) + " " + name + " is not known here";
  return row;
}

DirectionAlgorithms find_direction(const AgreedNames::Direction& names, std::string& missing) {
  DirectionAlgorithms rows;
  rows.cipher = find_row("cipher", names.cipher, find_cipher, missing);
  if (rows.cipher != nullptr && !rows.cipher->is_aead())
    rows.mac = find_row("MAC", names.mac, find_mac, missing);
  if (find_row("compression", names.compression, find_compression, missing) != nullptr)
    rows.compression = names.compression;
  return rows;
}

}  // namespace

AgreedNames agree_names(const KexInit& client, const KexInit& server) {
  AgreedNames names;
  names.kex = first_common(without_markers(client.kex), server.kex);
  names.host_key = first_common(client.host_key, server.host_key);
  names.ways[index_of(Way::ToServer)] =
      agree_direction({client.cipher_c2s, client.mac_c2s, client.compression_c2s},
                      {server.cipher_c2s, server.mac_c2s, server.compression_c2s});
  names.ways[index_of(Way::ToClient)] =
      agree_direction({client.cipher_s2c, client.mac_s2c, client.compression_s2c},
                      {server.cipher_s2c, server.mac_s2c, server.compression_s2c});
  return names;
}

bool ask_for_strict_kex(const KexInit& client, const KexInit& server) {
  return contains(client.kex, kStrictKexClient) && contains(server.kex, kStrictKexServer);
}

std::variant<NegotiatedAlgorithms, std::string> find_rows(const AgreedNames& names) {
  std::string missing;
  NegotiatedAlgorithms rows;
  rows.kex = find_row("key exchange method", names.kex, find_kex, missing);
  rows.c2s = find_direction(names.ways[index_of(Way::ToServer)], missing);
  rows.s2c = find_direction(names.ways[index_of(Way::ToClient)], missing);
  rows.host_key = find_key_algorithm(names.host_key);  // only for checking: may be unknown
  if (!missing.empty()) return missing;
  return rows;
}

TraceFields trace_fields(const AgreedNames& names) {
  const auto& in = names.ways[index_of(Way::ToServer)];
  const auto& out = names.ways[index_of(Way::ToClient)];
  return {{"kex", {names.kex}},
          {"host_key", {names.host_key}},
          {"cipher_in", {in.cipher}},
          {"cipher_out", {out.cipher}},
          {"mac_in", {in.mac}},
          {"mac_out", {out.mac}},
          {"compression_in", {in.compression}},
          {"compression_out", {out.compression}},
          {"strict_kex", {names.strict_kex}}};
}

}  // namespace ssh2core
