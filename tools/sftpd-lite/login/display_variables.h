// The variables of SFTPDisplayBanner, DisplayLogin and ServerIdent.
#pragma once

#include <string>
#include <string_view>

#include "tools/sftpd-lite/access/scoreboard.h"
#include "tools/sftpd-lite/log/session_facts.h"
#include "tools/sftpd-lite/options.h"

namespace ssh2core::tools {

/// What the variables are made from.
struct DisplayMoment {
  const Options& options;
  const SessionFacts& facts;
  const Scoreboard* board;  // who is logged in; nullptr: nobody counts
  std::size_t host;         // the number of our host there
};

/// The text with the values in the place of variables; what is none stays as it is. The values are
/// not made fit for a terminal.
std::string expand_display(std::string_view text, const DisplayMoment& moment);

/// An identification (RFC 4253 section 4.2) with its %L, %V, %v and %{version} replaced; a value
/// gets `_` for what may not stand there.
std::string expand_identification(std::string_view text, const SessionFacts& facts);

}  // namespace ssh2core::tools
