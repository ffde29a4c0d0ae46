// --log-mask, Trace and the flags of SafeTP's sftpd.
#include "tools/sftpd-lite/log/log_rules.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tools/common/exit_code.h"
#include "tools/sftpd-lite/directives/directives.h"
#include "tools/sftpd-lite/log/event_log.h"
#include "tools/sftpd-lite/safetp_style.h"
#include "tools/sftpd-lite/tests/temporary_directory.h"

namespace ssh2core::tools {
namespace {

TEST(LogMask, DecimalAndHexadecimal) {
  EXPECT_EQ(parse_log_mask("191"), 0xbfU);
  EXPECT_EQ(parse_log_mask("0xbf"), 0xbfU);
  EXPECT_EQ(parse_log_mask("0X1FF"), 0x1ffU);
  EXPECT_EQ(parse_log_mask("0"), 0U);
  for (const char* wrong : {"", "0x", "0x200", "512", "-1", " 1", "1 ", "bf", "0x-1", "1.5"})
    EXPECT_FALSE(parse_log_mask(wrong)) << wrong;
}

/// What a log with these rules has of a session that did everything once: the first word of each
/// line behind the session.
std::vector<std::string> kinds(LogOutputs outputs, bool traced = false) {
  const TemporaryDirectory directory;
  const std::string path = directory / "log";
  (traced ? outputs.trace : outputs.text) = LogOutput::to_file(path);
  bool first = false;
  EventLog log(outputs, "0123456789abcdef", first);
  log.on_event(server::SessionOpen{"192.0.2.1:7", "SSH-2.0-x"});
  log.on_event(server::Negotiated{});
  log.on_event(server::AuthAttempt{"ann", "password", "accepted", "", ""});
  log.on_event(server::ChannelChange{0, "open", "session"});
  log.on_event(server::SftpStarted{3});
  log.on_event(server::Request{server::Request::Layer::Ssh, "CHANNEL_OPEN", "session"});
  log.on_event(server::Request{server::Request::Layer::Sftp, "OPEN", "", "/f"});
  log.on_event(server::FileDone{"read", "/f", "", 1, 0, 0, false});
  log.on_event(server::Problem{"odd"});
  log.message(LogLevel::Error, "broken");
  log.on_event(server::SessionClose{"over", 1, 2});
  std::ifstream file(path);
  std::vector<std::string> found;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line.substr(line.find("] ") + 2));
    words >> found.emplace_back();
  }
  return found;
}

LogOutputs masked(unsigned mask) {
  LogOutputs outputs;
  outputs.mask = mask;
  return outputs;
}

using Kinds = std::vector<std::string>;

TEST(LogMask, EachBitIsAKind) {
  EXPECT_EQ(kinds(masked(kLogErrors)), Kinds{"broken"});
  EXPECT_EQ(kinds(masked(kLogWarnings)), Kinds{"problem"});
  EXPECT_EQ(kinds(masked(kLogConnections)), (Kinds{"session_open", "session_close"}));
  EXPECT_EQ(kinds(masked(kLogHandOvers)), (Kinds{"channel", "sftp"}));
  EXPECT_EQ(kinds(masked(kLogDebugging)), Kinds{"negotiated"});
  EXPECT_EQ(kinds(masked(kLogLogins)), Kinds{"auth"});
  EXPECT_EQ(kinds(masked(kLogFiles)), Kinds{"file"});
  EXPECT_EQ(kinds(masked(kLogStamps)), Kinds{});
  EXPECT_EQ(kinds(masked(kLogRequests)), (Kinds{"request", "request"}));
  EXPECT_EQ(kinds(masked(kAllLogBits)).size(), 11U);
  EXPECT_EQ(kinds({}),
            (Kinds{"session_open", "auth", "file", "problem", "broken", "session_close"}));
}

TEST(Trace, ChannelsAndLevels) {
  const auto traced = [](const char* directive) {
    Options options;
    EXPECT_EQ(apply_directive(directive, options), std::nullopt) << directive;
    LogOutputs outputs;
    outputs.traces = options.traces;
    return kinds(outputs, true);
  };
  EXPECT_EQ(traced("Trace ssh2:1"),
            (Kinds{"session_open", "auth", "problem", "broken", "session_close"}));
  EXPECT_EQ(traced("Trace sftp:9"), (Kinds{"sftp", "file", "broken"}));
  EXPECT_EQ(traced("Trace sftp:20"), (Kinds{"sftp", "request", "file", "broken"}));
  EXPECT_EQ(traced("Trace ssh2:2-4"), (Kinds{"negotiated", "broken"}));
  EXPECT_EQ(traced("Trace DEFAULT:20").size(), 11U);
  EXPECT_EQ(traced("Trace DEFAULT:20 ssh2:0"), (Kinds{"sftp", "request", "file", "broken"}));
  Options options;
  EXPECT_EQ(apply_directive("Trace auth:10 scp:20", options), std::nullopt);
  EXPECT_EQ(options.warnings.size(), 1U);
  EXPECT_NE(apply_directive("Trace ssh2:x", options), std::nullopt);
}

using Words = std::vector<std::string>;

TEST(SafeTp, FlagsHaveNamesOfOurs) {
  EXPECT_EQ(
      translate_safetp({"sftpd", "-s", "-y/var/keys", "-l/var/log/x", "-m0x81", "-d2", "-a", "-o"}),
      (Words{"sftpd", "-s", "--state", "/var/keys", "--log", "/var/log/x", "--log-mask", "0x81",
             "--log-level", "debug", "--dump-requests", "--log-stdout"}));
  EXPECT_EQ(translate_safetp({"x", "-s", "-y", "/k", "-d", "3", "-o", "Umask 027", "-o", "-a"}),
            (Words{"x", "-s", "--state", "/k", "--log-level", "debug", "--dump-requests", "-o",
                   "Umask 027", "--log-stdout", "--dump-requests"}));
}

TEST(SafeTp, OthersStayAsTheyAre) {
  const Words subsystem{"x", "--subsystem", "-d", "/home", "-l", "INFO", "-f", "AUTH"};
  EXPECT_EQ(translate_safetp(subsystem), subsystem);
}

TEST(SafeTp, WhatMeansNothingIsExplained) {
  for (const char* flag : {"-f351", "-r40000-40999", "-i192.0.2.1", "-i", "-3", "-9", "-d9", "-d"})
    EXPECT_THROW(translate_safetp({"x", "-s", flag}), ExitError) << flag;
}

}  // namespace
}  // namespace ssh2core::tools
