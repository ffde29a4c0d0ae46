// Opening files under rules: what may be overwritten or continued, and how new files come to be.
#include <fmt/format.h>
#include <sys/stat.h>

#include <cstring>

#include "tools/sftpd-lite/files/ruled_file_system.h"

namespace ssh2core::tools {

using sftp::Attributes;
using sftp::Errno;
using sftp::OpenFile;
using sftp::OpenMode;
using sftp::Outcome;
using sftp::Result;

UmaskFor::UmaskFor(const FilePolicy& policy, bool directory) {
  const auto of = [directory](const ModePair& pair) {
    return directory ? pair.directory : pair.file;
  };
  if (policy.force_mode)
    before_ = umask(0);
  else if (policy.umask)
    before_ = umask(of(*policy.umask));
}

UmaskFor::~UmaskFor() {
  if (before_) umask(*before_);
}

Result<std::unique_ptr<OpenFile>> RuledFileSystem::open(std::string_view path,
                                                        const OpenMode& mode) {
  const bool writing =
      mode.write || mode.append || mode.create || mode.truncate || mode.delete_on_close;
  const bool itself = (mode.create && mode.exclusive) || mode.no_follow;
  Result<Subject> subject = find(path, itself ? Last::Itself : Last::Followed);
  if (!subject) return subject.error();
  if (writing) {
    const Act act = mode.append ? Act::OpenToAppend : Act::OpenToWrite;
    if (const int error = context_.judge(act, *subject)) return Errno{error};
    if (const int error = context_.filter(*subject)) return Errno{error};
  }
  if (mode.delete_on_close)
    if (const int error = context_.judge(Act::Remove, *subject)) return Errno{error};
  if (mode.read)
    if (const int error = context_.judge(Act::OpenToRead, *subject)) return Errno{error};
  if (writing) return open_to_write(std::move(*subject), mode);
  return open_to_read(std::move(*subject), mode);
}

Result<std::unique_ptr<OpenFile>> RuledFileSystem::open_to_read(Subject subject,
                                                                const OpenMode& mode) {
  Result<std::unique_ptr<OpenFile>> file = inner().open(subject.text(), mode);
  if (!file) return file;
  RuledFileFacts facts{.subject = std::move(subject)};
  facts.most_retrieved = context_.rules().limit_of(facts.subject.here->policy.max_retrieve);
  if (facts.most_retrieved) {
    const Result<Attributes> found = (*file)->stat();
    if (!found) return found.error();
    if (found->size.value_or(0) > *facts.most_retrieved)
      return Errno{context_.refuse(facts.subject.path, "MaxRetrieveFileSize", EFBIG)};
  }
  return std::unique_ptr<OpenFile>(
      std::make_unique<RuledFile>(std::move(*file), context_, inner(), std::move(facts)));
}

/// What keeps a file that is there from being written.
int RuledFileSystem::refuse_existing(const Subject& subject, const OpenMode& mode,
                                     const Attributes& before) {
  if (!S_ISREG(before.mode.value_or(S_IFREG))) return 0;  // the inner file system says what it is
  const FilePolicy& policy = subject.here->policy;
  if (!mode.append && !policy.allow_overwrite.value_or(true))
    return context_.refuse(subject.path, "AllowOverwrite is off");
  // Opening a file without emptying it does not mean going on with it: OpenSSH's scp writes it all
  // anew. Where it begins to write will tell.
  const bool appended = mode.append && before.size.value_or(0) != 0;
  if (appended && !policy.allow_store_restart.value_or(true))
    return context_.refuse(subject.path, kNoRestart);
  if (appended && policy.hidden_stores && policy.hidden_stores->on)
    return context_.refuse(subject.path, kNoHiddenRestart);
  return 0;
}

Result<std::unique_ptr<OpenFile>> RuledFileSystem::open_to_write(Subject subject, OpenMode mode) {
  const FilePolicy& policy = subject.here->policy;
  const Result<Attributes> before =
      mode.no_follow ? inner().lstat(subject.text()) : inner().stat(subject.text());
  if (!before && before.error().value != ENOENT) return before.error();
  if (before) {
    if (mode.create && mode.exclusive) return Errno{EEXIST};
    if (const int error = refuse_existing(subject, mode, *before)) return Errno{error};
  } else if (!mode.create) {
    return before.error();
  } else if (!context_.rules().ask_for_paths() && !mode.exclusive && !mode.no_follow) {
    // A symlink to a file that is to come: the file is made, not the symlink found in the way.
    const Result<std::string> real = inner().real_path(subject.path);
    if (!real) return real.error();
    subject.path = *real;
  }
  mode.permissions = permissions_of(subject, mode.permissions, false);
  RuledFileFacts facts{.subject = std::move(subject)};
  facts.writable = mode.write;
  facts.append = mode.append;
  facts.continued = before && !mode.truncate && before->size.value_or(0) != 0;
  facts.most_stored = context_.rules().limit_of(policy.max_store);
  const bool regular = !before || S_ISREG(before->mode.value_or(S_IFREG));
  if (mode.write && regular && !mode.delete_on_close && policy.hidden_stores &&
      policy.hidden_stores->on)
    return open_hidden(std::move(facts), mode, before ? &*before : nullptr);
  Result<std::unique_ptr<OpenFile>> file = open_or_make(facts, mode, static_cast<bool>(before));
  if (!file) return file;
  return std::unique_ptr<OpenFile>(
      std::make_unique<RuledFile>(std::move(*file), context_, inner(), std::move(facts)));
}

/// Opens a file that is there, or makes one: never one for the other, whatever happens meanwhile.
Result<std::unique_ptr<OpenFile>> RuledFileSystem::open_or_make(RuledFileFacts& facts,
                                                                const OpenMode& mode, bool exists) {
  constexpr int kAttempts = 8;  // somebody may make and remove the file all the time
  const Subject& subject = facts.subject;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    OpenMode now = mode;
    now.create = now.exclusive = !exists;
    now.truncate = exists && mode.truncate;
    const UmaskFor mask(subject.here->policy, false);
    Result<std::unique_ptr<OpenFile>> file = inner().open(subject.text(), now);
    if (file) {
      facts.made = !exists || mode.truncate;
      if (!exists) give_away(subject, **file);
      return file;
    }
    const int error = file.error().value;
    if (!exists && error == EEXIST && !mode.exclusive) {
      if (const Result<Attributes> there = inner().stat(subject.text()))
        if (const int refusal = refuse_existing(subject, mode, *there)) return Errno{refusal};
      exists = true;
    } else if (exists && error == ENOENT && mode.create) {
      exists = false;
    } else {
      return file;
    }
  }
  return Errno{EAGAIN};
}

