// The directives about files, one by one.
#include <gmock/gmock.h>

#include "tools/sftpd-lite/files/lost_ranges.h"
#include "tools/sftpd-lite/tests/rule_fixture.h"

namespace ssh2core::tools {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class FilePolicies : public RuledFiles {
 protected:
  std::unique_ptr<sftp::OpenFile> begin(std::string_view path) {
    auto file = files_->open(path, {.write = true, .create = true, .truncate = true});
    return file ? std::move(*file) : nullptr;
  }
};

TEST_F(FilePolicies, WithoutRulesNothingStandsInBetween) {
  EXPECT_FALSE(FileSettings().any());
  FileSettings settings;
  settings.policy.umask = ModePair{022, 022};
  EXPECT_FALSE(settings.any());
  settings.policy.umask = ModePair{022, 027};
  EXPECT_TRUE(settings.any());
}

TEST_F(FilePolicies, AllowOverwrite) {
  make_file("f", "old");
  serve("AllowOverwrite off");
  EXPECT_EQ(put("/f"), EACCES);
  EXPECT_THAT(told_, HasSubstr("AllowOverwrite"));
  EXPECT_EQ(open("/f", {.write = true}), EACCES);
  EXPECT_EQ(files_->set("/f", a_size(0), true).error, EACCES);
  EXPECT_EQ(put("/n"), 0);
  EXPECT_EQ(files_->rename("/n", "/f", true).error, EACCES);
  EXPECT_EQ(files_->rename("/n", "/m", true).error, 0);
  EXPECT_EQ(content("f"), "old");
  serve("AllowOverwrite off\n<Directory ROOT>\nAllowOverwrite on\n</Directory>");
  EXPECT_EQ(put("/f"), 0);
  EXPECT_EQ(content("f"), "new");
}

TEST_F(FilePolicies, AllowStoreRestart) {
  make_file("f", "old");
  make_file("empty", "");
  serve("AllowStoreRestart off");
  EXPECT_EQ(open("/f", {.write = true, .append = true}), EACCES);
  auto file = files_->open("/f", {.write = true});
  EXPECT_EQ(write(**file, 1, "x"), EACCES);
  file = files_->open("/f", {.write = true});
  EXPECT_EQ(write(**file, 0, "O"), 0);
  EXPECT_EQ(write(**file, 2, "D"), 0);
  EXPECT_EQ(content("f"), "OlD");
  EXPECT_EQ(open("/empty", {.write = true, .append = true}), 0);
  EXPECT_EQ(put("/f"), 0);
}

TEST_F(FilePolicies, AllowRetrieveRestart) {
  make_file("f", "0123456789");
  serve("AllowRetrieveRestart off");
  std::uint8_t byte = 0;
  const MutableView room(&byte, 1);
  auto file = files_->open("/f", {.read = true});
  EXPECT_EQ((*file)->read(5, std::span(&room, 1)).error().value, EACCES);
  ASSERT_TRUE((*file)->read(0, std::span(&room, 1)));
  EXPECT_TRUE((*file)->read(5, std::span(&room, 1)));
}

TEST_F(FilePolicies, ADanglingSymlinkIsWrittenThrough) {
  std::filesystem::create_symlink("target", root_ + "/l");
  serve("AllowOverwrite off");
  EXPECT_EQ(put("/l"), 0);
  EXPECT_EQ(content("target"), "new");
}

TEST_F(FilePolicies, PathFilters) {
  std::filesystem::create_directory(root_ + "/.git");
  make_file("f");
  make_file(".htaccess");
  serve("PathDenyFilter (^|/)\\.");
  EXPECT_EQ(put("/.htaccess"), EACCES);
  EXPECT_EQ(put("/.git/f"), EACCES);
  EXPECT_EQ(files_->remove("/.htaccess").error, EACCES);
  EXPECT_EQ(files_->rename("/f", "/.f", false).error, EACCES);
  EXPECT_EQ(files_->make_directory("/.d", 0755).error, EACCES);
  EXPECT_EQ(files_->make_symlink("f", "/.l").error, EACCES);
  EXPECT_EQ(files_->make_hard_link("/f", "/.h").error, EACCES);
  EXPECT_EQ(files_->set("/.htaccess", a_mode(0600), true).error, EACCES);
  EXPECT_EQ(read("/.htaccess"), 0);
  EXPECT_THAT(told_, HasSubstr("PathDenyFilter"));
  serve("PathAllowFilter \\.(jpg|png)$ [NC]");
  EXPECT_EQ(put("/a.JPG"), 0);
  EXPECT_EQ(put("/a.exe"), EACCES);
  serve("DenyFilter \\*.*/");
  EXPECT_EQ(put("/*x/f"), EACCES);
  EXPECT_EQ(put("/n"), 0);
  serve("PathDenyFilter (");
  EXPECT_THAT(problems_, HasSubstr("no regular expression"));
}

TEST_F(FilePolicies, HidingByName) {
  for (const char* name : {"a", "b.bak", ".c"}) make_file(name);
  serve("HideFiles \\.bak$");
  EXPECT_THAT(*list("/"), ElementsAre(".c", "a"));
  EXPECT_EQ(read("/b.bak"), 0);  // only listings leave it out
  serve("HideFiles !^a$");
  EXPECT_THAT(*list("/"), ElementsAre("a"));
  serve("HideFiles \\.bak$ user bob");
  EXPECT_EQ(list("/")->size(), 3U);
  serve("HideFiles \\.bak$\nHideFiles none user alice");
  EXPECT_EQ(list("/")->size(), 3U);
  std::filesystem::create_directory(root_ + "/d");
  make_file("d/x.bak");
  serve("<Directory ROOT/d>\nHideFiles .\n</Directory>");
  EXPECT_THAT(*list("/d"), IsEmpty());
  EXPECT_EQ(list("/")->size(), 3U) << "d itself is hidden, too";
}

TEST_F(FilePolicies, HidingByOwner) {
  make_file("f");
  serve("HideUser ~");
  EXPECT_THAT(*list("/"), IsEmpty());
  serve("HideUser !~");
  EXPECT_THAT(*list("/"), ElementsAre("f"));
  serve("HideGroup ~");
  EXPECT_THAT(*list("/"), IsEmpty());
}

TEST_F(FilePolicies, HidingWhatCannotBeRead) {
  make_file("f");
  make_file("private");
  std::filesystem::create_directory(root_ + "/closed");
  chmod((root_ + "/private").c_str(), 0600);
  chmod((root_ + "/closed").c_str(), 0700);
  user_.uid = getuid() + 1;
  user_.gid = getgid() + 1;
  serve("HideNoAccess on");
  EXPECT_THAT(*list("/"), ElementsAre("f"));
  user_.groups = {getgid()};
  chmod((root_ + "/private").c_str(), 0640);
  serve("HideNoAccess on");
  EXPECT_THAT(*list("/"), ElementsAre("f", "private"));
}

TEST_F(FilePolicies, ShowSymlinks) {
  make_file("f", "12345");
  std::filesystem::create_symlink("f", root_ + "/l");
  std::filesystem::create_symlink("nowhere", root_ + "/m");
  serve("ShowSymlinks off");
  EXPECT_EQ(files_->lstat("/l")->size, 5U);
  EXPECT_TRUE(S_ISREG(*files_->lstat("/l")->mode));
  EXPECT_TRUE(S_ISLNK(*files_->lstat("/m")->mode));
  auto directory = files_->open_directory("/");
  sftp::DirectoryEntry entry;
  while (*(*directory)->next(entry))
    EXPECT_TRUE(entry.name != "l" || S_ISREG(*entry.attributes.mode));
}

TEST_F(FilePolicies, Fakes) {
  make_file("f");
  std::filesystem::create_directory(root_ + "/d");
  serve("DirFakeMode 0440\nDirFakeUser on no-such-user\nDirFakeGroup on ~");
  const auto file = files_->stat("/f"), folder = files_->stat("/d");
  EXPECT_EQ(*file->mode, S_IFREG | 0440U);
  EXPECT_EQ(*folder->mode, S_IFDIR | 0550U);
  EXPECT_EQ(files_->user_name(*file->uid), "no-such-user");
  EXPECT_EQ(file->gid, getgid());
  auto opened = files_->open("/f", {.read = true});
  EXPECT_EQ(*(*opened)->stat()->mode, S_IFREG | 0440U);
}

TEST_F(FilePolicies, ModesOfWhatIsNew) {
  std::filesystem::create_directory(root_ + "/d");
  serve("Umask 007 077\n<Directory ROOT/d>\nUmask 027\n</Directory>");
  EXPECT_EQ(put("/f"), 0);
  EXPECT_EQ(mode_of("f"), 0660U);
  EXPECT_EQ(files_->make_directory("/new", 0777).error, 0);
  EXPECT_EQ(mode_of("new"), 0700U);
  EXPECT_EQ(put("/d/f"), 0);
  EXPECT_EQ(mode_of("d/f"), 0640U);
  serve("ForceMode 0604 0705");
  EXPECT_EQ(put("/g"), 0);
  EXPECT_EQ(mode_of("g"), 0604U);
  EXPECT_EQ(files_->make_directory("/forced", 0777).error, 0);
  EXPECT_EQ(mode_of("forced"), 0705U);
  EXPECT_EQ(put("/f"), 0);
  EXPECT_EQ(mode_of("f"), 0660U) << "what is there keeps its mode";
}

TEST_F(FilePolicies, GroupsOfDirectoriesAreKept) {
  std::filesystem::create_directory(root_ + "/d");
  ASSERT_EQ(chmod((root_ + "/d").c_str(), 02775), 0);
  serve("AllowStoreRestart on");
  EXPECT_EQ(files_->make_directory("/d/e", 0755).error, 0);
  EXPECT_EQ(mode_of("d/e") & 02000, 02000U);
  EXPECT_EQ(files_->set("/d/e", a_mode(0750), true).error, 0);
  EXPECT_EQ(mode_of("d/e"), 02750U);
  auto handle = files_->open_directory("/d/e");
  EXPECT_EQ((*handle)->set(a_mode(0700)).error, 0);
  EXPECT_EQ(mode_of("d/e"), 02700U);
}

TEST_F(FilePolicies, OwnersOfWhatIsNew) {
  if (getuid() != 0) GTEST_SKIP() << "skipped: files are given away by root only";
  serve("UserOwner nobody\nGroupOwner daemon");
  EXPECT_EQ(put("/f"), 0);
  EXPECT_EQ(files_->make_directory("/d", 0755).error, 0);
  for (const char* name : {"/f", "/d"}) {
    struct stat status{};
    ASSERT_EQ(stat((root_ + name).c_str(), &status), 0);
    EXPECT_NE(status.st_uid, 0U);
    EXPECT_NE(status.st_gid, 0U);
  }
  make_file("old");
  EXPECT_EQ(put("/old"), 0);
  struct stat status{};
  ASSERT_EQ(stat((root_ + "/old").c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, 0U);
}

TEST_F(FilePolicies, LargestFiles) {
  make_file("big", std::string(5000, 'x'));
  serve("MaxStoreFileSize 1 Kb\nMaxRetrieveFileSize 4 Kb");
  EXPECT_EQ(put("/f", std::string(1024, 'x')), 0);
  EXPECT_EQ(put("/g", std::string(1025, 'x')), EFBIG);
  auto file = files_->open("/f", {.write = true, .append = true});
  EXPECT_EQ(write(**file, 0, "x"), EFBIG);
  EXPECT_EQ((*file)->set(a_size(2000)).error, EFBIG);
  EXPECT_EQ(files_->set("/f", a_size(2000), true).error, EFBIG);
  EXPECT_EQ(files_->set("/f", a_size(1000), true).error, 0);
  EXPECT_EQ(read("/big"), EFBIG);
  EXPECT_EQ(read("/f"), 0);
  auto from = begin("/from");
  serve("MaxStoreFileSize 4 Kb");
  auto source = files_->open("/big", {.read = true});
  auto target = files_->open("/copy", {.write = true, .create = true});
  EXPECT_EQ((*source)->copy_to(**target, 0, 0, 0).error, EFBIG);
  EXPECT_EQ((*source)->copy_to(**target, 0, 4096, 0).error, 0);
  EXPECT_EQ((*source)->copy_to(**target, 1000, 4000, 200).error, EFBIG);
  serve("MaxStoreFileSize 1 Kb\nMaxStoreFileSize * user alice");
  EXPECT_EQ(put("/h", std::string(5000, 'x')), 0);
  serve("MaxStoreFileSize 1 Kb user bob");
  EXPECT_EQ(put("/h", std::string(5000, 'x')), 0);
}

TEST_F(FilePolicies, IgnoredAttributes) {
  make_file("f");
  serve(
      "SFTPOptions IgnoreSFTPSetPerms IgnoreSFTPSetTimes IgnoreSFTPSetOwners "
      "IgnoreSFTPUploadPerms IgnoreFIFOs IgnoreSFTPSetExtendedAttributes");
  EXPECT_EQ(problems_, "");
  sftp::Attributes wanted = an_owner(12345, 12345);
  wanted.mode = 0600;
  wanted.mtime = sftp::FileTime{1, 0};
  const auto unchanged = [&] {
    const auto now = files_->stat("/f");
    return now->uid == getuid() && (*now->mode & 0777) == 0666 && now->mtime->seconds > 1;
  };
  EXPECT_EQ(files_->set("/f", wanted, true).error, 0);
  EXPECT_TRUE(unchanged());
  auto file = files_->open("/f", {.write = true});
  EXPECT_EQ((*file)->set(wanted).error, 0);
  EXPECT_TRUE(unchanged());
  EXPECT_EQ(files_->set("/f", a_size(1), true).error, 0);
  EXPECT_EQ(content("f"), "c");
  const mode_t mask = umask(022);
  EXPECT_EQ(open("/new", {.write = true, .create = true, .permissions = 0700}), 0);
  EXPECT_EQ(files_->make_directory("/d", 0700).error, 0);
  umask(mask);
  EXPECT_EQ(mode_of("new"), 0644U);
  EXPECT_EQ(mode_of("d"), 0755U);
}

TEST_F(FilePolicies, FifosNeverHold) {
  ASSERT_EQ(mkfifo((root_ + "/fifo").c_str(), 0666), 0);
  serve("AllowOverwrite on\nHiddenStores on");
  EXPECT_EQ(read("/fifo"), EPERM);
  EXPECT_EQ(open("/fifo", {.write = true}), EPERM);
  EXPECT_EQ(put("/fifo"), EPERM);
}

TEST_F(FilePolicies, HiddenStores) {
  make_file("f", "old");
  chmod((root_ + "/f").c_str(), 0604);
  serve("HiddenStores on");
  auto file = begin("/f");
  ASSERT_TRUE(file);
  EXPECT_EQ(write(*file, 0, "new"), 0);
  EXPECT_EQ(content("f"), "old");
  EXPECT_EQ(content(".in.f."), "new");
  EXPECT_EQ(begin("/f"), nullptr) << "one upload of a name at a time";
  EXPECT_THAT(told_, HasSubstr("under way"));
  EXPECT_EQ(file->close().error, 0);
  EXPECT_EQ(content("f"), "new");
  EXPECT_EQ(content(".in.f."), "<none>");
  EXPECT_EQ(mode_of("f"), 0604U) << "what is replaced keeps its mode";
  EXPECT_EQ(open("/f", {.write = true, .append = true}), EACCES);
  EXPECT_EQ(open("/none", {.write = true}), ENOENT);
  EXPECT_EQ(open("/f", {.write = true, .create = true, .exclusive = true}), EEXIST);
  serve("HiddenStores .part- .tmp");
  file = begin("/g");
  EXPECT_EQ(content(".part-g.tmp"), "");
  EXPECT_EQ(file->close().error, 0);
}

TEST_F(FilePolicies, HiddenStoresTakeOverWhatIsNotWritten) {
  const auto rewrite = [&](const std::function<void(sftp::OpenFile&)>& doing,
                           bool reading = false) {
    make_file("f", "0123456789");
    serve("HiddenStores on");
    auto file = files_->open("/f", {.read = reading, .write = true, .create = true});
    doing(**file);
    EXPECT_EQ(content("f"), "0123456789");
    return (*file)->close().error == 0 ? content("f") : std::string("<failed>");
  };
  using File = sftp::OpenFile;
  EXPECT_EQ(rewrite([](File&) {}), "0123456789");
  EXPECT_EQ(rewrite([](File& file) { EXPECT_EQ(write(file, 0, "abc"), 0); }), "abc3456789");
  EXPECT_EQ(rewrite([](File& file) {
              EXPECT_EQ(write(file, 0, "a"), 0);
              EXPECT_EQ(write(file, 5, "f"), 0);
            }),
            "a1234f6789");
  EXPECT_EQ(rewrite([](File& file) {  // as OpenSSH's scp does it
              EXPECT_EQ(write(file, 0, "new"), 0);
              EXPECT_EQ(file.set(a_size(3)).error, 0);
            }),
            "new");
  EXPECT_EQ(rewrite([](File& file) {
              EXPECT_EQ(file.set(a_size(4)).error, 0);
              EXPECT_EQ(file.set(a_size(6)).error, 0);
            }),
            std::string("0123\0\0", 6));
  EXPECT_EQ(rewrite([](File& file) { EXPECT_EQ(write(file, 0, "longer than that"), 0); }),
            "longer than that");
  EXPECT_EQ(rewrite([](File& file) { EXPECT_EQ(write(file, 3, "x"), EACCES); }), "<failed>");
  EXPECT_EQ(rewrite(
                [](File& file) {
                  std::uint8_t byte = 0;
                  const MutableView room(&byte, 1);
                  EXPECT_EQ(*file.read(7, std::span(&room, 1)), 1U);
                  EXPECT_EQ(byte, '7');
                },
                true),
            "0123456789");
}

TEST_F(FilePolicies, HiddenStoresThatAreCutOff) {
  make_file("f", "old");
  for (const bool abandoned : {true, false}) {
    serve("HiddenStores on");
    auto file = begin("/f");
    EXPECT_EQ(write(*file, 0, "ha"), 0);
    EXPECT_EQ(abandoned ? file->abandon().error : 0, 0);
    file.reset();
    EXPECT_EQ(content("f"), "old");
    EXPECT_EQ(content(".in.f."), "<none>");
  }
  serve("HiddenStores on\nDeleteAbortedStores off");
  begin("/f").reset();
  EXPECT_EQ(content(".in.f."), "");
  EXPECT_EQ(content("f"), "old");
}

TEST_F(FilePolicies, AHiddenStoreWithHolesReplacesNothing) {
  make_file("f", "old");
  serve("HiddenStores on\nMaxStoreFileSize 1 Kb");
  auto file = begin("/f");
  EXPECT_EQ(write(*file, 0, "new"), 0);
  EXPECT_EQ(write(*file, 1020, "12345"), EFBIG);
  EXPECT_EQ(file->close().error, EFBIG);
  EXPECT_EQ(content("f"), "old");
  EXPECT_EQ(content(".in.f."), "<none>");
  file = begin("/f");
  EXPECT_EQ(write(*file, 0, std::string(1025, 'x')), EFBIG);
  EXPECT_EQ(write(*file, 0, std::string(600, 'x')), 0);
  EXPECT_EQ(write(*file, 600, std::string(424, 'x')), 0);
  EXPECT_EQ(file->close().error, EFBIG);  // a byte is missing still
}

TEST(LostRanges, AreFoundAgainInPieces) {
  LostRanges lost;
  EXPECT_EQ(lost.error(), 0);
  lost.lose(10, 20, ENOSPC);
  lost.find(0, 10);
  lost.find(12, 15);
  EXPECT_EQ(lost.error(), ENOSPC);
  lost.find(10, 12);
  lost.find(15, 19);
  EXPECT_EQ(lost.error(), ENOSPC);
  lost.find(0, 100);
  EXPECT_EQ(lost.error(), 0);
  for (std::uint64_t i = 0; i < 1000; ++i) lost.lose(2 * i, 2 * i + 1, EIO);
  lost.find(1, 1999);
  EXPECT_EQ(lost.error(), EIO);
  lost.find(0, 1);
  EXPECT_EQ(lost.error(), 0);
}

TEST_F(FilePolicies, HiddenStoresAndOthersAtTheName) {
  serve("HiddenStores on\nAllowOverwrite off");
  auto file = begin("/f");
  make_file("f", "from elsewhere");
  EXPECT_EQ(file->close().error, EACCES);
  EXPECT_EQ(content("f"), "from elsewhere");
  EXPECT_EQ(content(".in.f."), "<none>");
}

TEST_F(FilePolicies, DeleteAbortedStores) {
  make_file("kept", "old");
  serve("DeleteAbortedStores on");
  begin("/f").reset();
  EXPECT_EQ(content("f"), "<none>");
  auto continued = files_->open("/kept", {.write = true, .append = true});
  EXPECT_EQ(write(**continued, 0, "er"), 0);
  EXPECT_EQ((*continued)->abandon().error, 0);
  EXPECT_EQ(content("kept"), "older") << "what was there before is not thrown away";
  auto replaced = begin("/g");
  EXPECT_EQ(write(*replaced, 0, "half"), 0);
  make_file("h", "another's file");
  std::filesystem::rename(root_ + "/h", root_ + "/g");
  replaced.reset();
  EXPECT_EQ(content("g"), "another's file");
  serve("");
  begin("/f").reset();
  EXPECT_EQ(content("f"), "");
}

class DropBoxes : public RuledFiles {
 protected:
  void SetUp() override {
    make_file("f", "secret");
    std::filesystem::create_directory(root_ + "/d");
    serve("DropBox on");
    EXPECT_EQ(problems_, "");
  }
};

TEST_F(DropBoxes, TakeNewFilesAndDirectories) {
  EXPECT_EQ(put("/n", "mine"), 0);
  EXPECT_EQ(put("/d/n", "mine"), 0);
  EXPECT_EQ(files_->make_directory("/e", 0755).error, 0);
  EXPECT_EQ(content("d/n"), "mine");
  EXPECT_EQ(files_->stat("/n")->size, 4U);
  EXPECT_EQ(files_->set("/n", a_time(1), true).error, 0);
  EXPECT_EQ(*files_->real_path("."), "/");
}

TEST_F(DropBoxes, GiveNothing) {
  EXPECT_EQ(put("/n"), 0);
  EXPECT_EQ(read("/f"), EACCES);
  EXPECT_EQ(read("/n"), EACCES);
  EXPECT_EQ(put("/f"), EACCES);
  EXPECT_EQ(put("/n"), EACCES);
  EXPECT_EQ(open("/f", {.write = true}), EACCES);
  EXPECT_EQ(open("/f", {.write = true, .append = true, .create = true}), EACCES);
  EXPECT_EQ(open("/o", {.read = true, .write = true, .create = true}), EACCES);
  EXPECT_EQ(open("/o", {.write = true, .create = true, .delete_on_close = true}), EACCES);
  EXPECT_EQ(list("/"), std::nullopt);
  EXPECT_EQ(files_->remove("/f").error, EACCES);
  EXPECT_EQ(files_->remove("/n").error, EACCES);
  EXPECT_EQ(files_->remove_directory("/d").error, EACCES);
  EXPECT_EQ(files_->rename("/f", "/g", true).error, EACCES);
  EXPECT_EQ(files_->rename("/n", "/f", true).error, EACCES);
  EXPECT_EQ(files_->make_symlink("f", "/l").error, EACCES);
  EXPECT_EQ(files_->make_hard_link("/f", "/l").error, EACCES);
  EXPECT_EQ(files_->set("/f", a_mode(0600), true).error, EACCES);
  EXPECT_EQ(files_->set("/n", a_size(0), true).error, EACCES);
  EXPECT_EQ(content("f"), "secret");
}

}  // namespace
}  // namespace ssh2core::tools
