// How values of a trace are shown: in JSON and to people.
#include <gmock/gmock.h>

#include "tools/common/utf8.h"
#include "tools/replay/trace_json.h"
#include "tools/replay/trace_text.h"

namespace ssh2core::tools {
namespace {

using testing::HasSubstr;

TEST(Utf8, IsWellFormedOrNot) {
  for (const char* text :
       {"", "plain", "\u00fc\u20ac\U0001f600", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf"})
    EXPECT_TRUE(is_utf8(text)) << text;
  for (const char* text : {"\x80", "\xc3", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80",
                           "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "a\xff"})
    EXPECT_FALSE(is_utf8(text)) << hex_text(as_bytes(text));
  EXPECT_TRUE(is_printable("line\n\ttab"));
  EXPECT_FALSE(is_printable("\x1b[0m"));
  EXPECT_FALSE(is_printable("\xc2\x9b"));
  EXPECT_FALSE(is_printable(std::string_view("\0", 1)));
  EXPECT_EQ(safe_text("\u00fc\x1b\xff\xc2\x9b"), "\u00fc\\x1b\\xff\\xc2\\x9b");
}

TEST(TraceJson, ShowsDataByItsSize) {
  TraceJson render;
  const auto data = [&](std::string_view text) {
    return render.value({TraceValue::Data{as_bytes(text)}}).dump();
  };
  EXPECT_EQ(data("text"), "\"text\"");
  EXPECT_EQ(data("\x01\xff"), R"({"hex":"01ff"})");
  EXPECT_EQ(data(std::string(64, 'a')), '"' + std::string(64, 'a') + '"');
  // SHA-256 of 65 times the letter a, by sha256sum.
  EXPECT_EQ(data(std::string(65, 'a')),
            R"({"length":65,"sha256":")"
            R"(635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0"})");
  EXPECT_EQ(render.value({std::string("\xff")}).dump(), R"({"hex":"ff"})");
  EXPECT_EQ(render.value({TraceValue::Hex{{0xab, 1}}}).dump(), "\"ab01\"");
  EXPECT_EQ(render.value({TraceValue::Masked{}}).dump(), R"({"masked":true})");
}

TEST(TraceJson, ShowsAMessage) {
  TraceJson render;
  TraceMessage message = empty_message(Way::ToClient, Layer::Sftp);
  message.session = 2;
  message.time = Clock::Wall(std::chrono::microseconds(1700000000000007));
  message.type = "STATUS";
  message.bytes = 17;
  message.fields = {{"id", {std::uint64_t{3}}}, {"attrs", {TraceFields{}}}};
  EXPECT_EQ(render.message(9, message).dump(),
            R"({"n":9,"time":"2023-11-14T22:13:20.000007Z","session":2,"dir":"s2c",)"
            R"("layer":"sftp","type":"STATUS","bytes":17,"id":3,"attrs":{}})");
  TraceMessage error;
  error.error = "nothing here";
  EXPECT_EQ(render.message(1, error).dump(),
            R"({"n":1,"time":"1970-01-01T00:00:00.000000Z","error":"nothing here"})");
}

TEST(TraceText, LetsNothingThroughToTheTerminal) {
  TraceText render;
  TraceMessage message = empty_message(Way::ToServer, Layer::Sftp);
  message.session = 1;
  message.type = "OPEN";
  message.fields = {{"path", {std::string("\x1b]0;title\x07")}},
                    {"data", {TraceValue::Data{as_bytes("\x1b[2J")}}},
                    {"password", {TraceValue::Masked{}}}};
  message.error = "bad \x1b";
  const std::string line = render.message(message);
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
  EXPECT_THAT(line, HasSubstr("password=(masked)"));
  EXPECT_THAT(line, HasSubstr("error: bad \\x1b"));
}

}  // namespace
}  // namespace ssh2core::tools
