// Lines of the log: what peers say must neither forge lines nor fill the disk.
#include "tools/sftpd-lite/log/event_log.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tools/sftpd-lite/tests/temporary_directory.h"

namespace ssh2core::tools {
namespace {

TEST(Printable, ShowsWhatIsText) {
  for (const char* text : {"plain text",
                           "Gr\xc3\xbc\xc3\x9f"
                           "e",
                           "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xc2\xa0"})
    EXPECT_EQ(printable(text), text);
  EXPECT_EQ(printable("say \"a\\b\""), "say \\\"a\\\\b\\\"");
}

TEST(Printable, ShowsControlsAsNumbers) {
  EXPECT_EQ(printable("a\nb\x1b[31m\x7f"), "a\\x0ab\\x1b[31m\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\xc2\\x9b31m");                               // CSI in one character
  EXPECT_EQ(printable("\xc2\x85"), "\\xc2\\x85");           // next line
  EXPECT_EQ(printable("\xe2\x80\xa8"), "\\xe2\\x80\\xa8");  // line separator
  EXPECT_EQ(printable("\xe2\x80\xae"
                      "gpj"),
            "\\xe2\\x80\\xaegpj");  // right to left
}

TEST(Printable, ShowsInvalidBytesAsNumbers) {
  EXPECT_EQ(printable("\xff"), "\\xff");
  EXPECT_EQ(printable("\x9b"
                      "31m"),
            "\\x9b31m");
  EXPECT_EQ(printable("a\xc3"), "a\\xc3");                  // cut off
  EXPECT_EQ(printable("\xc0\x8a"), "\\xc0\\x8a");           // overlong line end
  EXPECT_EQ(printable("\xe0\x82\x9b"), "\\xe0\\x82\\x9b");  // overlong CSI
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // half of a pair
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
}

TEST(EventLog, TextsOfPeersAreBounded) {
  const TemporaryDirectory directory;
  const std::string path = directory / "log";
  LogOutputs outputs;
  outputs.text = outputs.json = LogOutput::to_file(path);
  bool first = false;
  EventLog log(outputs, "0123456789abcdef", first);
  log.on_event(server::SessionClose{std::string(250'000, '\n'), 1, 2});
  std::ifstream file(path);
  std::stringstream content;
  content << file.rdbuf();
  EXPECT_LT(content.str().size(), 50'000U);
  EXPECT_EQ(std::ranges::count(content.str(), '\n'), 2);
}

}  // namespace
}  // namespace ssh2core::tools
