// TransferLog and ExtendedLog: lines, formats, classes, and where they may lie.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "tools/common/exit_code.h"
#include "tools/sftpd-lite/directives/directives.h"
#include "tools/sftpd-lite/log/log_files.h"
#include "tools/sftpd-lite/log/session_logs.h"
#include "tools/sftpd-lite/log/transfer_log.h"
#include "tools/sftpd-lite/tests/temporary_directory.h"

namespace ssh2core::tools {
namespace {

using namespace std::chrono_literals;

SessionFacts facts() {
  SessionFacts f;
  f.address = f.host = "192.0.2.7";
  f.local_address = "192.0.2.1";
  f.port = 4711;
  f.local_port = 22;
  f.server_name = "Files";
  f.root = "/srv/files";
  f.user = "ann";
  f.group = "staff";
  f.home = "/home/ann";
  f.uid = 1000;
  f.gid = 50;
  return f;
}

server::FileDone file(std::string op, std::string path) {
  return {std::move(op), std::move(path), "", 5000, 0, 0, false};
}

std::string content(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(TransferLine, HasTheFieldsOfXferlog) {
  setenv("TZ", "UTC", 1);
  tzset();
  server::FileDone done = file("write", "/a b\n.txt");
  done.time = 2500ms;
  EXPECT_EQ(transfer_line(facts(), done, 1700000000),
            "Tue Nov 14 22:13:20 2023 2 192.0.2.7 5000 /srv/files/a_b_.txt b _ i r ann sftp 0 * c");
  EXPECT_EQ(
      transfer_line(facts(), file("read", "x"), 1698796800),
      "Wed Nov  1 00:00:00 2023 0 192.0.2.7 5000 /srv/files/home/ann/x b _ o r ann sftp 0 * c");
}

TEST(TransferLine, TellsWhatIsIncomplete) {
  server::FileDone done = file("read", "/x");
  done.aborted = true;
  EXPECT_TRUE(transfer_line(facts(), done, 0).ends_with(" o r ann sftp 0 * i"));
  done.aborted = false;
  done.status = 4;
  EXPECT_TRUE(transfer_line(facts(), done, 0).ends_with(" o r ann sftp 0 * i"));
}

TEST(TransferLine, OnlyTransfersAndRemovals) {
  server::FileDone gone = file("remove", "/x");
  gone.size = 7;
  gone.bytes = 0;
  EXPECT_NE(transfer_line(facts(), gone, 0).find(" 7 /srv/files/x b _ d r ann "),
            std::string::npos);
  gone.status = 3;
  EXPECT_EQ(transfer_line(facts(), gone, 0), "");
  for (const char* op : {"open", "list", "rename", "make_directory", "copy", "set_attributes"})
    EXPECT_EQ(transfer_line(facts(), file(op, "/x"), 0), "") << op;
}

/// Sixteen words, whatever the names are: blanks of all kinds, controls, invalid UTF-8, nothing.
TEST(TransferLine, NamesForgeNoFields) {
  SessionFacts odd = facts();
  for (const char* name : {"a b", "a\tb\nc", "\xff\xfe",
                           "\xc2\x9b"
                           "31m",
                           "\xe2\x80\xae", "\x1b[0m", ""}) {
    odd.user = odd.host = name;
    const std::string line = transfer_line(odd, file("read", std::string("/") + name), 0);
    std::istringstream words(line);
    std::size_t count = 0;
    for (std::string word; words >> word;) ++count;
    EXPECT_EQ(count, 18U) << line;
    EXPECT_EQ(line.find_first_of("\n\x1b\x9b\xff"), std::string::npos);
  }
}

TEST(ClientPath, IsAbsoluteAndClean) {
  EXPECT_EQ(client_path("/home/ann", "x"), "/home/ann/x");
  EXPECT_EQ(client_path("/home/ann", "../bob/./y/"), "/home/bob/y");
  EXPECT_EQ(client_path("/", "../../.."), "/");
  EXPECT_EQ(client_path("", ""), "/");
  SessionFacts whole = facts();
  whole.root = "/";
  EXPECT_EQ(system_path(whole, "/x"), "/x");
  EXPECT_EQ(system_path(facts(), "/"), "/srv/files");
}

std::string line_of(std::string_view format, const LogRecord& record) {
  const SessionFacts f = facts();
  return LogFormat(format).line(
      {f, record, "ann", 10, 20, std::chrono::system_clock::time_point(1700000000123456us)});
}

LogRecord retr() {
  server::FileDone done = file("read", "a \"b\"");
  done.time = 1500ms;
  done.size = 9000;
  return records_of(done, facts()).at(0);
}

TEST(LogFormat, EveryVariableOfATransfer) {
  setenv("TZ", "UTC", 1);
  tzset();
  const LogRecord r = retr();
  EXPECT_EQ(
      line_of(LogFormat::kDefault, r),
      R"(192.0.2.7 UNKNOWN ann [14/Nov/2023:22:13:20 +0000] "RETR /home/ann/a \"b\"" 226 5000)");
  EXPECT_EQ(line_of("%a %A %c %D %E %g %H %I %L %m %O %p %u %U %v %w", r),
            "192.0.2.7 UNKNOWN - - - staff 192.0.2.1 10 192.0.2.1 RETR 20 22 ann ann Files -");
  EXPECT_EQ(line_of("%f|%F|%J|%S|%T|%R|%b", r),
            R"(/srv/files/home/ann/a \"b\"|/home/ann/a \"b\"|/home/ann/a \"b\"|)"
            "Transfer complete|1.500|1500|5000");
  EXPECT_EQ(line_of("%{transfer-status} %{transfer-failure} %{transfer-type} %{transfer-millisecs} "
                    "%{file-size} %{file-modified} %{protocol} %{basename}",
                    r),
            "success - binary 1500 9000 false sftp a \\\"b\\\"");
  EXPECT_EQ(line_of("%{uid} %{gid} %{remote-port} %{epoch} %{millisecs} %{microsecs} %{iso8601} "
                    "%{%Y}t %{time:%H}",
                    r),
            "1000 50 4711 1700000000 123 123456 2023-11-14 22:13:20,123 2023 22");
  EXPECT_EQ(line_of("%P", r), std::to_string(getpid()));
}

TEST(LogFormat, UnknownVariablesStay) {
  EXPECT_EQ(line_of("100%% %X %{note:x} %{zzz} %{open %", retr()),
            "100% %X %{note:x} %{zzz} %{open %");
  setenv("RECORDS_TEST",
         "an\x1b"
         "other",
         1);
  EXPECT_EQ(line_of("%{RECORDS_TEST}e %{env:RECORDS_TEST} %{NO_SUCH_THING}e", retr()),
            "an\\x1bother an\\x1bother -");
}

/// A walk through all cuts of a format: none may fail, whatever it ends in.
TEST(LogFormat, AnyTextIsAFormat) {
  const std::string all = "%h%%%{%Y}t%{SFTP}e%{uid}%{time:%j}%{x%";
  for (std::size_t length = 0; length <= all.size(); ++length)
    for (std::size_t from = 0; from <= length; ++from)
      (void)line_of(all.substr(from, length - from), retr());
  for (const std::string& name : LogFormat::variables()) {
    const std::string format = name.size() == 1 ? "%" + name : "%{" + name + "}";
    EXPECT_NE(line_of(format, retr()), format);
  }
}

TEST(LogRecords, ARenameIsTwo) {
  server::FileDone done{"rename", "/a", "b", 0, 0, 0, false};
  const auto records = records_of(done, facts());
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(line_of("%r %s %w", records[0]), "RNFR /a 350 -");
  EXPECT_EQ(line_of("%r %s %w", records[1]), "RNTO /home/ann/b 250 /srv/files/a");
}

TEST(LogRecords, LoginsHideTheirSecrets) {
  const auto refused =
      records_of(server::AuthAttempt{"eve", "password", "refused", "", "wrong"}, facts());
  ASSERT_EQ(refused.size(), 2U);
  EXPECT_EQ(line_of("%r %s", refused[0]), "USER eve 331");
  EXPECT_EQ(line_of("%r %s", refused[1]), "PASS (hidden) 530");
  EXPECT_TRUE(
      records_of(server::AuthAttempt{"eve", "publickey", "query", "", ""}, facts()).empty());
}

ClassFilter classes(std::string_view text) { return std::get<ClassFilter>(parse_classes(text)); }

TEST(LogClasses, AsTheManualHasThem) {
  EXPECT_TRUE(classes("READ").takes(classes_of("RETR")));
  EXPECT_TRUE(classes("read|WRITE").takes(classes_of("STOR")));
  EXPECT_FALSE(classes("READ").takes(classes_of("STOR")));
  EXPECT_TRUE(classes("SEC").takes(classes_of("NEWKEYS")));
  EXPECT_TRUE(classes("AUTH").takes(classes_of("USERAUTH_REQUEST")));
  EXPECT_TRUE(classes("SSH").takes(classes_of("CHANNEL_OPEN")));
  EXPECT_TRUE(classes("SFTP").takes(classes_of("OPEN")));
  EXPECT_TRUE(classes("MISC,INFO").takes(classes_of("REALPATH")));
  EXPECT_FALSE(classes("ALL").takes(classes_of("EXIT")));
  EXPECT_TRUE(classes("EXIT").takes(classes_of("EXIT")));
  EXPECT_TRUE(classes("ALL").takes(classes_of("something else")));
  EXPECT_FALSE(classes("NONE").takes(classes_of("RETR")));
}

TEST(LogClasses, AnUnwantedClassWins) {
  EXPECT_FALSE(classes("DIRS,!WRITE").takes(classes_of("MKD")));
  EXPECT_TRUE(classes("DIRS,!WRITE").takes(classes_of("MLSD")));
  EXPECT_TRUE(classes("!SFTP,!SSH").takes(classes_of("RETR")));
  EXPECT_FALSE(classes("!SFTP,!SSH").takes(classes_of("OPEN")));
  EXPECT_TRUE(classes("ALL,NONE,READ").takes(classes_of("RETR")));
  for (const char* wrong : {"", "READS", "READ,", "!", "READ WRITE"})
    EXPECT_TRUE(std::holds_alternative<std::string>(parse_classes(wrong))) << wrong;
}

TEST(LogFiles, OnlyWhereOthersCannotReplaceThem) {
  const TemporaryDirectory directory;
  const std::string path = directory / "log";
  EXPECT_FALSE(log_path_fault(path, false));
  EXPECT_EQ(fcntl(open_log(path, false).get(), F_GETFL) & O_APPEND, O_APPEND);
  const std::string link = directory / "link";
  ASSERT_EQ(symlink(path.c_str(), link.c_str()), 0);
  EXPECT_THROW(open_log(link, false), ExitError);
  EXPECT_NO_THROW(open_log(link, true));
  const std::string pipe = directory / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THROW(open_log(pipe, false), ExitError);
  EXPECT_THROW(open_log(directory / "no/such", false), ExitError);
  const std::string open_folder = directory / "open";
  ASSERT_EQ(mkdir(open_folder.c_str(), 0700), 0);
  ASSERT_EQ(chmod(open_folder.c_str(), 01777), 0);
  EXPECT_THROW(open_log(open_folder + "/log", false), ExitError);
}

struct Nobody final : server::EventSink {
  void on_event(const server::Event&) override {}
};

TEST(SessionLogs, WriteWhatTheirClassesSay) {
  const TemporaryDirectory directory;
  Options options;
  const std::vector<std::string> lines{"TransferLog " + (directory / "xfer"),
                                       "LogFormat short \"%m %F %u\"",
                                       "ExtendedLog " + (directory / "read") + " READ,!SFTP short",
                                       "ExtendedLog " + (directory / "exit") + " EXIT short"};
  for (const std::string& line : lines)
    ASSERT_EQ(apply_directive(line, options), std::nullopt) << line;
  const auto outputs = open_records(options);
  Nobody next;
  SessionLogs logs(*outputs, next, facts());
  EXPECT_EQ(logs.wanted(), sftp::Wanted::Requests);
  logs.on_event(server::AuthAttempt{"bob", "password", "accepted", "", ""});
  logs.on_event(file("read", "/r"));
  logs.on_event(file("write", "/w"));
  logs.on_event(server::Request{server::Request::Layer::Sftp, "OPEN", "", "/r"});
  logs.on_event(server::SessionClose{"over", 1, 2});
  EXPECT_EQ(content(directory / "read"), "RETR /r bob\n");
  EXPECT_EQ(content(directory / "exit"), "EXIT - bob\n");
  const std::string xfer = content(directory / "xfer");
  EXPECT_EQ(std::ranges::count(xfer, '\n'), 2);
}

TEST(SessionLogs, WantNothingThatNobodyReads) {
  Nobody next;
  const RecordOutputs none;
  EXPECT_EQ(SessionLogs(none, next, facts()).wanted(), sftp::Wanted::Files);
  const TemporaryDirectory directory;
  Options options;
  ASSERT_EQ(apply_directive("TransferLog " + (directory / "x"), options), std::nullopt);
  EXPECT_EQ(SessionLogs(*open_records(options), next, facts()).wanted(), sftp::Wanted::Details);
  const std::string files_only = "ExtendedLog " + (directory / "y") + " READ,WRITE,!SSH,!SFTP";
  ASSERT_EQ(apply_directive(files_only, options), std::nullopt);
  EXPECT_EQ(SessionLogs(*open_records(options), next, facts()).wanted(), sftp::Wanted::Details);
}

TEST(RecordDirectives, Mistakes) {
  Options options;
  for (const char* wrong :
       {"TransferLog relative", "TransferLog", "ExtendedLog x", "ExtendedLog /x READS",
        "ExtendedLog syslog:loud", "ExtendedLog /x ALL a b", "LogFormat x", "ServerName",
        "ServerAdmin a b"})
    EXPECT_NE(apply_directive(wrong, options), std::nullopt) << wrong;
  ASSERT_EQ(apply_directive("ExtendedLog syslog:info ALL missing", options), std::nullopt);
  EXPECT_THROW(open_records(options), ExitError);
}

}  // namespace
}  // namespace ssh2core::tools
