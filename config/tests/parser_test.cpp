#include "config/parser.h"

#include <gmock/gmock.h>

#include <map>
#include <random>

#include "config/words.h"

namespace ssh2core::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// Files in memory; the first is "/etc/main".
struct Files {
  std::map<std::string, std::string> texts;
  std::set<std::string, std::less<>> defines, modules{"mod_sftp.c"};

  Tree parse(const std::string& main = "/etc/main") const {
    Sources sources;
    sources.read = [this](const std::string& path) -> std::variant<std::string, Unreadable> {
      const auto at = texts.find(path);
      if (at == texts.end()) return Unreadable{path + ": no such file"};
      return at->second;
    };
    sources.files =
        [this](const std::string& pattern) -> std::variant<std::vector<std::string>, Unreadable> {
      std::vector<std::string> found;
      const std::string start = pattern.substr(0, pattern.find('*'));
      for (const auto& [path, text] : texts)
        if (pattern.ends_with('*') ? path.starts_with(start) : path == pattern)
          found.push_back(path);
      if (found.empty() && !pattern.ends_with('*')) return Unreadable{pattern + ": no such file"};
      return found;
    };
    sources.environment = [](const std::string& name) -> std::optional<std::string> {
      if (name == "SSH_AUTH_SOCK") return "/run/agent socket";
      return std::nullopt;
    };
    sources.modules = modules;
    sources.left_out = [](const std::string& module) -> std::optional<std::string> {
      if (!module.starts_with("mod_wrap")) return std::nullopt;
      return module + " is left out";
    };
    sources.defines = defines;
    return parse_file(main, sources);
  }
};

Tree parse(const std::string& text) { return Files{{{"/etc/main", text}}, {}}.parse(); }

/// The tree on one line: `word word; <section word>{...}`.
std::string brief(const std::vector<Statement>& statements) {
  std::string text;
  for (const Statement& one : statements) {
    for (const std::string& word : one.words)
      text += joined({&word == &one.words[0] ? "" : " ", word});
    text += one.section ? joined({"{", brief(one.inner), "}"}) : ";";
  }
  return text;
}

std::string problems(const Tree& tree) {
  std::string text;
  for (const Problem& one : tree.problems) text += joined({one.place.text(), ": ", one.what, "\n"});
  return text;
}

TEST(ConfigWords, AreCutAsProftpdCutsThem) {
  EXPECT_THAT(*cut_line(R"(ServerIdent on "two  words" # and why)"),
              ElementsAre("ServerIdent", "on", "two  words"));
  EXPECT_THAT(*cut_line(R"(A "x\"y\\" b"c d#e "")"), ElementsAre("A", "x\"y\\", "b\"c", "d#e", ""));
  EXPECT_EQ(cut_line("A \"open"), std::nullopt);
  EXPECT_THAT(*cut_line(" \t "), IsEmpty());
  EXPECT_THAT(*cut_line(quoted("a\"\\ #")), ElementsAre("a\"\\ #"));
}

TEST(ConfigParser, ReadsDirectivesAndSections) {
  const Tree tree = parse(
      "# comment \\\nServerName \"SFTP\"  # why\n\n<Global>\r\n  SFTPRekey required \\\n    3600 "
      "\\\n"
      "512\n</global>\n<VirtualHost 10.0.0.1 ::1>\n<Limit "
      "LOGIN>\nDenyAll\n</Limit>\n</VirtualHost>");
  EXPECT_EQ(problems(tree), "");
  EXPECT_EQ(brief(tree.statements),
            "ServerName SFTP;Global{SFTPRekey required 3600 512;}"
            "VirtualHost 10.0.0.1 ::1{Limit LOGIN{DenyAll;}}");
  EXPECT_EQ(tree.statements[0].place.text(), "/etc/main:2");
  EXPECT_EQ(tree.statements[1].inner[0].place.line, 5U);
  EXPECT_EQ(tree.statements[2].place.line, 9U);
}

TEST(ConfigParser, WhatIsLeftOutIsToldOnce) {
  const Tree tree = parse(
      "<IfModule mod_wrap2.c>\nA\n<IfModule mod_wrap.c>\n</IfModule>\n</IfModule>\n"
      "<IfModule mod_cap.c>\n</IfModule>\n<IfModule !mod_wrap2.c>\n</IfModule>\n"
      "<IfModule mod_wrap2.c>\n</IfModule>\n<IfModule !mod_sftp.c>\n</IfModule>\n");
  EXPECT_EQ(problems(tree), "/etc/main:1: mod_wrap2.c is left out\n");
  EXPECT_FALSE(tree.problems[0].fatal);
}

TEST(ConfigParser, ConditionsAreResolved) {
  const std::string text =
      "<IfModule mod_sftp.c>\nA 1\n<IfModule mod_tls.c>\nB \"\n</IfModule>\n</IfModule>\n"
      "<IfModule !mod_tls.c>\nC\n</IfModule>\n<IfDefine X>\nD\n</IfDefine>\nDefine X\n"
      "<IfDefine X>\nE\n</IfDefine>\n<IfDefine !SFTP_USE_FIPS>\nF\n</IfDefine>\n";
  EXPECT_EQ(brief(parse(text).statements), "A 1;C;E;F;");
  EXPECT_EQ(problems(parse(text)), "");
  const Files with{{{"/etc/main", text}}, {"X", "SFTP_USE_FIPS"}};
  EXPECT_EQ(brief(with.parse().statements), "A 1;C;D;E;");
  EXPECT_EQ(problems(parse("<IfDefine>\n</IfDefine>")),
            "/etc/main:1: <IfDefine> wants one name, or !name\n");
}

