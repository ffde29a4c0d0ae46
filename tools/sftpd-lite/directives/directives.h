// The settings that have names of ProFTPD: the table of directives, from which `-o`, its help and
// the check of docs/directives.md come.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tools/sftpd-lite/options.h"

namespace ssh2core::tools {

/// Why a directive is refused, in one line without the directive's own name.
using Complaint = std::optional<std::string>;
/// The words behind a directive's name.
using Words = std::span<const std::string>;

/// Where a directive has an effect: for every connection that speaks SSH; for the process that
/// listens, which counts connections; or everywhere, also with --subsystem.
enum class Reach { Ssh, Listening, Everywhere };

/// How late a directive can take effect, and so in which sections of a configuration it may stand.
enum class Stage {
  Program,     // once for the program: outside of all sections, or in <Global>
  Host,        // for each host: also in <VirtualHost>
  Connection,  // also in <IfClass>: decided when the client's address is known
  Login,       // also in <IfUser> and <IfGroup>: takes effect after the login
  Directory,   // also in <Directory>
};

struct Directive {
  std::string_view name;    // as the manual writes it; compared without case
  std::string_view values;  // what follows the name, for people
  std::string_view help;    // one line
  Reach reach;
  std::string_view flag;  // the flag that sets the same; empty: none does
  /// May also append to options.warnings what the administrator should know.
  Complaint (*apply)(Words values, Options& options);
  Stage stage = Stage::Connection;
};

/// Every directive that is built, in alphabetical order.
std::span<const Directive> directives();

/// The directive of a `Name value...` text; nullptr when nothing is called so.
const Directive* find_directive(std::string_view text);
/// The directive of this very name.
const Directive* find_directive_name(std::string_view name);
/// Sets what `text` says. The complaint, if any, is a whole sentence with the directive's name in
/// it; the options are then as they were or partly set.
Complaint apply_directive(std::string_view text, Options& options);

/// The answer to `-o help`: each directive with its values, and below it, indented, its help.
std::string directive_help();
/// The narrowest section for a stage in help and documents.
std::string_view stage_name(Stage stage);
/// The word for a reach in help and documents.
std::string_view reach_name(Reach reach);

}  // namespace ssh2core::tools
