// <Limit> and <Directory>: what each request is asked about, for whom, and where.
#include <gmock/gmock.h>

#include "tools/sftpd-lite/tests/rule_fixture.h"

namespace ssh2core::tools {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// What a client does, with a file `f`, a directory `d`, a symlink `l`: the errno it gets.
using Doing = int (*)(sftp::FileSystem&);

template <class T>
int error_of(const sftp::Result<T>& result) {
  return result ? 0 : result.error().value;
}

int open_for(sftp::FileSystem& files, std::string_view path, sftp::OpenMode mode) {
  return error_of(files.open(path, mode));
}

/// An open file, opened for what the rules under test leave alone.
std::unique_ptr<sftp::OpenFile> opened(sftp::FileSystem& files, std::string_view path,
                                       sftp::OpenMode mode) {
  auto file = files.open(path, mode);
  return file ? std::move(*file) : nullptr;
}

int listed_nothing(sftp::FileSystem& files) {
  auto directory = files.open_directory("/");
  if (!directory) return EBADF;
  sftp::DirectoryEntry entry;
  const auto more = (*directory)->next(entry);
  return more && *more ? 0 : EACCES;
}

int copy(sftp::FileSystem& files) {
  auto from = opened(files, "/f", {.read = true});
  auto to = opened(files, "/copy", {.write = true, .create = true});
  if (!from || !to) return EBADF;
  return from->copy_to(*to, 0, 0, 0).error;
}

struct Row {
  const char* what;
  std::vector<const char*> denied_by;  // single commands and the group
  Doing doing;
};

/// The table of the fact sheet, a row each.
const std::vector<Row>& rows() {
  static const std::vector<Row> kRows{
      {"open to read",
       {"OPEN", "RETR", "READ"},
       [](auto& files) { return open_for(files, "/f", {.read = true}); }},
      {"open to write",
       {"OPEN", "STOR", "WRITE"},
       [](auto& files) {
         return open_for(files, "/f", {.write = true, .create = true, .truncate = true});
       }},
      {"append",
       {"OPEN", "APPE", "WRITE"},
       [](auto& files) { return open_for(files, "/f", {.write = true, .append = true}); }},
      {"opendir",
       {"OPENDIR", "MLSD", "DIRS"},
       [](auto& files) { return error_of(files.open_directory("/d")); }},
      {"readdir", {"READDIR", "LIST", "NLST"}, listed_nothing},
      {"realpath",
       {"REALPATH", "DIRS"},
       [](auto& files) { return error_of(files.real_path("/d")); }},
      {"stat", {"STAT", "READ"}, [](auto& files) { return error_of(files.stat("/f")); }},
      {"lstat", {"LSTAT"}, [](auto& files) { return error_of(files.lstat("/f")); }},
      {"fstat",
       {"FSTAT"},
       [](auto& files) {
         auto file = opened(files, "/f", {.read = true});
         return file ? error_of(file->stat()) : EBADF;
       }},
      {"setstat",
       {"SETSTAT", "WRITE"},
       [](auto& files) { return files.set("/f", a_time(1), true).error; }},
      {"fsetstat",
       {"FSETSTAT"},
       [](auto& files) {
         auto file = opened(files, "/f", {.write = true});
         return file ? file->set(a_time(1)).error : EBADF;
       }},
      {"chmod",
       {"SITE_CHMOD", "SETSTAT", "WRITE"},
       [](auto& files) { return files.set("/f", a_mode(0640), true).error; }},
      {"chown",
       {"SITE_CHGRP", "SETSTAT", "WRITE"},
       [](auto& files) { return files.set("/f", an_owner(getuid(), getgid()), true).error; }},
      {"mkdir",
       {"MKD", "XMKD", "WRITE"},
       [](auto& files) { return files.make_directory("/new", 0755).error; }},
      {"rmdir",
       {"RMD", "XRMD", "WRITE"},
       [](auto& files) { return files.remove_directory("/d").error; }},
      {"remove", {"DELE", "WRITE"}, [](auto& files) { return files.remove("/f").error; }},
      {"rename",
       {"RNFR", "RNTO", "DIRS", "WRITE"},
       [](auto& files) { return files.rename("/f", "/g", false).error; }},
      {"posix-rename",
       {"RNFR", "RNTO", "DIRS", "WRITE"},
       [](auto& files) { return files.rename("/f", "/g", true).error; }},
      {"readlink",
       {"READLINK", "READ"},
       [](auto& files) { return error_of(files.read_link("/l")); }},
      {"symlink",
       {"SYMLINK", "READ", "WRITE"},
       [](auto& files) { return files.make_symlink("f", "/m").error; }},
      {"hardlink",
       {"SYMLINK", "DIRS", "READ", "WRITE"},
       [](auto& files) { return files.make_hard_link("/f", "/m").error; }},
      {"lock",
       {"LOCK"},
       [](auto& files) {
         auto file = opened(files, "/f", {.read = true, .write = true});
         return file ? file->lock(sftp::LockRange{.exclusive = true}).error : EBADF;
       }},
      {"copy", {"SITE_COPY"}, copy},
      {"xattr", {"READ"}, [](auto& files) { return error_of(files.xattrs("/f")); }},
      {"set xattr",
       {"WRITE"},
       [](auto& files) {
         const int error = files.set_xattr("/f", "user.x", "1", sftp::XattrMode::Any).error;
         return error == EOPNOTSUPP ? 0 : error;  // not every file system has them
       }},
  };
  return kRows;
}

class LimitRows : public RuledFiles, public testing::WithParamInterface<Row> {
 protected:
  void fill() {
    std::filesystem::remove_all(root_ + "/new");
    for (const char* name : {"/g", "/m", "/l", "/copy"}) std::filesystem::remove(root_ + name);
    make_file("f");
    std::filesystem::create_directory(root_ + "/d");
    std::filesystem::create_symlink("f", root_ + "/l");
  }
};

TEST_P(LimitRows, AreAskedByNameAndGroup) {
  const Row& row = GetParam();
  fill();
  serve("<Limit LOGIN>\nAllowAll\n</Limit>");
  EXPECT_EQ(row.doing(*files_), 0) << row.what;
  for (const LimitRow& other : limit_rows()) {
    std::vector<std::string_view> words(other.names.begin(), other.names.end());
    words.push_back(other.group);
    for (const std::string_view word : words) {
      if (word.empty()) continue;
      fill();
      serve("<Limit " + std::string(word) + ">\nDenyAll\n</Limit>");
      const int error = row.doing(*files_);
      const bool denied = std::ranges::count(row.denied_by, word) != 0;
      // A handle that cannot be had says nothing about what is done with it.
      if (error == EBADF) continue;
      EXPECT_EQ(error == EACCES, denied) << row.what << " under <Limit " << word << ">: " << error;
      if (denied) {
        EXPECT_THAT(told_, HasSubstr(folder_ / "conf:3")) << row.what;
      }
    }
  }
  fill();
  serve("<Limit ALL>\nDenyAll\n</Limit>");
  const int error = row.doing(*files_);
  EXPECT_TRUE(error == EACCES || error == EBADF) << row.what;
}

INSTANTIATE_TEST_SUITE_P(Table, LimitRows, testing::ValuesIn(rows()), [](const auto& row) {
  std::string name = row.param.what;
  std::erase_if(name, [](char c) { return c == ' ' || c == '-'; });
  return name;
});

TEST(LimitTable, HasATestForEveryRow) {
  const auto is_tested = [](std::string_view name) {
    return std::ranges::any_of(
        rows(), [&](const Row& one) { return std::ranges::count(one.denied_by, name) != 0; });
  };
  for (const LimitRow& row : limit_rows())
    for (const std::string_view name : row.names)
      EXPECT_TRUE(name.empty() || is_tested(name)) << name;
}

class Limits : public RuledFiles {};

TEST_F(Limits, ACommandGoesBeforeItsGroupAndThatBeforeAll) {
  make_file("f");
  serve("<Limit WRITE>\nDenyAll\n</Limit>\n<Limit STOR>\nAllowAll\n</Limit>");
  EXPECT_EQ(put("/n"), 0);
  EXPECT_EQ(files_->remove("/f").error, EACCES);
  serve("<Limit ALL>\nDenyAll\n</Limit>\n<Limit READ>\nAllowAll\n</Limit>");
  EXPECT_EQ(read("/f"), 0);
  EXPECT_EQ(put("/o"), EACCES);
  serve("<Limit STOR>\nDenyAll\n</Limit>\n<Limit WRITE>\nAllowAll\n</Limit>");
  EXPECT_EQ(put("/n"), EACCES);
  EXPECT_EQ(files_->remove("/f").error, 0);
}

TEST_F(Limits, TheInnermostDirectoryDecides) {
  for (const char* one : {"/a", "/a/b", "/a/b/c", "/ab"})
    std::filesystem::create_directory(root_ + one);
  serve(
      "<Limit WRITE>\nDenyAll\n</Limit>\n"
      "<Directory ROOT/a/b>\n<Limit WRITE>\nDenyAll\n</Limit>\n</Directory>\n"
      "<Directory ROOT/a>\n<Limit WRITE>\nAllowAll\n</Limit>\n</Directory>\n");
  EXPECT_EQ(put("/f"), EACCES);
  EXPECT_EQ(put("/ab/f"), EACCES);
  EXPECT_EQ(put("/a/f"), 0);
  EXPECT_EQ(put("/a/b/f"), EACCES);
  EXPECT_EQ(put("/a/b/c/f"), EACCES);
  EXPECT_EQ(put("/a/b/../f2"), 0);
  EXPECT_EQ(put("/a/../f2"), EACCES);
}

TEST_F(Limits, WildcardsHomesAndContents) {
  for (const char* one : {"/home", "/home/up", "/users", "/users/x", "/users/x/in"})
    std::filesystem::create_directory(root_ + one);
  serve(
      "<Limit WRITE>\nDenyAll\n</Limit>\n"
      "<Directory ~/up>\n<Limit WRITE>\nAllowAll\n</Limit>\n</Directory>\n"
      "<Directory ROOT/users/*/in>\n<Limit WRITE>\nAllowAll\n</Limit>\n</Directory>\n"
      "<Directory ROOT/home/*>\n<Limit MKD>\nAllowAll\n</Limit>\n</Directory>\n");
  EXPECT_EQ(put("/home/up/f"), 0);
  EXPECT_EQ(put("/home/f"), EACCES);
  EXPECT_EQ(put("/users/x/in/f"), 0);
  EXPECT_EQ(put("/users/x/f"), EACCES);
  EXPECT_EQ(files_->make_directory("/home/d", 0755).error, 0);
  EXPECT_EQ(files_->make_directory("/users/d", 0755).error, EACCES);
}

TEST_F(Limits, SymlinksDoNotLeadRoundThem) {
  std::filesystem::create_directory(root_ + "/secret");
  make_file("secret/f");
  std::filesystem::create_symlink("secret", root_ + "/door");
  std::filesystem::create_symlink("secret/f", root_ + "/window");
  std::filesystem::create_symlink("secret/new", root_ + "/wish");
  serve("<Directory ROOT/secret>\n<Limit READ WRITE DIRS>\nDenyAll\n</Limit>\n</Directory>");
  for (const char* path : {"/secret/f", "/door/f", "/window", "secret//f", "/door/../secret/./f"})
    EXPECT_EQ(read(path), EACCES) << path;
  EXPECT_EQ(put("/wish"), EACCES);
  EXPECT_EQ(put("/door/new"), EACCES);
  EXPECT_EQ(list("/door"), std::nullopt);
  EXPECT_EQ(files_->rename("/secret", "/open", false).error, EACCES);
  EXPECT_EQ(files_->rename("/secret/f", "/f", false).error, EACCES);
  EXPECT_EQ(files_->make_hard_link("/secret/f", "/f").error, EACCES);
  EXPECT_EQ(content("secret/new"), "<none>");
}

TEST_F(Limits, ASymlinkMadeInBetweenIsNotFollowed) {
  std::filesystem::create_directory(root_ + "/secret");
  std::filesystem::create_directory(root_ + "/open");
  make_file("secret/f");
  for (const bool walk : {false, true}) {
    io::PosixFileSystemOptions options;
    options.root = root_;
    options.resolved_paths = true;
    options.force_walk = walk;
    const auto files = io::make_posix_file_system(options);
    std::filesystem::rename(root_ + "/open", root_ + "/gone");
    std::filesystem::create_symlink("secret", root_ + "/open");
    EXPECT_EQ(error_of(files->open("/open/f", {.read = true})), ELOOP);
    EXPECT_EQ(error_of(files->stat("/open/f")), ELOOP);
    EXPECT_EQ(files->remove("/open/f").error, ELOOP);
    EXPECT_EQ(files->set("/open", a_mode(0700), true).error, ELOOP);
    EXPECT_EQ(error_of(files->open_directory("/open")), ELOOP);
    EXPECT_EQ(error_of(files->lstat("/open")), 0);
    EXPECT_EQ(*files->read_link("/open"), "secret");
    EXPECT_EQ(*files->real_path("/open/f"), "/secret/f");
    std::filesystem::remove(root_ + "/open");
    std::filesystem::rename(root_ + "/gone", root_ + "/open");
  }
}

TEST_F(Limits, UsersGroupsClassesAddresses) {
  const auto allowed = [&](const std::string& rules) {
    serve("<Limit WRITE>\n" + rules + "\n</Limit>");
    EXPECT_EQ(problems_, "");
    return put("/f") == 0;
  };
  EXPECT_FALSE(allowed("DenyUser alice"));
  EXPECT_TRUE(allowed("DenyUser bob"));
  EXPECT_TRUE(allowed("AllowUser alice\nDenyAll"));
  EXPECT_FALSE(allowed("AllowUser bob\nDenyAll"));
  EXPECT_FALSE(allowed("DenyGroup staff"));
  EXPECT_TRUE(allowed("AllowGroup staff,web\nDenyAll"));
  EXPECT_FALSE(allowed("AllowGroup staff,none\nDenyAll"));
  EXPECT_TRUE(allowed("AllowGroup OR staff,none\nDenyAll"));
  EXPECT_FALSE(allowed("DenyClass near"));
  EXPECT_TRUE(allowed("AllowClass near\nDenyAll"));
  EXPECT_FALSE(allowed("Deny from 10.0.0.0/8"));
  EXPECT_TRUE(allowed("Order deny,allow\nAllow from 10."));
  EXPECT_FALSE(allowed("Order deny,allow"));
  EXPECT_FALSE(allowed("Order deny,allow\nDenyUser alice\nAllowAll"));
}

TEST_F(Limits, ForOneUserOnly) {
  serve("<IfUser bob>\n<Limit WRITE>\nDenyAll\n</Limit>\n</IfUser>");
  EXPECT_EQ(put("/f"), 0);
  serve(
      "<IfUser alice>\n<Directory ROOT>\n<Limit "
      "WRITE>\nDenyAll\n</Limit>\n</Directory>\n</IfUser>");
  EXPECT_EQ(put("/f"), EACCES);
}

TEST_F(Limits, HiddenFilesAreNotThere) {
  make_file("f");
  make_file(".secret");
  serve("HideFiles ^\\.\n<Limit READ>\nIgnoreHidden on\n</Limit>");
  EXPECT_THAT(*list("/"), ElementsAre("f"));
  EXPECT_EQ(read("/.secret"), ENOENT);
  EXPECT_EQ(read("/f"), 0);
  EXPECT_EQ(files_->remove("/.secret").error, 0);  // that <Limit> is not about WRITE
}

TEST_F(Limits, WordsThatAreNone) {
  serve("<Limit WRIT>\nDenyAll\n</Limit>");
  EXPECT_THAT(problems_, HasSubstr("conf:3: <Limit WRIT>: no command is called so; the nearest is "
                                   "WRITE"));
  serve("<Limit CWD>\nDenyAll\n</Limit>");
  EXPECT_THAT(problems_, HasSubstr("no request of SFTP"));
  serve("<Limit WRITE>\nDenyUsers x\n</Limit>");
  EXPECT_THAT(problems_, HasSubstr("the nearest is DenyUser"));
  serve("<Directory relative>\n</Directory>");
  EXPECT_THAT(problems_, HasSubstr("wants a path"));
  serve("<Directory /x>\nPort 1\n</Directory>");
  EXPECT_THAT(problems_, HasSubstr("Port cannot stand in <Directory>"));
  serve("<Directory /x>\n<Limit LOGIN>\nDenyAll\n</Limit>\n</Directory>");
  EXPECT_THAT(problems_, HasSubstr("<Limit LOGIN> cannot stand"));
}

TEST_F(Limits, TheFormOfAnUploadDirectory) {
  std::filesystem::create_directory(root_ + "/upload");
  serve(
      "<Directory ROOT/upload>\n<Limit WRITE>\nAllowAll\n</Limit>\n"
      "<Limit SITE_CHMOD>\nDenyAll\n</Limit>\n</Directory>");
  EXPECT_EQ(problems_, "");
  auto file = files_->open("/upload/f", {.write = true, .create = true, .permissions = 0777});
  ASSERT_TRUE(file);
  EXPECT_EQ((*file)->set(a_mode(0777)).error, EACCES);
  EXPECT_EQ((*file)->close().error, 0);
  EXPECT_EQ(mode_of("upload/f") & 0111, 0U);  // the mode of the upload is left out
}

}  // namespace
}  // namespace ssh2core::tools
