// POSIX lists as NFSv4 lists and back: who may do what stays the same.
#include "libssh2core/io/posix_acl.h"

#include <sys/stat.h>

#include <algorithm>
#include <random>

#include "libssh2core/tests/io/fixture.h"

namespace ssh2core::io {
namespace {

using sftp::Acl;
using sftp::AclEntry;

constexpr std::uint32_t kNone = ~std::uint32_t{0};

struct PosixEntry {
  unsigned tag, permissions;
  std::uint32_t id = kNone;
};

std::string value_of(const std::vector<PosixEntry>& entries) {
  std::string out("\2\0\0\0", 4);
  const auto add = [&out](std::uint32_t value, int size) {
    for (; size-- > 0; value >>= 8) out.push_back(static_cast<char>(value & 0xff));
  };
  for (const PosixEntry& entry : entries) {
    add(entry.tag, 2);
    add(entry.permissions, 2);
    add(entry.id, 4);
  }
  return out;
}

/// Somebody: the owner, a user by number, members of groups (0: the file's).
struct Person {
  bool owner = false;
  std::uint32_t user = kNone;
  std::vector<std::uint32_t> groups;
};

/// As acl(5) has it, for one permission bit.
bool posix_allows(const std::vector<PosixEntry>& entries, const Person& person, unsigned bit) {
  unsigned mask = 7;
  for (const PosixEntry& entry : entries)
    if (entry.tag == 0x10) mask = entry.permissions;
  for (const PosixEntry& entry : entries)
    if (entry.tag == 0x01 && person.owner) return (entry.permissions & bit) != 0;
  for (const PosixEntry& entry : entries)
    if (entry.tag == 0x02 && entry.id == person.user) return (entry.permissions & mask & bit) != 0;
  bool member = false;
  for (const PosixEntry& entry : entries) {
    const std::uint32_t group = entry.tag == 0x04 ? 0 : entry.id;
    if ((entry.tag != 0x04 && entry.tag != 0x08) ||
        std::ranges::find(person.groups, group) == person.groups.end())
      continue;
    member = true;
    if ((entry.permissions & mask & bit) != 0) return true;
  }
  if (member) return false;
  for (const PosixEntry& entry : entries)
    if (entry.tag == 0x20) return (entry.permissions & bit) != 0;
  return false;
}

/// As RFC 7530 section 6.2.1 has it, for one bit of a mask.
bool nfs4_allows(const Acl& acl, const Person& person, std::uint32_t bit) {
  for (const AclEntry& entry : acl.entries) {
    bool about = entry.who == "EVERYONE@" || (entry.who == "OWNER@" && person.owner);
    const auto in = [&](std::uint32_t group) {
      return std::ranges::find(person.groups, group) != person.groups.end();
    };
    about = about || (entry.who == "GROUP@" && in(0));
    if (entry.id) {
      const bool group = (entry.flags & sftp::kAceIdentifierGroup) != 0;
      about = about || (group ? in(*entry.id) : person.user == *entry.id);
    }
    if (about && (entry.mask & bit) != 0) return entry.type == sftp::kAceAllow;
  }
  return false;
}

const std::vector<Person> kPeople = {{true, 1, {}},   {true, kNone, {0, 7}}, {false, 1, {}},
                                     {false, 2, {0}}, {false, 3, {0}},       {false, 3, {7}},
                                     {false, 3, {8}}, {false, 3, {7, 8}},    {false, 3, {0, 7, 8}},
                                     {false, 3, {}}};

TEST(PosixAcl, EverybodyMayDoTheSameByBothLists) {
  std::mt19937 random(3);
  const auto any = [&] { return static_cast<unsigned>(random() % 8); };
  for (int round = 0; round < 3000; ++round) {
    std::vector<PosixEntry> entries = {{1, any()}};
    if (random() % 2 != 0) entries.push_back({2, any(), 1});
    if (random() % 2 != 0) entries.push_back({2, any(), 2});
    entries.push_back({4, any()});
    if (random() % 2 != 0) entries.push_back({8, any(), 7});
    if (random() % 2 != 0) entries.push_back({8, any(), 8});
    if (entries.size() > 2) entries.push_back({0x10, any()});
    entries.push_back({0x20, any()});
    const auto acl = to_nfs4(value_of(entries), S_IFREG);
    ASSERT_TRUE(acl);
    for (const Person& person : kPeople) {
      ASSERT_EQ(posix_allows(entries, person, 4), nfs4_allows(*acl, person, sftp::kAceReadData));
      ASSERT_EQ(posix_allows(entries, person, 2), nfs4_allows(*acl, person, sftp::kAceWriteData));
      ASSERT_EQ(posix_allows(entries, person, 1), nfs4_allows(*acl, person, sftp::kAceExecute));
    }
    const auto back = to_posix(*acl);
    ASSERT_TRUE(back);
    const auto again = to_nfs4(back->value, S_IFREG | back->mode);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->entries, acl->entries);
  }
}

TEST(PosixAcl, PlainPermissionsAreThreeEntries) {
  const auto acl = to_nfs4({}, S_IFREG | 0640);
  ASSERT_TRUE(acl);
  ASSERT_EQ(acl->entries.size(), 3U);
  EXPECT_EQ(acl->entries[0].who, "OWNER@");
  EXPECT_EQ(acl->entries[1].who, "GROUP@");
  EXPECT_EQ(acl->entries[2].who, "EVERYONE@");
  EXPECT_EQ(acl->entries[1].flags, sftp::kAceIdentifierGroup);
  EXPECT_NE(acl->entries[1].mask & sftp::kAceReadData, 0U);
  EXPECT_EQ(acl->entries[2].mask & sftp::kAceReadData, 0U);
  for (mode_t mode = 0; mode < 01000; ++mode) {
    const auto list = to_nfs4({}, S_IFDIR | mode);
    ASSERT_TRUE(list);
    const auto posix = to_posix(*list);
    ASSERT_TRUE(posix);
    EXPECT_EQ(posix->mode, mode);
    EXPECT_EQ(posix->value, "");
  }
}

TEST(PosixAcl, WhatCannotBeKeptIsRefused) {
  const auto error = [](AclEntry entry) {
    Acl acl;
    acl.entries.push_back(std::move(entry));
    const auto posix = to_posix(acl);
    return posix ? 0 : posix.error().value;
  };
  EXPECT_EQ(error({sftp::kAceAudit, 0, 1, "EVERYONE@"}), EOPNOTSUPP);
  EXPECT_EQ(error({sftp::kAceAlarm, 0, 1, "EVERYONE@"}), EOPNOTSUPP);
  EXPECT_EQ(error({sftp::kAceAllow, 1, 1, "EVERYONE@"}), EOPNOTSUPP);  // inherited by files
  EXPECT_EQ(error({sftp::kAceAllow, 0, 1, "INTERACTIVE@"}), EINVAL);
  EXPECT_EQ(error({sftp::kAceAllow, 0, 1, "", 5}), 0);
  // To change but not to append is less than to write.
  Acl acl;
  acl.entries = {{sftp::kAceAllow, 0, sftp::kAceWriteData, "EVERYONE@"}};
  EXPECT_EQ(to_posix(acl)->mode, 0U);
}

TEST(PosixAcl, MalformedValuesAreRefused) {
  const std::string whole = value_of({{1, 7}, {4, 5}, {0x20, 4}});
  for (std::size_t size = 1; size < whole.size(); ++size) {
    if (size == 4 || size == 12 || size == 20) continue;
    EXPECT_FALSE(to_nfs4(whole.substr(0, size), S_IFREG)) << size;
  }
  std::string other_version = whole;
  other_version[0] = 1;
  EXPECT_FALSE(to_nfs4(other_version, S_IFREG));
}

TEST(PosixAcl, AFileKeepsWhatIsSet) {
  Sandbox box;
  box.put(box.root / "file", "x");
  std::filesystem::create_directory(box.root / "d");
  ::chmod((box.root / "file").c_str(), 04640);
  const auto files = box.file_system();
  sftp::Attributes wanted;
  wanted.acl = files->acl("file", true) ? *files->acl("file", true) : Acl{};
  ASSERT_EQ(wanted.acl->entries.size(), 3U);
  wanted.acl->entries.insert(wanted.acl->entries.begin() + 1,
                             {sftp::kAceAllow, 0, sftp::kAceReadData, "", 12345});
  const int error = files->set("file", wanted, true).error;
  if (error == EOPNOTSUPP) GTEST_SKIP() << "skipped: no access control lists on this file system";
  ASSERT_EQ(error, 0);
  const auto now = files->acl("file", true);
  ASSERT_TRUE(now);
  EXPECT_EQ(now->entries[1].id, 12345U);
  auto file = files->open("file", {.read = true});
  ASSERT_TRUE(file);
  EXPECT_EQ((*file)->acl()->entries, now->entries);
  // The three entries alone: the list is gone and the bits are right, the others kept.
  wanted.acl = *to_nfs4({}, S_IFREG | 0604);
  EXPECT_EQ((*file)->set(wanted).error, 0);
  EXPECT_EQ(*files->stat("file")->mode & 07777U, 04604U);
  EXPECT_EQ(files->acl("file", true)->entries.size(), 4U);  // the group is denied
  EXPECT_EQ(files->set("d", wanted, true).error, 0);
  EXPECT_EQ(*files->stat("d")->mode & 07777U, 0604U);
  box.link("file", "link");
  EXPECT_EQ(files->set("link", wanted, false).error, EOPNOTSUPP);
  EXPECT_EQ(error_of(files->acl("link", false)), EOPNOTSUPP);
  EXPECT_EQ(error_of(files->acl("none", true)), ENOENT);
}

}  // namespace
}  // namespace ssh2core::io
