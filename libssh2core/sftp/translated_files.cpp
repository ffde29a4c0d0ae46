#include "libssh2core/sftp/translated_files.h"

#include <type_traits>

namespace ssh2core::sftp {

namespace {

constexpr ProtocolVersion kFirstOfUtf8 = 4;

class TranslatedDirectory final : public OpenDirectory {
 public:
  TranslatedDirectory(std::unique_ptr<OpenDirectory> directory, const NameTranslator& names)
      : directory_(std::move(directory)), names_(names) {}

  Result<bool> next(DirectoryEntry& entry) override {
    Result<bool> more = directory_->next(entry);
    if (!more || !*more) return more;
    std::string name = entry.name;
    if (names_.to_client(name)) {
      if (name != entry.name) entry.name = std::move(name);
      return more;
    }
    // -13 section 7.9: said in the bits, with the name as it is.
    Attributes& a = entry.attributes;
    a.bits = a.bits.value_or(0) | kBitTranslationError;
    a.bits_valid = a.bits_valid.value_or(0) | kBitTranslationError;
    a.untranslated_name = std::move(entry.name);
    entry.name = std::move(name);
    return more;
  }
  Result<Attributes> stat() override { return directory_->stat(); }
  Outcome set(const Attributes& wanted) override { return directory_->set(wanted); }

