#include "tools/sftpd-lite/algorithms/dh_groups_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "keys/dh_parameters.h"
#include "libssh2core/crypto/transient_rsa.h"
#include "tools/common/files.h"

namespace ssh2core::tools {

namespace {

constexpr std::size_t kMostFileBytes = std::size_t{4} << 20;
// Of one size: OpenSSH's moduli has some seventy, which would take half a minute to test.
constexpr std::size_t kMostOfOneSize = 4;
constexpr std::size_t kMostFaultsTold = 5;

void warn(std::vector<Finding>& findings, const std::string& path, const std::string& what) {
  findings.push_back({false, fmt::format("SFTPDHParamFile {}: {}", path, what)});
}

void tell_faults(const keys::DhParameterFile& file, const std::string& path,
                 std::vector<Finding>& findings) {
  for (std::size_t i = 0; i < std::min(file.faults.size(), kMostFaultsTold); ++i)
    warn(findings, fmt::format("{}:{}", path, file.faults[i].line),
         file.faults[i].why + "; it is not used");
  if (file.faults.size() > kMostFaultsTold)
    warn(findings, path, fmt::format("{} more such entries", file.faults.size() - kMostFaultsTold));
}

/// Some of each size, from the beginning to the end of the file.
std::vector<DhGroup> take_some(std::map<unsigned, std::vector<DhGroup>> by_size) {
  std::vector<DhGroup> some;
  for (auto& [bits, groups] : by_size) {
    const std::size_t count = std::min(groups.size(), kMostOfOneSize);
    for (std::size_t i = 0; i < count; ++i)
      some.push_back(std::move(groups[i * groups.size() / count]));
  }
  return some;
}

/// The groups of the file that may be given.
std::vector<DhGroup> usable_groups(keys::DhParameterFile file, const std::string& path,
                                   unsigned least_bits, std::vector<Finding>& findings) {
  std::map<unsigned, std::vector<DhGroup>> by_size;
  std::size_t small = 0, large = 0;
  for (auto& entry : file.groups) {
    if (entry.bits < least_bits)
      ++small;
    else if (entry.bits > kMostDhBits)
      ++large;
    else
      by_size[entry.bits].push_back(std::move(entry.group));
  }
  if (small != 0)
    warn(findings, path,
         fmt::format("{} group{} of less than {} bits will not be used", small,
                     small == 1 ? "" : "s", least_bits));
  if (large != 0)
    warn(findings, path,
         fmt::format("{} group{} of more than {} bits will not be used", large,
                     large == 1 ? "" : "s", kMostDhBits));
  return take_some(std::move(by_size));
}

std::shared_ptr<const DhGroups> read_groups(const std::string& path, unsigned least_bits,
                                            bool thorough, std::vector<Finding>& findings) {
  const auto read = read_file(path, kMostFileBytes);
  if (const auto* error = std::get_if<FileError>(&read)) {
    findings.push_back({true, "SFTPDHParamFile: " + error->what});
    return nullptr;
  }
  auto file = keys::parse_dh_parameters(std::get<FileContent>(read).text());
  tell_faults(file, path, findings);
  auto groups =
      std::make_shared<DhGroups>(usable_groups(std::move(file), path, least_bits, findings), false);
  if (thorough)
    for (const DhGroup& dropped : groups->test())
      warn(findings, path,
           fmt::format("a group of {} bits is not used: its modulus is no safe prime",
                       bits_of(dropped.prime)));
  if (!groups->empty()) return groups;
  warn(findings, path, "no usable group; those of RFC 3526 are given instead");
  return nullptr;
}

bool uses_transient_rsa(const NameList& methods) {
  return std::ranges::any_of(methods, [](const std::string& name) {
    const KexEntry* kex = find_kex(name);
    return kex != nullptr && kex->shape == KexShape::RsaTransport;
  });
}

}  // namespace

void load_dh_groups(Service& service, bool thorough, std::vector<Finding>& findings) {
  const Options& o = service.options;
  TransportSettings& transport = service.settings.transport;
  GroupExchangeSettings& settings = transport.group_exchange;
  if (o.allow_weak_dh) {
    constexpr std::string_view kWeak = "diffie-hellman-group1-sha1";
    settings.least_bits = kLeastDhBits;
    if (transport.algorithms.kex == AlgorithmLists::defaults().kex)
      transport.algorithms.kex.emplace_back(kWeak);
    findings.push_back({false,
                        "SFTPOptions AllowWeakDH: key exchange in groups of 1024 bits is allowed; "
                        "who has the means of a state can break it"});
  }
  if (!o.dh_param_file.empty())
    settings.groups = read_groups(o.dh_param_file, settings.least_bits, thorough, findings);
  if (!settings.groups && o.allow_weak_dh)
    settings.groups = std::make_shared<DhGroups>(settings.least_bits);
  if (uses_transient_rsa(transport.algorithms.kex))
    transport.transient_rsa_keys = std::make_shared<TransientRsaKeys>();
}

}  // namespace ssh2core::tools
