// Where keys come from: addresses that they may come from, files that must be safe, programs.
#include <gmock/gmock.h>
#include <unistd.h>

#include "keys/private_key_file.h"
#include "libssh2core/crypto/hash.h"
#include "tools/sftpd-lite/access/address_patterns.h"
#include "tools/sftpd-lite/access/address_rules.h"
#include "tools/sftpd-lite/login/exec_store.h"
#include "tools/sftpd-lite/login/key_sources.h"
#include "tools/sftpd-lite/tests/temporary_directory.h"

namespace ssh2core::tools {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

TEST(AddressPatterns, MatchAsInSshd) {
  for (const auto& [patterns, address] : {std::pair{"10.0.0.1", "10.0.0.1"},
                                          {"10.0.0.*", "10.0.0.17"},
                                          {"*", "::1"},
                                          {"10.0.0.0/8", "10.255.0.1"},
                                          {"10.0.0.1/32", "10.0.0.1"},
                                          {"0.0.0.0/0", "1.2.3.4"},
                                          {"fe80::/10", "febf::1"},
                                          {"::1", "0:0:0:0:0:0:0:1"},
                                          {"a, 10.0.0.1", "10.0.0.1"},
                                          {"!10.0.0.2,10.0.0.?", "10.0.0.1"},
                                          {"10.0.0.0/9", "10.127.0.1"},
                                          {"10.0.0.1", "::ffff:10.0.0.1"}})
    EXPECT_TRUE(address_matches(patterns, address)) << patterns << " " << address;
  for (const auto& [patterns, address] : {std::pair{"10.0.0.1", "10.0.0.2"},
                                          {"", "10.0.0.1"},
                                          {"!10.0.0.1", "10.0.0.2"},
                                          {"10.0.0.?,!10.0.0.1", "10.0.0.1"},
                                          {"10.0.0.0/9", "10.128.0.1"},
                                          {"10.0.0.0/33", "10.0.0.1"},
                                          {"10.0.0.0/", "10.0.0.1"},
                                          {"10.0.0.0/x", "10.0.0.1"},
                                          {"::/0", "10.0.0.1"},
                                          {"host.example", "10.0.0.1"},
                                          {"10.0.0", "10.0.0.1"}})
    EXPECT_FALSE(address_matches(patterns, address)) << patterns << " " << address;
  EXPECT_EQ(address_of_peer("10.0.0.1:22"), "10.0.0.1");
  EXPECT_EQ(address_of_peer("[::1]:22"), "::1");
  EXPECT_EQ(address_of_peer("-"), "-");
  EXPECT_EQ(address_of_peer("::1"), "::1");
  EXPECT_EQ(address_of_peer("10.0.0.1"), "10.0.0.1");
}

TEST(AddressPatterns, NamesOfHostsAreTold) {
  for (const char* patterns : {"!*.example.org", "10.0.0.1,!*.example.org", "host", "*.de", "cafe",
                               "*.example.org,10.*", " !a-b.example , *", "bad.beef"})
    EXPECT_TRUE(host_name_in(patterns)) << patterns;
  EXPECT_EQ(host_name_in("10.*, !*.example.org ,host"), "!*.example.org");
  for (const char* patterns : {"", "*", "!*", "10.*", "10.0.0.?", "!10.0.0.1", "::1", "fe80::*",
                               "fe80*", "10.0.0.0/8", "::/0", "::ffff:10.0.0.*", "1?.*", ", ,"})
    EXPECT_FALSE(host_name_in(patterns)) << patterns;
}

PublicKey new_key() {
  return PublicKey::from_blob(PrivateKey::generate_ed25519().public_blob()).value();
}
std::string line_of(const PublicKey& key) {
  return keys::to_openssh_public_line(key.blob(), "test") + "\n";
}

TEST(KeySources, JudgeEntriesByAddressTimeAndSubject) {
  const TemporaryDirectory directory;
  const PublicKey key = new_key();
  const auto look_up = [&](const std::string& text, const KeyRules& rules) {
    const KeySources sources({directory.write("keys", text)});
    return sources.find("ann", key.blob(), rules);
  };
  EXPECT_TRUE(look_up(line_of(key), {}).listed);
  EXPECT_FALSE(look_up("from=\"*\" " + line_of(key), {}).listed) << "an address nobody knows";
  EXPECT_TRUE(look_up("from=\"127.*\" " + line_of(key), {.address = "127.0.0.1"}).listed);
  EXPECT_FALSE(look_up("from=\"!127.*,*\" " + line_of(key), {.address = "127.0.0.1"}).listed);
  EXPECT_THAT(look_up("expiry-time=\"20200101\" " + line_of(key), {}).reason, HasSubstr("expired"));
  EXPECT_TRUE(look_up("expiry-time=\"20990101Z\" " + line_of(key), {}).listed);
  const auto environment = look_up("environment=\"A=b\" " + line_of(key), {});
  EXPECT_TRUE(environment.listed);
  EXPECT_THAT(environment.reason, HasSubstr("environment is ignored"));
  const auto named = look_up("from=\"!*.example.org,*\" " + line_of(key), {.address = "::1"});
  EXPECT_TRUE(named.listed);
  EXPECT_THAT(named.reason, HasSubstr("keys:1: from: names of hosts are not looked up"));
  EXPECT_THAT(named.reason, HasSubstr("'!*.example.org'"));
  EXPECT_THAT(look_up("from=\"*.example.org\" " + line_of(key), {.address = "::1"}).reason,
              HasSubstr("names of hosts are not looked up"));
  const KeySources shared({directory.write("keys", "from=\"!*.example.org,*\" " + line_of(key))});
  ASSERT_THAT(shared.warnings(), testing::SizeIs(1));
  EXPECT_THAT(shared.warnings()[0], HasSubstr("'!*.example.org'"));
  const auto block = [&](const std::string& subject) {
    return "---- BEGIN SSH2 PUBLIC KEY ----\n" + subject + base64_encode(key.blob()) +
           "\n---- END SSH2 PUBLIC KEY ----\n";
  };
  EXPECT_TRUE(look_up(block("Subject: bob\n"), {}).listed);
  EXPECT_FALSE(look_up(block("subject: bob\n"), {.match_subject = true}).listed);
  EXPECT_TRUE(look_up(block("Subject: ann\n"), {.match_subject = true}).listed);
  EXPECT_TRUE(look_up(block(""), {.match_subject = true}).listed);
}

TEST(KeySources, TheDecoysListOpensNothing) {
  const TemporaryDirectory directory;
  const PublicKey key = new_key();
  directory.write("decoy", "from=\"::1\" " + line_of(key) + line_of(key));
  const KeySources sources({directory / "%u"});
  const KeyRules rules{.decoy = "decoy"};
  EXPECT_TRUE(sources.find("decoy", key.blob(), rules).listed);
  const auto none = sources.find("ann", key.blob(), rules);
  EXPECT_FALSE(none.listed);
  EXPECT_THAT(none.reason, HasSubstr("No such file"));
  EXPECT_FALSE(sources.find("../ann", key.blob(), rules).listed);
}

TEST(TrustedFiles, NameTheComponentThatIsNotSafe) {
  const TemporaryDirectory directory;
  const std::string folder = directory / "open";
  ASSERT_EQ(mkdir(folder.c_str(), 0777), 0);
  ASSERT_EQ(chmod(folder.c_str(), 0777), 0);
  directory.write("open/keys", "x\n");
  directory.write("shared", "x\n", 0640);
  const auto read = [](const std::string& path) {
    auto content = read_trusted_file(path, 100, [](uid_t) { return false; }, "keys");
    const auto* error = std::get_if<FileError>(&content);
    return error == nullptr ? std::string() : error->what;
  };
  EXPECT_THAT(read(directory / "open/keys"), HasSubstr("chmod go-w " + folder + "`"));
  EXPECT_THAT(read(directory / "shared"), IsEmpty()) << "readable by a group is no harm";
  directory.write("shared", "x\n", 0660);
  EXPECT_THAT(read(directory / "shared"), HasSubstr("mode 0660"));
  EXPECT_THAT(read(directory / "none"), HasSubstr("No such file"));
  ASSERT_EQ(mkdir((directory / "folder").c_str(), 0755), 0);
  EXPECT_THAT(read(directory / "folder"), HasSubstr("is not a regular file"));
  const std::string fifo = directory / "fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_THAT(read(fifo), HasSubstr("is not a regular file"));
  directory.write("long", std::string(101, 'x'));
  EXPECT_THAT(read(directory / "long"), HasSubstr("longer than"));
  directory.write("target", "x\n");
  ASSERT_EQ(symlink((directory / "target").c_str(), (directory / "link").c_str()), 0);
  EXPECT_THAT(read(directory / "link"), IsEmpty());
  ASSERT_EQ(symlink((directory / "open/keys").c_str(), (directory / "unsafe").c_str()), 0);
  EXPECT_THAT(read(directory / "unsafe"), HasSubstr("go-w " + folder)) << "behind the symlink";
  ASSERT_EQ(symlink((directory / "target").c_str(), (directory / "open/link").c_str()), 0);
  EXPECT_THAT(read(directory / "open/link"), HasSubstr("go-w " + folder)) << "of the symlink";
  ASSERT_EQ(symlink("./link", (directory / "relative").c_str()), 0);
  EXPECT_THAT(read(directory / "relative"), IsEmpty());
  ASSERT_EQ(symlink("loop", (directory / "loop").c_str()), 0);
  EXPECT_THAT(read(directory / "loop"), HasSubstr("symbolic links"));
}

/// Programs run as this account when the test is root's: files of /tmp are open to it.
ProgramAnswer run(const TemporaryDirectory& directory, const std::string& script,
                  const ProgramLimits& limits = {}, const std::string& user = "ann") {
  EXPECT_EQ(chmod((directory / "").c_str(), 0755), 0);
  const std::string path = directory.write("program", "#!/bin/sh\n" + script, 0755);
  return ask_program(path, {user, "ssh-ed25519", "SHA256:x"}, find_account("nobody"), limits);
}

TEST(Programs, GetTheQuestionAndNothingElse) {
  const TemporaryDirectory directory;
  EXPECT_EQ(run(directory, "echo \"$# $1 $2 $3 $(env | grep -c HOME) $PWD\"").text,
            "3 ann ssh-ed25519 SHA256:x 0 /\n");
  EXPECT_EQ(run(directory, "ls /proc/self/fd | wc -l").text, "4\n") << "0 to 2, and ls's own";
  if (geteuid() == 0) {
    EXPECT_NE(run(directory, "id -u; id -G").text.find(std::to_string(find_account("nobody")->uid)),
              std::string::npos);
  }
}

TEST(Programs, AreEndedAtTheirLimits) {
  const TemporaryDirectory directory;
  using std::chrono::milliseconds;
  EXPECT_THAT(run(directory, "sleep 60 & sleep 60", {.time = milliseconds(200)}).problem,
              HasSubstr("longer than 200 ms"));
  EXPECT_THAT(run(directory, "exec >&-; sleep 60", {.time = milliseconds(200)}).problem,
              HasSubstr("longer than 200 ms"));
  EXPECT_THAT(run(directory, "yes", {.output = 100000}).problem, HasSubstr("more than 100000"));
  EXPECT_THAT(run(directory, "echo key; exit 3").problem, HasSubstr("code 3"));
  EXPECT_THAT(run(directory, "echo key; exit 3").text, IsEmpty());
  EXPECT_THAT(run(directory, "kill -9 $$").problem, HasSubstr("signal 9"));
  EXPECT_THAT(run(directory, "true", {}, "-rf").problem, HasSubstr("such a name"));
  for (const char* name : {"", ".", "../x", "a b", "x' OR '1'='1", "a\nb", "a$b", "a*", "a/b"})
    EXPECT_THAT(run(directory, "true", {}, name).problem, HasSubstr("such a name")) << name;
  EXPECT_THAT(run(directory, "true", {}, "ann.lee_2@site").problem, IsEmpty());
}

TEST(Programs, MustBeSafe) {
  const TemporaryDirectory directory;
  EXPECT_THAT(untrusted_program("keys", "exec"), HasSubstr("absolute path"));
  EXPECT_THAT(untrusted_program(directory / "missing", "exec"), HasSubstr("No such file"));
  EXPECT_THAT(untrusted_program(directory.write("a", "", 0600), "exec"), HasSubstr("can be run"));
  EXPECT_THAT(untrusted_program(directory.write("b", "", 0777), "exec"), HasSubstr("chmod go-w"));
  EXPECT_THAT(untrusted_program(directory.write("c", "", 0755), "exec"), IsEmpty());
  const std::string folder = directory / "open";
  ASSERT_EQ(mkdir(folder.c_str(), 0755), 0);
  directory.write("open/program", "", 0755);
  ASSERT_EQ(symlink((directory / "open/program").c_str(), (directory / "link").c_str()), 0);
  EXPECT_THAT(untrusted_program(directory / "link", "exec"), IsEmpty());
  ASSERT_EQ(chmod(folder.c_str(), 0775), 0);
  EXPECT_THAT(untrusted_program(directory / "link", "exec"), HasSubstr("chmod go-w"));
}

TEST(Programs, AreAStoreOfKeys) {
  const TemporaryDirectory directory;
  EXPECT_EQ(chmod((directory / "").c_str(), 0755), 0);
  const PublicKey key = new_key(), other = new_key();
  const std::string path = directory.write(
      "program", "#!/bin/sh\n[ \"$1 $2\" = \"ann ssh-ed25519\" ] && echo '" + line_of(key) + "'",
      0755);
  const KeySources sources({"exec:" + path});
  EXPECT_THAT(sources.failures(), IsEmpty());
  const KeyRules rules{.program_account = find_account("nobody")};
  EXPECT_TRUE(sources.find("ann", key.blob(), rules).listed);
  EXPECT_FALSE(sources.find("ann", other.blob(), rules).listed);
  EXPECT_FALSE(sources.find("bob", key.blob(), rules).listed);
}

}  // namespace
}  // namespace ssh2core::tools
