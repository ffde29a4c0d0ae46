#include "tools/sftpd-lite/files/ruled_file_system.h"

#include <algorithm>

#include "tools/sftpd-lite/files/ruled_directory.h"

namespace ssh2core::tools {

using sftp::Attributes;
using sftp::Errno;
using sftp::OpenDirectory;
using sftp::Outcome;
using sftp::Result;

/// The absolute path without symlinks; of the last component only when it is to be followed.
Result<std::string> RuledFileSystem::resolve(std::string_view path, Last last,
                                             bool& directory_only) {
  directory_only = path.size() > 1 && path.ends_with('/');
  if (last == Last::Followed) return inner().real_path(path);
  std::string_view name = path;
  while (name.ends_with('/')) name.remove_suffix(1);
  const std::size_t slash = name.rfind('/');
  const std::string_view parent = slash == std::string_view::npos ? "" : name.substr(0, slash + 1);
  if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
  if (name.empty() || name == "." || name == "..") return inner().real_path(path);
  Result<std::string> made = inner().real_path(parent);
  if (!made) return made;
  if (!made->ends_with('/')) *made += '/';
  *made += name;
  return made;
}

/// Whether the name, or that of something around it, is one that listings leave out.
bool RuledFileSystem::has_hidden_part(const Subject& subject) {
  const FilePolicy& policy = subject.here->policy;
  if (policy.hide_files)
    for (std::size_t begin = 1; begin < subject.path.size();) {
      const std::size_t end = std::min(subject.path.find('/', begin), subject.path.size());
      const std::string_view name = std::string_view(subject.path).substr(begin, end - begin);
      if (context_.is_hidden(policy, name, nullptr)) return true;
      begin = end + 1;
    }
  if (!RuleContext::hides_by_attributes(policy)) return false;
  const Result<Attributes> found = inner().lstat(subject.path);
  return found && context_.is_hidden(policy, "", &*found);
}

Result<Subject> RuledFileSystem::find(std::string_view path, Last last) {
  if (const int error = context_.filter_text(path)) return Errno{error};
  Subject subject;
  if (!context_.rules().ask_for_paths()) {
    subject.path = path;
    subject.here = &context_.at(subject.path);
    return subject;
  }
  Result<std::string> resolved = resolve(path, last, subject.directory_only);
  if (!resolved) return resolved.error();
  subject.path = std::move(*resolved);
  subject.here = &context_.at(subject.path);
  if (std::ranges::any_of(subject.here->limits, [](const PlaceLimits* place) {
        return std::ranges::any_of(place->all,
                                   [](const auto& one) { return one.limit->ignore_hidden; });
      }))
    subject.hidden = has_hidden_part(subject);
  return subject;
}

Result<Subject> RuledFileSystem::permitted(std::string_view path, Last last, Act act) {
  Result<Subject> subject = find(path, last);
  if (!subject) return subject;
  if (const int error = context_.judge(act, *subject)) return Errno{error};
  return subject;
}

Result<Subject> RuledFileSystem::permitted_change(std::string_view path, Act act) {
  Result<Subject> subject = permitted(path, Last::Itself, act);
  if (!subject) return subject;
  if (const int error = context_.filter(*subject)) return Errno{error};
  return subject;
}

Result<std::unique_ptr<OpenDirectory>> RuledFileSystem::open_directory(std::string_view path) {
  Result<Subject> subject = permitted(path, Last::Followed, Act::OpenDirectory);
  if (!subject) return subject.error();
  Result<std::unique_ptr<OpenDirectory>> opened = inner().open_directory(subject->text());
  if (!opened) return opened;
  // As mod_sftp has it: who may open but not list sees nothing.
  const bool empty = context_.judge(Act::ListDirectory, *subject) != 0;
  return std::unique_ptr<OpenDirectory>(std::make_unique<RuledDirectory>(
      std::move(*opened), context_, inner(), std::move(*subject), empty));
}

Result<Attributes> RuledFileSystem::stat(std::string_view path) {
  const Result<Subject> subject = permitted(path, Last::Followed, Act::Stat);
  if (!subject) return subject.error();
  Result<Attributes> found = inner().stat(subject->text());
  if (found) context_.disguise(subject->here->policy, *found);
  return found;
}

Result<Attributes> RuledFileSystem::lstat(std::string_view path) {
  Result<Subject> subject = permitted(path, Last::Itself, Act::Lstat);
  if (!subject) return subject.error();
  Result<Attributes> found = inner().lstat(subject->text());
  if (!subject->here->policy.show_symlinks.value_or(true))
    if (Result<Subject> target = find(path, Last::Followed))
      if (Result<Attributes> of_target = inner().stat(target->text())) found = std::move(of_target);
  if (found) context_.disguise(subject->here->policy, *found);
  return found;
}

Outcome RuledFileSystem::set(std::string_view path, const Attributes& wanted, bool follow) {
  const Result<Subject> subject = find(path, follow ? Last::Followed : Last::Itself);
  if (!subject) return {subject.error().value};
  Attributes permitted = wanted;
  if (const int error = context_.permit_set(Act::SetByPath, *subject, permitted)) return {error};
  return inner().set(subject->text(), permitted, follow);
}

Outcome RuledFileSystem::remove(std::string_view path) {
  const Result<Subject> subject = permitted_change(path, Act::Remove);
  return subject ? inner().remove(subject->text()) : Outcome{subject.error().value};
}

Outcome RuledFileSystem::make_directory(std::string_view path, std::uint32_t permissions) {
  const Result<Subject> subject = permitted_change(path, Act::MakeDirectory);
  if (!subject) return {subject.error().value};
  const FilePolicy& policy = subject->here->policy;
  {
    const UmaskFor mask(policy, true);
    const Outcome made =
        inner().make_directory(subject->text(), permissions_of(*subject, permissions, true));
    if (!made.ok()) return made;
  }
  give_away(*subject);
  return {};
}

Outcome RuledFileSystem::remove_directory(std::string_view path) {
  const Result<Subject> subject = permitted_change(path, Act::RemoveDirectory);
  return subject ? inner().remove_directory(subject->text()) : Outcome{subject.error().value};
}

Result<std::string> RuledFileSystem::real_path(std::string_view path) {
  Result<Subject> subject = permitted(path, Last::Followed, Act::RealPath);
  if (!subject) return subject.error();
  return inner().real_path(subject->path);
}

Outcome RuledFileSystem::rename(std::string_view from, std::string_view to, bool overwrite) {
  const Result<Subject> source = permitted_change(from, Act::RenameFrom);
  if (!source) return {source.error().value};
  if (const int error = context_.judge(Act::RenameAway, *source)) return {error};
  const Result<Subject> target = permitted_change(to, Act::RenameTo);
  if (!target) return {target.error().value};
  if (context_.has_rules_below(source->path))
    return {context_.refuse(source->path,
                            "a <Directory> is about it or something in it, which would leave it "
                            "by another name")};
  const bool may_overwrite = target->here->policy.allow_overwrite.value_or(true);
  Outcome outcome = inner().rename(source->text(), target->text(), overwrite && may_overwrite);
  if (outcome.error == EEXIST && overwrite && !may_overwrite)
    outcome.error = context_.refuse(target->path, "AllowOverwrite is off");
  return outcome;
}

Result<std::string> RuledFileSystem::read_link(std::string_view path) {
  const Result<Subject> subject = permitted(path, Last::Itself, Act::ReadLink);
  if (!subject) return subject.error();
  return inner().read_link(subject->text());
}

Outcome RuledFileSystem::make_symlink(std::string_view target, std::string_view link) {
  const Result<Subject> made = permitted_change(link, Act::LinkName);
  if (!made) return {made.error().value};
  // A target that is not there yet is judged when it is used.
  std::string meant(target);
  if (!target.starts_with('/'))
    meant = made->path.substr(0, made->path.rfind('/') + 1).append(target);
  if (const Result<Subject> there = find(meant, Last::Followed))
    if (const int error = context_.judge(Act::LinkTarget, *there)) return {error};
  return inner().make_symlink(target, made->text());
}

Outcome RuledFileSystem::make_hard_link(std::string_view existing, std::string_view link) {
  const Result<Subject> source = permitted(existing, Last::Itself, Act::HardLinkSource);
  if (!source) return {source.error().value};
  if (const int error = context_.judge(Act::HardLinkRead, *source)) return {error};
  const Result<Subject> made = permitted_change(link, Act::HardLinkName);
  if (!made) return {made.error().value};
  return inner().make_hard_link(source->text(), made->text());
}

Result<sftp::Statvfs> RuledFileSystem::statvfs(std::string_view path) {
  const Result<Subject> subject = find(path, Last::Followed);
  if (!subject) return subject.error();
  return inner().statvfs(subject->text());
}

Result<sftp::Acl> RuledFileSystem::acl(std::string_view path, bool follow) {
  const Result<Subject> subject = follow ? permitted(path, Last::Followed, Act::Stat)
                                         : permitted(path, Last::Itself, Act::Lstat);
  if (!subject) return subject.error();
  return inner().acl(subject->text(), follow);
}

Result<std::string> RuledFileSystem::xattr(std::string_view path, std::string_view name) {
  const Result<Subject> subject = permitted(path, Last::Followed, Act::ReadXattr);
  if (!subject) return subject.error();
  return inner().xattr(subject->text(), name);
}

Result<std::vector<std::string>> RuledFileSystem::xattrs(std::string_view path) {
  const Result<Subject> subject = permitted(path, Last::Followed, Act::ReadXattr);
  if (!subject) return subject.error();
  return inner().xattrs(subject->text());
}

Outcome RuledFileSystem::set_xattr(std::string_view path, std::string_view name,
                                   std::string_view value, sftp::XattrMode mode) {
  const Result<Subject> subject = find(path, Last::Followed);
  if (!subject) return {subject.error().value};
  if (const int error = context_.permit_xattr(*subject)) return {error};
  if (context_.settings().ignore_set_xattrs) return {};
  return inner().set_xattr(subject->text(), name, value, mode);
}

Outcome RuledFileSystem::remove_xattr(std::string_view path, std::string_view name) {
  const Result<Subject> subject = find(path, Last::Followed);
  if (!subject) return {subject.error().value};
  if (const int error = context_.permit_xattr(*subject)) return {error};
  if (context_.settings().ignore_set_xattrs) return {};
  return inner().remove_xattr(subject->text(), name);
}

const std::string& RuledFileSystem::user_name(std::uint32_t uid) {
  return context_.shown_name(uid, false, inner().user_name(uid));
}

const std::string& RuledFileSystem::group_name(std::uint32_t gid) {
  return context_.shown_name(gid, true, inner().group_name(gid));
}

}  // namespace ssh2core::tools
