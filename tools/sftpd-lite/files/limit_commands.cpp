#include "tools/sftpd-lite/files/limit_commands.h"

#include <algorithm>
#include <set>

#include "tools/sftpd-lite/directives/words.h"

namespace ssh2core::tools {

namespace {

using enum Act;

// The groups are those that mod_sftp's code checks, not the short list of its manual.
constexpr auto kRows = std::to_array<LimitRow>({
    {OpenToRead, {"OPEN", "RETR"}, "READ"},
    {OpenToWrite, {"OPEN", "STOR"}, "WRITE"},
    {OpenToAppend, {"OPEN", "APPE"}, "WRITE"},
    {OpenDirectory, {"OPENDIR", "MLSD"}, "DIRS"},
    {ListDirectory, {"READDIR", "LIST", "NLST"}, "DIRS"},
    {RealPath, {"REALPATH"}, "DIRS"},
    {Stat, {"STAT"}, "READ"},
    {Lstat, {"LSTAT"}, ""},
    {Fstat, {"FSTAT"}, ""},
    {SetByPath, {"SETSTAT"}, "WRITE"},
    {SetByHandle, {"FSETSTAT"}, "WRITE"},
    {ChangeOwner, {"SITE_CHGRP"}, "WRITE"},
    {ChangeMode, {"SITE_CHMOD"}, "WRITE"},
    {MakeDirectory, {"MKD", "XMKD"}, "WRITE"},
    {RemoveDirectory, {"RMD", "XRMD"}, "WRITE"},
    {Remove, {"DELE"}, "WRITE"},
    {RenameFrom, {"RNFR"}, "DIRS"},
    {RenameAway, {"RNFR"}, "WRITE"},
    {RenameTo, {"RNTO"}, "WRITE"},
    {ReadLink, {"READLINK"}, "READ"},
    {LinkTarget, {"SYMLINK"}, "READ"},
    {LinkName, {"SYMLINK"}, "WRITE"},
    {HardLinkSource, {"SYMLINK"}, "DIRS"},
    {HardLinkRead, {"SYMLINK"}, "READ"},
    {HardLinkName, {"SYMLINK"}, "WRITE"},
    {Lock, {"LOCK"}, "WRITE"},
    {CopySource, {"SITE_COPY"}, "READ"},
    {CopyTarget, {"SITE_COPY"}, "WRITE"},
    {ReadXattr, {}, "READ"},
    {WriteXattr, {}, "WRITE"},
});
static_assert(std::ranges::is_sorted(kRows, {}, &LimitRow::act));

// Commands of FTP that no request of SFTP stands for.
constexpr auto kFtpOnly = std::to_array<std::string_view>(
    {"ABOR",       "ACCT",       "ALLO",         "AUTH",       "CCC",  "CDUP",      "CLNT",
     "CWD",        "EPRT",       "EPSV",         "FEAT",       "HELP", "HOST",      "INFO",
     "LANG",       "MDTM",       "MFF",          "MFMT",       "MLST", "MODE",      "NOOP",
     "OPTS",       "PASS",       "PASV",         "PBSZ",       "PORT", "PROT",      "PWD",
     "QUIT",       "RANG",       "REIN",         "REST",       "SITE", "SIZE",      "SMNT",
     "STOU",       "STRU",       "SYST",         "TYPE",       "USER", "SITE_CPFR", "SITE_CPTO",
     "SITE_MKDIR", "SITE_RMDIR", "SITE_SYMLINK", "SITE_UTIME", "XCUP", "XCWD",      "XPWD"});

}  // namespace

std::span<const LimitRow> limit_rows() { return kRows; }

const LimitRow& limit_row(Act act) { return kRows[static_cast<std::size_t>(act)]; }

std::vector<std::string> limit_words() {
  std::set<std::string> words{"ALL", "LOGIN"};
  for (const LimitRow& row : kRows) {
    for (const std::string_view name : row.names)
      if (!name.empty()) words.emplace(name);
    if (!row.group.empty()) words.emplace(row.group);
  }
  return {words.begin(), words.end()};
}

LimitWord judge_limit_word(std::string_view word) {
  const auto is = [word](std::string_view one) { return equal_without_case(one, word); };
  if (std::ranges::any_of(limit_words(), is)) return LimitWord::Command;
  return std::ranges::any_of(kFtpOnly, is) ? LimitWord::FtpOnly : LimitWord::Unknown;
}

}  // namespace ssh2core::tools