/// HiddenStores: the file gets its name when it is closed.
Result<std::unique_ptr<OpenFile>> RuledFileSystem::open_hidden(RuledFileFacts facts, OpenMode mode,
                                                               const Attributes* before) {
  const Subject& subject = facts.subject;
  const HiddenStores& names = *subject.here->policy.hidden_stores;
  const std::size_t slash = subject.path.rfind('/');
  facts.temporary = subject.path.substr(0, slash + 1) + names.prefix +
                    subject.path.substr(slash + 1) + names.suffix;
  facts.overwrite =
      before != nullptr || (subject.here->policy.allow_overwrite.value_or(true) && !mode.exclusive);
  // What is not written anew is taken over from the file that is there.
  std::unique_ptr<OpenFile> old;
  if (facts.continued) {
    Result<std::unique_ptr<OpenFile>> opened = inner().open(subject.text(), {.read = true});
    if (!opened) return opened;
    old = std::move(*opened);
  }
  mode.create = mode.exclusive = true;
  mode.truncate = false;
  Result<std::unique_ptr<OpenFile>> file = Errno{EIO};
  {
    const UmaskFor mask(subject.here->policy, false);
    file = inner().open(facts.temporary, mode);
  }
  if (!file && file.error().value == EEXIST)
    return Errno{context_.refuse(
        facts.temporary,
        "HiddenStores: another upload of the file is under way, or one was cut off: then remove it",
        EBUSY)};
  if (!file) return file;
  give_away(subject, **file);
  // What is replaced keeps its mode, as it does when a file is written in its place.
  if (before != nullptr && before->mode) {
    Attributes kept;
    kept.mode = *before->mode & 07777;
    static_cast<void>((*file)->set(kept));
  }
  auto made = std::make_unique<RuledFile>(std::move(*file), context_, inner(), std::move(facts));
  if (old)
    if (const Outcome taken = made->take_over(std::move(old), before->size.value_or(0), mode.read);
        !taken.ok())
      return Errno{taken.error};
  return std::unique_ptr<OpenFile>(std::move(made));
}

/// The permissions for something new, before the umask.
std::uint32_t RuledFileSystem::permissions_of(const Subject& subject, std::uint32_t wanted,
                                              bool directory) const {
  const FilePolicy& policy = subject.here->policy;
  if (policy.force_mode) return directory ? policy.force_mode->directory : policy.force_mode->file;
  if (context_.settings().ignore_upload_perms || !context_.may(Act::ChangeMode, subject))
    return directory ? 0777 : 0666;
  return wanted;
}

/// UserOwner and GroupOwner, as far as there are such accounts.
Attributes RuledFileSystem::owners_of(const FilePolicy& policy, const Attributes& now) const {
  const auto& rules = context_.rules();
  Attributes owners;
  owners.uid = policy.user_owner ? rules.uid_of(*policy.user_owner) : std::nullopt;
  owners.gid = policy.group_owner ? rules.gid_of(*policy.group_owner) : std::nullopt;
  if (!owners.uid && !owners.gid) return owners;
  owners.uid = owners.uid ? owners.uid : now.uid;
  owners.gid = owners.gid ? owners.gid : now.gid;
  return owners;
}

namespace {

bool has_owner(const FilePolicy& policy) { return policy.user_owner || policy.group_owner; }

void tell_failure(RuleContext& context, const Subject& subject, int error) {
  context.tell(
      fmt::format("{}: UserOwner or GroupOwner cannot be set: {}", subject.path, strerror(error)));
}

}  // namespace

void RuledFileSystem::give_away(const Subject& subject, OpenFile& file) {
  if (!has_owner(subject.here->policy)) return;
  const Result<Attributes> now = file.stat();
  const Attributes owners = now ? owners_of(subject.here->policy, *now) : Attributes();
  if (!owners.uid) return tell_failure(context_, subject, now ? EINVAL : now.error().value);
  if (const Outcome given = file.set(owners); !given.ok())
    tell_failure(context_, subject, given.error);
}

/// The same for a new directory.
void RuledFileSystem::give_away(const Subject& subject) {
  if (!has_owner(subject.here->policy)) return;
  const Result<Attributes> now = inner().lstat(subject.path);
  const Attributes owners = now ? owners_of(subject.here->policy, *now) : Attributes();
  if (!owners.uid) return tell_failure(context_, subject, now ? EINVAL : now.error().value);
  if (const Outcome given = inner().set(subject.path, owners, false); !given.ok())
    tell_failure(context_, subject, given.error);
}

}  // namespace ssh2core::tools
