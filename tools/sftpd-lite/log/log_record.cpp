#include "tools/sftpd-lite/log/log_record.h"

#include <fmt/format.h>

#include <array>

#include "libssh2core/sftp/status.h"

namespace ssh2core::tools {

namespace {

double seconds_of(std::chrono::steady_clock::duration time) {
  return std::chrono::duration<double>(time).count();
}

/// The name of an extension among mod_sftp's requests.
std::string_view method_of_extension(std::string_view extension) {
  struct Row {
    std::string_view extension, method;
  };
  constexpr auto kRows = std::to_array<Row>({{"fsync@openssh.com", "FSYNC"},
                                             {"hardlink@openssh.com", "HARDLINK"},
                                             {"home-directory", "HOMEDIR"},
                                             {"posix-rename@openssh.com", "RENAME"}});
  for (const Row& row : kRows)
    if (row.extension == extension) return row.method;
  return "EXTENDED";
}

void append_word(std::string& text, std::string_view word) {
  if (word.empty()) return;
  if (!text.empty()) text += ' ';
  text += word;
}

/// The text of an errno, or of a status.
std::string answer_text(std::uint32_t status, int error) {
  if (error != 0) return std::string(sftp::error_text(error));
  return std::string(sftp::status_text(static_cast<sftp::Status>(status)));
}

LogRecord record_of(const server::Request& e, const SessionFacts& facts) {
  LogRecord record;
  record.method = e.name;
  record.arguments = e.argument;
  if (e.layer == server::Request::Layer::Ssh) return record;
  record.protocol = "sftp";
  if (e.name == "EXTENDED") {
    record.method = method_of_extension(e.argument);
    if (record.method != "EXTENDED") record.arguments.clear();
  }
  const bool of_handle = !e.handle.empty();
  append_word(record.arguments, of_handle ? e.handle : e.path);
  append_word(record.arguments, e.path2);
  if (e.offset) append_word(record.arguments, std::to_string(*e.offset));
  if (e.length) append_word(record.arguments, std::to_string(*e.length));
  if (!e.path.empty()) record.path = client_path(facts.home, e.path);
  if (e.status) {
    record.status = std::to_string(*e.status);
    record.response = answer_text(*e.status, e.error);
    record.failed = *e.status > 1;
  }
  record.bytes = e.bytes;
  record.offset = e.offset;
  record.directory =
      e.name == "MKDIR" || e.name == "RMDIR" || e.name == "OPENDIR" || e.name == "READDIR";
  record.seconds = seconds_of(e.time);
  return record;
}

/// How FTP would have called what was done to a file, and how it would have answered.
struct Command {
  std::string_view op, method, code, text;
};
constexpr auto kCommands = std::to_array<Command>({
    {"read", "RETR", "226", "Transfer complete"},
    {"write", "STOR", "226", "Transfer complete"},
    {"list", "MLSD", "226", "Transfer complete"},
    {"remove", "DELE", "250", "DELE command successful"},
    {"make_directory", "MKD", "257", "Directory created"},
    {"remove_directory", "RMD", "250", "RMD command successful"},
    {"rename", "RNTO", "250", "Rename successful"},
});

std::vector<LogRecord> records_of_file(const server::FileDone& e, const SessionFacts& facts) {
  const auto command = std::ranges::find(kCommands, e.op, &Command::op);
  if (command == kCommands.end()) return {};
  LogRecord record;
  record.protocol = e.protocol == server::FileProtocol::Scp ? "scp" : "sftp";
  record.method = e.op == "write" && e.append ? "APPE" : std::string(command->method);
  record.path = client_path(facts.home, e.path2.empty() ? e.path : e.path2);
  record.arguments = record.path;
  record.failed = e.status != 0;
  record.aborted = e.aborted;
  record.status = record.failed ? "550" : e.aborted ? "426" : std::string(command->code);
  record.response = record.failed ? answer_text(e.status, e.error)
                    : e.aborted   ? "Transfer aborted"
                                  : std::string(command->text);
  record.transfer = e.op == "read" || e.op == "write";
  record.directory = command->method == "MLSD" || command->method.ends_with("D");
  if (record.transfer) record.bytes = e.bytes;
  record.size = e.size;
  record.existed = e.existed;
  if (record.transfer || e.op == "list") record.seconds = seconds_of(e.time);
  if (e.op != "rename") return {record};
  LogRecord from = record;
  record.renamed = client_path(facts.home, e.path);
  from.method = "RNFR";
  from.path = from.arguments = record.renamed;
  if (!from.failed) {
    from.status = "350";
    from.response = "File or directory exists, ready for destination name";
  }
  return {from, record};
}

/// A decided attempt, as if the user had typed a name and a password.
std::vector<LogRecord> records_of_login(const server::AuthAttempt& e) {
  const bool accepted = e.result == "accepted";
  if (!accepted && e.result != "refused") return {};
  LogRecord user, pass;
  user.method = "USER";
  user.arguments = e.user;
  user.status = "331";
  user.response = "Password required";
  pass.method = "PASS";
  pass.arguments = "(hidden)";
  pass.status = accepted ? "230" : "530";
  pass.response = accepted ? "User logged in" : "Login incorrect.";
  pass.failed = !accepted;
  return {user, pass};
}

}  // namespace

std::vector<LogRecord> records_of(const server::Event& event, const SessionFacts& facts) {
  if (const auto* request = std::get_if<server::Request>(&event))
    return {record_of(*request, facts)};
  if (const auto* done = std::get_if<server::FileDone>(&event))
    return records_of_file(*done, facts);
  if (const auto* attempt = std::get_if<server::AuthAttempt>(&event))
    return records_of_login(*attempt);
  if (const auto* close = std::get_if<server::SessionClose>(&event)) {
    LogRecord record;
    record.method = "EXIT";
    record.end_reason = close->reason;
    return {record};
  }
  return {};
}

}  // namespace ssh2core::tools