 private:
  std::unique_ptr<OpenDirectory> directory_;
  const NameTranslator& names_;
};

}  // namespace

bool NameTranslator::works() const {
  if (encoding_.bytes) return false;
  return version_ >= kFirstOfUtf8 || encoding_.clients != nullptr;
}

Result<std::string_view> NameTranslator::to_local(std::string_view path, std::string& room) const {
  if (!works()) return path;
  if (version_ < kFirstOfUtf8) {
    const auto text = encoding_.clients->to_utf8(path);
    if (!text) return Errno{EILSEQ};
    path = room = *text;
  }
  if (!is_utf8(path)) return Errno{EILSEQ};
  if (!encoding_.local) return path;
  auto text = encoding_.local->from_utf8(path);
  if (!text || text->find('\0') != std::string::npos) return Errno{EILSEQ};
  room = std::move(*text);
  return std::string_view(room);
}

bool NameTranslator::to_client(std::string& name) const {
  if (!works()) return true;
  std::optional<std::string> text;
  if (encoding_.local)
    text = encoding_.local->to_utf8(name);
  else if (is_utf8(name) && version_ >= kFirstOfUtf8)
    return true;
  else if (is_utf8(name))
    text = name;
  if (text && version_ < kFirstOfUtf8) text = encoding_.clients->from_utf8(*text);
  if (text) {
    name = std::move(*text);
    return true;
  }
  if (version_ >= kFirstOfUtf8) name = repaired_utf8(name);
  return false;
}

template <class Answer, class Call>
Answer TranslatedFiles::with(std::string_view path, Call call) {
  std::string room;
  const Result<std::string_view> local = names.to_local(path, room);
  if (!local) {
    if constexpr (std::is_same_v<Answer, Outcome>)
      return {local.error().value};
    else
      return local.error();
  }
  return call(*local);
}

template <class Call>
Outcome TranslatedFiles::with_both(std::string_view first, std::string_view second, Call call) {
  return with<Outcome>(first, [&](std::string_view one) {
    return with<Outcome>(second, [&](std::string_view two) { return call(one, two); });
  });
}

Result<std::string> TranslatedFiles::told(Result<std::string> path) const {
  if (path) names.to_client(*path);
  return path;
}

Result<std::unique_ptr<OpenFile>> TranslatedFiles::open(std::string_view path,
                                                        const OpenMode& mode) {
  using Answer = Result<std::unique_ptr<OpenFile>>;
  return with<Answer>(path, [&](std::string_view local) { return files_.open(local, mode); });
}

Result<std::unique_ptr<OpenDirectory>> TranslatedFiles::open_directory(std::string_view path) {
  using Answer = Result<std::unique_ptr<OpenDirectory>>;
  auto opened =
      with<Answer>(path, [&](std::string_view local) { return files_.open_directory(local); });
  if (!opened || !names.works()) return opened;
  return std::unique_ptr<OpenDirectory>(
      std::make_unique<TranslatedDirectory>(std::move(*opened), names));
}

Result<Attributes> TranslatedFiles::stat(std::string_view path) {
  return with<Result<Attributes>>(path, [&](std::string_view local) { return files_.stat(local); });
}
Result<Attributes> TranslatedFiles::lstat(std::string_view path) {
  return with<Result<Attributes>>(path,
                                  [&](std::string_view local) { return files_.lstat(local); });
}
Outcome TranslatedFiles::set(std::string_view path, const Attributes& wanted, bool follow) {
  return with<Outcome>(path,
                       [&](std::string_view local) { return files_.set(local, wanted, follow); });
}
Outcome TranslatedFiles::remove(std::string_view path) {
  return with<Outcome>(path, [&](std::string_view local) { return files_.remove(local); });
}
Outcome TranslatedFiles::make_directory(std::string_view path, std::uint32_t permissions) {
  return with<Outcome>(
      path, [&](std::string_view local) { return files_.make_directory(local, permissions); });
}
Outcome TranslatedFiles::remove_directory(std::string_view path) {
  return with<Outcome>(path,
                       [&](std::string_view local) { return files_.remove_directory(local); });
}
Result<std::string> TranslatedFiles::real_path(std::string_view path) {
  return told(with<Result<std::string>>(
      path, [&](std::string_view local) { return files_.real_path(local); }));
}
Outcome TranslatedFiles::rename(std::string_view from, std::string_view to, bool overwrite) {
  return with_both(from, to, [&](std::string_view one, std::string_view two) {
    return files_.rename(one, two, overwrite);
  });
}
Result<std::string> TranslatedFiles::read_link(std::string_view path) {
  return told(with<Result<std::string>>(
      path, [&](std::string_view local) { return files_.read_link(local); }));
}
Outcome TranslatedFiles::make_symlink(std::string_view target, std::string_view link) {
  return with_both(target, link, [&](std::string_view one, std::string_view two) {
    return files_.make_symlink(one, two);
  });
}
Outcome TranslatedFiles::make_hard_link(std::string_view existing, std::string_view link) {
  return with_both(existing, link, [&](std::string_view one, std::string_view two) {
    return files_.make_hard_link(one, two);
  });
}
Result<Statvfs> TranslatedFiles::statvfs(std::string_view path) {
  return with<Result<Statvfs>>(path, [&](std::string_view local) { return files_.statvfs(local); });
}
Result<std::string> TranslatedFiles::home_directory(std::string_view user) {
  return told(with<Result<std::string>>(
      user, [&](std::string_view local) { return files_.home_directory(local); }));
}
Result<Acl> TranslatedFiles::acl(std::string_view path, bool follow) {
  return with<Result<Acl>>(path, [&](std::string_view local) { return files_.acl(local, follow); });
}
Result<std::string> TranslatedFiles::xattr(std::string_view path, std::string_view name) {
  return with<Result<std::string>>(
      path, [&](std::string_view local) { return files_.xattr(local, name); });
}
Result<std::vector<std::string>> TranslatedFiles::xattrs(std::string_view path) {
  return with<Result<std::vector<std::string>>>(
      path, [&](std::string_view local) { return files_.xattrs(local); });
}
Outcome TranslatedFiles::set_xattr(std::string_view path, std::string_view name,
                                   std::string_view value, XattrMode mode) {
  return with<Outcome>(
      path, [&](std::string_view local) { return files_.set_xattr(local, name, value, mode); });
}
Outcome TranslatedFiles::remove_xattr(std::string_view path, std::string_view name) {
  return with<Outcome>(path,
                       [&](std::string_view local) { return files_.remove_xattr(local, name); });
}

}  // namespace ssh2core::sftp
