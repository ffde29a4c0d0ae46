#include "libssh2core/sftp/longname.h"

#include <gtest/gtest.h>

#include <clocale>
#include <cstdlib>
#include <locale>

namespace ssh2core::sftp {
namespace {

constexpr std::int64_t kNow = 1700000000;  // 2023-11-14 22:13:20 UTC

class Longname : public testing::Test {
 protected:
  Longname() {
    setenv("TZ", "UTC", 1);
    tzset();
    attributes_.mode = 0100755;
    attributes_.links = 1;
    attributes_.uid = 1000;
    attributes_.gid = 50;
    attributes_.size = 348911;
    attributes_.mtime = FileTime{kNow - 60, 0};
  }
  std::string line(std::string_view user = "mjos", std::string_view group = "staff") const {
    std::string out;
    append_longname(out, "t-filexfer", attributes_, user, group,
                    Clock::Wall(std::chrono::seconds(kNow)));
    return out;
  }
  Attributes attributes_;
};

TEST_F(Longname, HasTheWidthsOfTheDraft) {
  EXPECT_EQ(line(), "-rwxr-xr-x   1 mjos     staff      348911 Nov 14 22:12 t-filexfer");
}

TEST_F(Longname, HasLocalTimeOrUtc) {
  setenv("TZ", "EST5", 1);
  tzset();
  EXPECT_NE(line().find(" Nov 14 17:12 "), std::string::npos);
  std::string out;
  append_longname(out, "x", attributes_, "", "", Clock::Wall(std::chrono::seconds(kNow)), true);
  EXPECT_NE(out.find(" Nov 14 22:12 "), std::string::npos);
}

TEST_F(Longname, ShowsNumbersForUnknownNames) {
  EXPECT_EQ(line("", ""), "-rwxr-xr-x   1 1000     50         348911 Nov 14 22:12 t-filexfer");
}

TEST_F(Longname, LongValuesPushTheOthers) {
  attributes_.size = 12345678901;
  attributes_.links = 12345;
  EXPECT_EQ(line("a-long-user-name"),
            "-rwxr-xr-x 12345 a-long-user-name staff    12345678901 Nov 14 22:12 t-filexfer");
}

TEST_F(Longname, OldAndFutureDatesHaveAYear) {
  attributes_.mtime = FileTime{kNow - 200 * 86400, 0};
  EXPECT_NE(line().find(" Apr 28  2023 "), std::string::npos) << line();
  attributes_.mtime = FileTime{kNow + 60, 0};
  EXPECT_NE(line().find(" Nov 14  2023 "), std::string::npos) << line();
  attributes_.mtime = FileTime{0, 0};
  EXPECT_NE(line().find(" Jan  1  1970 "), std::string::npos) << line();
  attributes_.mtime = FileTime{INT64_MAX, 0};
  EXPECT_NE(line().find(" ???????????? "), std::string::npos) << line();
  attributes_.mtime = FileTime{INT64_MIN, 0};
  EXPECT_NE(line().find(" ???????????? "), std::string::npos) << line();
}

TEST_F(Longname, ShowsTypesAndSpecialBits) {
  const std::pair<std::uint32_t, std::string> rows[] = {
      {0040755, "drwxr-xr-x"}, {0120777, "lrwxrwxrwx"}, {0020600, "crw-------"},
      {0060600, "brw-------"}, {0010600, "prw-------"}, {0140600, "srw-------"},
      {0104755, "-rwsr-xr-x"}, {0102644, "-rw-r-Sr--"}, {0041777, "drwxrwxrwt"},
      {0041776, "drwxrwxrwT"}, {0000644, "?rw-r--r--"}};
  for (const auto& [mode, text] : rows) {
    attributes_.mode = mode;
    EXPECT_EQ(line().substr(0, 10), text);
  }
}

TEST_F(Longname, AnEntryThatVanishedStillHasALine) {
  attributes_ = {};
  EXPECT_EQ(line("", ""), "?---------   1 ?        ?               0 Jan  1  1970 t-filexfer");
}

struct Separators : std::numpunct<char> {
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

TEST_F(Longname, TheLocaleDoesNotMatter) {
  const std::string expected = line();
  const std::string before = std::setlocale(LC_ALL, nullptr);
  setenv("LANG", "de_DE.UTF-8", 1);
  for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8"})
    if (std::setlocale(LC_ALL, name) != nullptr) break;
  // The locale owns the facet and deletes it.
  const std::locale global = std::locale::global(std::locale(std::locale(), new Separators));
  EXPECT_EQ(line(), expected);
  std::locale::global(global);
  std::setlocale(LC_ALL, before.c_str());
}

}  // namespace
}  // namespace ssh2core::sftp
