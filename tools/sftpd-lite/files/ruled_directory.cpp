#include "tools/sftpd-lite/files/ruled_directory.h"

#include <sys/stat.h>

namespace ssh2core::tools {

using sftp::Result;

const FilePolicy& RuledDirectory::policy_of(const sftp::DirectoryEntry& entry) {
  if (!context_.rules().has_directories() || entry.name == "." || entry.name == "..")
    return subject_.here->policy;
  return context_.at(path_).policy;
}

Result<bool> RuledDirectory::next(sftp::DirectoryEntry& entry) {
  if (empty_) return false;
  while (true) {
    Result<bool> more = inner_->next(entry);
    if (!more || !*more) return more;
    path_ = subject_.path;
    if (!path_.ends_with('/')) path_ += '/';
    path_ += entry.name;
    const FilePolicy& policy = policy_of(entry);
    if (context_.is_hidden(policy, entry.name, &entry.attributes)) continue;
    if (!policy.show_symlinks.value_or(true) && S_ISLNK(entry.attributes.mode.value_or(0)))
      // A symlink that leads nowhere is shown as what it is.
      if (const Result<std::string> target = files_.real_path(path_))
        if (Result<sftp::Attributes> found = files_.stat(*target))
          entry.attributes = std::move(*found);
    context_.disguise(policy, entry.attributes);
    return true;
  }
}

Result<sftp::Attributes> RuledDirectory::stat() {
  if (const int error = context_.judge(Act::Fstat, subject_)) return sftp::Errno{error};
  Result<sftp::Attributes> found = inner_->stat();
  if (found) context_.disguise(subject_.here->policy, *found);
  return found;
}

sftp::Outcome RuledDirectory::set(const sftp::Attributes& wanted) {
  sftp::Attributes permitted = wanted;
  if (const int error = context_.permit_set(Act::SetByHandle, subject_, permitted)) return {error};
  return inner_->set(permitted);
}

}  // namespace ssh2core::tools
