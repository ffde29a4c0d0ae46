// Which words of <Limit> are asked about what a client wants: the table of mod_sftp's requests.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ssh2core::tools {

/// What a client does to a path, as far as <Limit> tells it apart.
enum class Act {
  OpenToRead,
  OpenToWrite,
  OpenToAppend,
  OpenDirectory,
  ListDirectory,
  RealPath,
  Stat,
  Lstat,
  Fstat,
  SetByPath,
  SetByHandle,
  ChangeOwner,
  ChangeMode,
  MakeDirectory,
  RemoveDirectory,
  Remove,
  RenameFrom,
  RenameAway,  // that a name goes is a change where it was
  RenameTo,
  ReadLink,
  LinkTarget,
  LinkName,
  HardLinkSource,
  HardLinkRead,  // through the new name the file could be read where that is allowed
  HardLinkName,
  Lock,
  CopySource,
  CopyTarget,
  ReadXattr,
  WriteXattr,
};

/// A row of the table.
struct LimitRow {
  Act act;
  std::array<std::string_view, 3> names;  // the commands themselves; empty: no more
  std::string_view group;                 // DIRS, READ, WRITE; empty: none
};
std::span<const LimitRow> limit_rows();
const LimitRow& limit_row(Act act);

/// What is to be made of a word behind <Limit>.
enum class LimitWord { Command, FtpOnly, Unknown };
/// `word` without case.
LimitWord judge_limit_word(std::string_view word);
/// All words that have an effect, for the nearest one.
std::vector<std::string> limit_words();

}  // namespace ssh2core::tools