TEST(ConfigParser, IncludesFilesAndPatterns) {
  const Files files{{{"/etc/main", "Include conf.d/*\nInclude /etc/one\nInclude none*\nLast"},
                     {"/etc/conf.d/a", "A"},
                     {"/etc/conf.d/b", "B\n<IfX>"},
                     {"/etc/one", "One"}},
                    {}};
  const Tree tree = files.parse();
  EXPECT_EQ(brief(tree.statements), "A;B;One;Last;");
  EXPECT_EQ(problems(tree), "/etc/conf.d/b:2: <IfX> is never closed\n");
  EXPECT_EQ(tree.statements[0].place.text(), "/etc/conf.d/a:1");
}

TEST(ConfigParser, IncludesAreBounded) {
  const Files circle{{{"/etc/main", "Include other"}, {"/etc/other", "Include main"}}, {}};
  EXPECT_THAT(problems(circle.parse()), HasSubstr("/etc/other:1: Include: '/etc/main' is being"));
  Files chain;
  for (int i = 0; i < 40; ++i)
    chain.texts[joined({"/etc/", std::to_string(i)})] = joined({"Include ", std::to_string(i + 1)});
  EXPECT_THAT(problems(chain.parse("/etc/0")), HasSubstr("/etc/16:1: Include: too many files"));
  EXPECT_THAT(problems(parse("Include missing")), HasSubstr("/etc/missing: no such file"));
  EXPECT_THAT(problems(Files().parse()), HasSubstr("/etc/main: no such file"));
}

TEST(ConfigParser, VariablesOfTheEnvironment) {
  EXPECT_EQ(brief(parse("SFTPHostKey agent:%{env:SSH_AUTH_SOCK}").statements),
            "SFTPHostKey agent:/run/agent socket;");
  EXPECT_THAT(problems(parse("A %{env:NOT_SET}")), HasSubstr("no variable 'NOT_SET'"));
  EXPECT_THAT(problems(parse("A %{env:NOT_SET")), HasSubstr("lacks the }"));
  EXPECT_EQ(problems(parse("<IfDefine N>\nA %{env:NOT_SET}\n</IfDefine>")), "");
}

TEST(ConfigParser, TellsSeveralProblemsWithTheirPlaces) {
  const Tree tree = parse("A \"x\n</Global>\nB\n<Global\n<Global>\n</VirtualHost>\nC\n<>\n<a-b>\n" +
                          std::string("D\0", 2) + "\nDefine\n");
  EXPECT_EQ(problems(tree),
            "/etc/main:1: a double quote is not closed\n"
            "/etc/main:2: </Global> closes nothing: no section is open\n"
            "/etc/main:4: '<Global' lacks its > at the end\n"
            "/etc/main:6: </VirtualHost> where </Global> of line 5 is due\n"
            "/etc/main:8: a section without a name\n"
            "/etc/main:9: '<a-b>' is no section\n"
            "/etc/main:10: the line holds a zero byte: is this a text file?\n"
            "/etc/main:11: Define wants one name\n"
            "/etc/main:5: <Global> is never closed\n");
  EXPECT_EQ(brief(tree.statements), "B;");
}

// Found by the fuzzer: reading ended with an exception nobody expected.
TEST(ConfigParser, ABackslashMayBeAllOfALine) {
  EXPECT_EQ(brief(parse("A\n\\").statements), "A;");
  EXPECT_EQ(brief(parse("\\\n\n \\\n\t\nB").statements), "B;");
  EXPECT_EQ(brief(parse("\\\n# a comment\nC\n").statements), "C;");
}

TEST(ConfigParser, IsBounded) {
  std::string deep, wrong;
  for (int i = 0; i < 2000; ++i) deep += "<A>\n", wrong += "</A>\n";
  EXPECT_THAT(problems(parse(deep)), HasSubstr("too many sections"));
  EXPECT_THAT(parse(wrong).problems, SizeIs(kMostProblems));
  std::string many;
  for (std::size_t i = 0; i <= kMostStatements; ++i) many += "A\n";
  EXPECT_THAT(problems(parse(many)), HasSubstr("too many lines"));
}

const char* const kSample =
    "<IfModule mod_sftp.c>\n<VirtualHost 127.0.0.1>\nSFTPEngine on\nServerIdent on \"a \\\" b\"\n"
    "SFTPCiphers aes256-ctr \\\n aes128-ctr # two\n<Limit LOGIN>\nDenyAll\n</Limit>\n"
    "</VirtualHost>\n</IfModule>\nDefine X\nInclude /etc/one\n";

TEST(ConfigParser, EveryTruncationEndsAndSaysWhereItHurts) {
  const std::string text = kSample;
  for (std::size_t size = 0; size <= text.size(); ++size) {
    const Files files{{{"/etc/main", text.substr(0, size)}, {"/etc/one", "One"}}, {}};
    for (const Problem& one : files.parse().problems) EXPECT_NE(one.place.line, 0U);
  }
}

TEST(ConfigParser, MutationsAreReadOrRefused) {
  std::mt19937 random(4716);
  for (int round = 0; round < 3000; ++round) {
    std::string text = kSample;
    for (int i = 0; i < 3; ++i) text[random() % text.size()] = "\"\\<>/# \n%{}\0A"[random() % 14];
    const Tree tree = parse(text);
    EXPECT_LE(tree.problems.size(), kMostProblems);
    const Tree again = parse(to_text(tree.statements));
    if (again.problems.empty()) {
      EXPECT_EQ(brief(again.statements), brief(tree.statements));
    }
  }
}

}  // namespace
}  // namespace ssh2core::config
