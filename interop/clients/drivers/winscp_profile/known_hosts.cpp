#include "interop/clients/drivers/winscp_profile/known_hosts.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "interop/clients/drivers/winscp_profile/failure.h"
#include "keys/base64.h"

namespace ssh2core::winscp {

KnownHosts::KnownHosts(const std::string& path, const std::string& host, const std::string& port)
    : any_(path.empty()) {
  if (any_) return;
  std::ifstream file(path);
  if (!file) throw Failure("local", "cannot read " + path);
  const std::string wanted = port == "22" ? host : "[" + host + "]:" + port;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name, type, base64;
    if (!(words >> name >> type >> base64) || name != wanted) continue;
    const auto blob = keys::base64_decode(base64);
    if (!blob) throw Failure("local", "bad base64 in " + path);
    types_.push_back(type);
    blobs_.push_back(*blob);
  }
}

bool KnownHosts::accept(std::string_view, const PublicKey& key) {
  return any_ || std::ranges::find(blobs_, key.blob()) != blobs_.end();
}

}  // namespace ssh2core::winscp
