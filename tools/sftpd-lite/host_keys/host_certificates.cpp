#include "tools/sftpd-lite/host_keys/host_certificates.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "keys/base64.h"
#include "libssh2core/crypto/hash.h"
#include "tools/common/files.h"

namespace ssh2core::tools {

namespace {

constexpr std::size_t kMostFileBytes = 64 * 1024;

/// The certificate in a line "TYPE BASE64 [COMMENT]"; nullopt when it is none.
std::optional<PublicKey> read_certificate(std::string_view text) {
  const std::size_t blank = text.find(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  text.remove_prefix(blank + 1);
  const auto blob = keys::base64_decode(text.substr(0, text.find_first_of(" \t\r\n")));
  auto key = blob ? PublicKey::from_blob(*blob) : std::nullopt;
  return key && key->certificate() != nullptr ? std::move(key) : std::nullopt;
}

std::uint64_t now() {
  return static_cast<std::uint64_t>(
      std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()));
}

/// Why it cannot be shown to clients; empty when it can.
std::string certificate_problem(const PublicKey& key, const std::vector<PrivateKey>& keys) {
  if (key.certificate()->kind != Certificate::Kind::Host)
    return "is a certificate of a user; one of a host belongs here (`ssh-keygen -h`)";
  const bool ours = std::ranges::any_of(
      keys, [&](const PrivateKey& own) { return own.public_blob() == key.plain_blob(); });
  if (!ours) return "is about a key that is none of the host keys; name it with --host-key";
  if (!is_signed_by_its_ca(*key.certificate(), default_ca_algorithms()))
    return "has a wrong signature, or one that is not trusted any more (SHA-1)";
  return {};
}

}  // namespace

std::vector<PublicKey> load_host_certificates(const std::vector<std::string>& paths,
                                              const std::vector<PrivateKey>& keys,
                                              std::vector<Finding>& findings) {
  std::vector<PublicKey> certificates;
  for (const std::string& path : paths) {
    const auto content = read_file(path, kMostFileBytes);
    if (const auto* error = std::get_if<FileError>(&content)) {
      findings.push_back({true, "SFTPHostCertificate " + error->what});
      continue;
    }
    auto certificate = read_certificate(std::get<FileContent>(content).text());
    const std::string problem =
        certificate ? certificate_problem(*certificate, keys) : "is no OpenSSH certificate";
    if (!problem.empty()) {
      findings.push_back({true, fmt::format("SFTPHostCertificate {}: {}", path, problem)});
      continue;
    }
    const Certificate& says = *certificate->certificate();
    if (now() < says.valid_after || now() >= says.valid_before)
      findings.push_back({false, fmt::format("SFTPHostCertificate {}: is not valid now; clients "
                                             "will refuse it",
                                             path)});
    certificates.push_back(std::move(*certificate));
  }
  return certificates;
}

void offer_certificates(const std::vector<PublicKey>& certificates, NameList& host_key_algorithms) {
  if (host_key_algorithms != AlgorithmLists::defaults().host_key) return;
  NameList names;
  for (const SignatureEntry& row : kCertificates) {
    const auto fits = [&row](const PublicKey& one) { return one.type() == row.key_type; };
    if (row.offer == Offer::Default && std::ranges::any_of(certificates, fits))
      names.emplace_back(row.name);
  }
  host_key_algorithms.insert(host_key_algorithms.begin(), names.begin(), names.end());
}

void check_host_keys(Service& service, std::vector<Finding>& findings) {
  KeyPolicy& policy = service.authenticator->policy();
  if (!policy.failures().empty()) return;  // has been said
  const auto check = [&](const PublicKey& key) {
    if (const std::string why = policy.refusal(key); !why.empty())
      findings.push_back(
          {true, fmt::format("host key {}: {}", fingerprint_sha256(key.plain_blob()), why)});
  };
  for (const PrivateKey& key : service.host_keys->keys())
    if (const auto half = PublicKey::from_blob(key.public_blob())) check(*half);
  for (const PublicKey& certificate : service.host_keys->certificates()) check(certificate);
}

}  // namespace ssh2core::tools
