// A configuration file as hosts with their settings: what applies to all, and what to whom.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "config/tree.h"
#include "tools/sftpd-lite/configuration/conditions.h"
#include "tools/sftpd-lite/options.h"

namespace ssh2core::tools {

/// A directive with its words, the name first; or a <Limit> of requests.
struct Setting {
  config::Place place;
  std::vector<std::string> words;  // empty: `limit` is set
  std::string directory = {};      // the path of the <Directory> around it
  std::shared_ptr<const CommandLimit> limit = {};
};

/// Settings for those whom all the conditions hold for.
struct ConditionalSettings {
  std::vector<Condition> conditions;
  std::vector<Setting> settings;
  /// Whether the client's address alone decides.
  bool before_login() const;
  bool hold(const Visitor& visitor) const;
};

/// What a host decides for each connection by itself.
struct HostRules {
  std::vector<AddressClass> classes;
  std::vector<ConditionalSettings> blocks;
  std::vector<AccessRules> access;  // all must allow
  bool allows(const Visitor& visitor) const;
};

/// A host that serves SFTP: the server config, or a <VirtualHost>.
struct HostPlan {
  config::Place place;
  std::vector<std::string> addresses;  // of <VirtualHost>; empty: the server config
  std::vector<Setting> settings;       // in the order in which they apply
  std::size_t own_from = 0;            // those before are of sections around the host
  HostRules rules;
};

struct Configuration {
  std::vector<HostPlan> hosts;  // at least one when no problem is fatal
  std::vector<config::Problem> problems;
};

/// Reads a file and what it includes. `defines` are those of -D.
Configuration load_configuration(const std::string& path, const std::set<std::string>& defines);

/// `base` with the settings of the host. What is wrong goes to `problems`, also with what holds
/// only for some.
Options options_of(const HostPlan& host, Options base, std::vector<config::Problem>& problems);

/// Applies the settings of the blocks that hold for the visitor: those for whom the address is
/// enough, or those that ask for the user as well. False when there was none.
bool apply_blocks(const HostRules& rules, const Visitor& visitor, bool after_login,
                  Options& options);

}  // namespace ssh2core::tools
