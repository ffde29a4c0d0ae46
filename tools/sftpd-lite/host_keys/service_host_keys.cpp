#include "tools/sftpd-lite/host_keys/service_host_keys.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "keys/private_key_file.h"
#include "tools/common/files.h"
#include "tools/sftpd-lite/host_keys/host_certificates.h"
#include "tools/sftpd-lite/host_keys/host_key_files.h"
#include "tools/sftpd-lite/host_keys/state_directory.h"

namespace ssh2core::tools {

namespace {

/// Keeps a new key in the state directory.
void keep_key(const std::string& path, const PrivateKey& key, std::vector<Finding>& findings) {
  const Secret text = keys::to_openssh_private_key(key, "sftpd-lite");
  if (const auto error = write_atomically(path, text.view(), 0600, false))
    findings.push_back({true, "--state: " + error->what});
}

/// A server whose list of algorithms fits none of its keys could not prove itself to anybody.
void check_host_key_algorithms(const Service& service, std::vector<Finding>& findings) {
  const NameList& names = service.settings.transport.algorithms.host_key;
  const auto usable = [&](const std::string& name) {
    return !service.host_key_ring->public_blob(name).empty();
  };
  // Without any key the files have been complained of already.
  if (!service.host_key_ring->all_keys().empty() && !std::ranges::any_of(names, usable))
    findings.push_back({true, fmt::format("SFTPHostKeys {}: no host key of such a type is loaded; "
                                          "add one with --host-key",
                                          fmt::join(names, " "))});
}

/// What a passphrase provider is told of the server: name and port.
std::string provider_server(const Options& options) {
  return options.listen.empty() ? "localhost:22" : "localhost:" + options.listen.front();
}

constexpr std::string_view kAgentPrefix = "agent:";

/// Where the keys are, agents included. `missing` becomes the path that the state directory lacks.
std::vector<std::string> key_paths(const Options& options, std::string& missing,
                                   std::vector<Finding>& findings) {
  std::vector<std::string> paths = options.host_keys;
  if (options.state.empty()) return paths;
  auto path = state_key_path(options.state);
  if (const auto* problem = std::get_if<StateProblem>(&path)) {
    findings.push_back({true, problem->text});
    return paths;
  }
  auto& kept = std::get<std::string>(path);
  if (access(kept.c_str(), F_OK) == 0)
    paths.push_back(std::move(kept));
  else
    missing = std::move(kept);
  return paths;
}

std::vector<PrivateKey> read_keys(const Options& options, const std::vector<std::string>& paths,
                                  std::vector<Finding>& findings) {
  std::vector<PrivateKey> keys;
  for (const std::string& path : paths) {
    if (path.starts_with(kAgentPrefix)) continue;
    auto loaded = load_host_key(path, {.any_mode = options.insecure_host_key_modes,
                                       .provider = options.passphrase_provider,
                                       .server = provider_server(options),
                                       .may_ask = options.mode != Mode::Inetd});
    if (auto* key = std::get_if<PrivateKey>(&loaded))
      keys.push_back(std::move(*key));
    else
      findings.push_back({true, std::get<std::string>(loaded)});
  }
  std::erase_if(keys, [&](const PrivateKey& key) {
    return is_excluded(options.excluded_host_keys, key.type());
  });
  return keys;
}

void add_agents(Service& service, const std::vector<std::string>& paths,
                std::vector<Finding>& findings) {
  for (const std::string& path : paths) {
    if (!path.starts_with(kAgentPrefix)) continue;
    if (std::string why = service.host_key_ring->add_agent(path.substr(kAgentPrefix.size()),
                                                           service.options.excluded_host_keys);
        !why.empty())
      findings.push_back({true, "host key " + why});
  }
}

void make_host_keys(Service& service, bool create, std::vector<Finding>& findings) {
  const Options& options = service.options;
  std::string missing;
  const std::vector<std::string> paths = key_paths(options, missing, findings);
  std::vector<PrivateKey> keys = read_keys(options, paths, findings);
  const bool make_one = !missing.empty() || paths.empty();
  if (make_one && options.fips) {
    findings.push_back({true,
                        "UseFIPS: the host key that is made here is of Ed25519, which is not "
                        "approved; name an ECDSA or RSA one with --host-key"});
  } else if (make_one) {
    keys.push_back(PrivateKey::generate_ed25519());
    service.made_up_host_key = missing.empty();
    if (!missing.empty() && create) keep_key(missing, keys.back(), findings);
  }
  auto certificates = load_host_certificates(options.keys.host_certificates, keys, findings);
  service.host_keys = std::make_shared<LocalHostKeys>(std::move(keys), std::move(certificates));
  service.host_key_ring = std::make_shared<HostKeyRing>(*service.host_keys);
  add_agents(service, paths, findings);
  if (service.host_key_ring->all_keys().empty() && !options.excluded_host_keys.empty())
    findings.push_back({true, "SFTPHostKey: the words with No leave no host key"});
}

}  // namespace

void load_host_keys(Service& service, bool create, std::vector<Finding>& findings) {
  if (!service.host_keys) make_host_keys(service, create, findings);
  offer_certificates(service.host_keys->certificates(),
                     service.settings.transport.algorithms.host_key);
  check_host_key_algorithms(service, findings);
}

}  // namespace ssh2core::tools
