#include "libssh2core/tests/sftp/memory_file_system.h"

#include <algorithm>

#include "libssh2core/tests/sftp/memory_node.h"

namespace ssh2core::sftp {

namespace {

constexpr Statvfs kFigures{4096, 4096, 1000, 500, 400, 100, 50, 40, 7, 0, kLongestName};

std::shared_ptr<MemoryNode> new_node(std::uint32_t mode) {
  auto node = std::make_shared<MemoryNode>();
  node->mode = mode;
  return node;
}

std::shared_ptr<MemoryNode> copy_of(const MemoryNode& node) {
  auto copy = std::make_shared<MemoryNode>(node);
  copy->locks.clear();
  for (auto& [name, child] : copy->children) child = copy_of(*child);
  return copy;
}

bool overlap(const LockRange& a, const LockRange& b) {
  const auto last = [](const LockRange& r) {
    return r.length == 0 ? ~std::uint64_t{0} : r.offset + r.length - 1;
  };
  return a.offset <= last(b) && b.offset <= last(a);
}

}  // namespace

class MemoryFile final : public OpenFile {
 public:
  MemoryFile(MemoryFileSystem& files, std::shared_ptr<MemoryNode> node, const OpenMode& mode)
      : files_(files), node_(std::move(node)), mode_(mode) {
    if (files.read_pace) read_throttle_.emplace(files.read_pace, files.free_bytes);
    if (files.write_pace) write_throttle_.emplace(files.write_pace, files.free_bytes);
  }
  ~MemoryFile() override { release(); }

  Result<std::size_t> read(std::uint64_t offset, std::span<const MutableView> pieces) override {
    ++files_.reads;
    if (!mode_.read) return Errno{EBADF};
    if (node_->is(kDirectory)) return Errno{EISDIR};
    if (const int error = files_.read_fault ? files_.read_fault(offset) : 0) return Errno{error};
    const ByteView data = node_->data;
    std::size_t at = static_cast<std::size_t>(std::min<std::uint64_t>(offset, data.size()));
    const std::size_t start = at;
    for (const MutableView piece : pieces) {
      const std::size_t count = std::min(piece.size(), data.size() - at);
      std::copy_n(data.begin() + static_cast<std::ptrdiff_t>(at), count, piece.begin());
      at += count;
    }
    return at - start;
  }

  Outcome write(std::uint64_t offset, std::span<const ByteView> pieces) override {
    ++files_.writes;
    if (!mode_.write) return {EBADF};
    std::size_t size = 0;
    for (const ByteView piece : pieces) size += piece.size();
    if (mode_.append) offset = node_->data.size();
    if (const int error = files_.write_fault ? files_.write_fault(offset, size) : 0) return {error};
    if (offset > files_.max_file || size > files_.max_file - offset) return {EFBIG};
    if (node_->data.size() < offset + size) node_->data.resize(offset + size);
    auto at = node_->data.begin() + static_cast<std::ptrdiff_t>(offset);
    for (const ByteView piece : pieces) at = std::copy(piece.begin(), piece.end(), at);
    return {};
  }

  Outcome reserve(std::uint64_t size) override {
    return {size > files_.max_file ? ENOSPC : files_.reserve_fault};
  }
  Throttle* throttle(bool writing) override {
    auto& throttle = writing ? write_throttle_ : read_throttle_;
    return throttle ? &*throttle : nullptr;
  }
  Result<Attributes> stat() override { return node_->attributes(); }
  Outcome set(const Attributes& wanted) override { return node_->set(wanted, files_.max_file); }
  Outcome sync() override {
    ++files_.syncs;
    return {files_.sync_fault};
  }
  Result<Statvfs> statvfs() override { return kFigures; }

  Outcome copy_to(OpenFile& target, std::uint64_t from, std::uint64_t length,
                  std::uint64_t to) override {
    const ByteView data = node_->data;
    const std::size_t start = static_cast<std::size_t>(std::min<std::uint64_t>(from, data.size()));
    const std::size_t most = data.size() - start;
    const std::size_t count =
        length == 0 ? most : static_cast<std::size_t>(std::min<std::uint64_t>(length, most));
    auto& other = static_cast<MemoryFile&>(target);
    if (other.node_ == node_ && from < to + count && to < from + count) return {EINVAL};
    const Bytes copy(data.begin() + static_cast<std::ptrdiff_t>(start),
                     data.begin() + static_cast<std::ptrdiff_t>(start + count));
    const ByteView piece = copy;
    return other.write(to, {&piece, 1});
  }

  Outcome close() override {
    release();
    if (!path_to_remove.empty()) {
      const auto place = files_.find_existing(path_to_remove, false);
      if (place && place->node == node_) files_.remove(path_to_remove).ok();
    }
    return {files_.close_fault};
  }

  Outcome lock(const LockRange& range) override {
    if (range.exclusive ? !mode_.write : !mode_.read) return {EACCES};
    for (const MemoryLock& other : node_->locks)
      if (other.holder != this && (range.exclusive || other.range.exclusive) &&
          overlap(range, other.range))
        return {EAGAIN};
    node_->locks.push_back({range, this});
    return {};
  }
  Outcome unlock(std::uint64_t offset, std::uint64_t length) override {
    std::erase_if(node_->locks, [&](const MemoryLock& lock) {
      return lock.holder == this && lock.range.offset == offset && lock.range.length == length;
    });
    return {};
  }
  Result<Acl> acl() override { return node_->access_list(); }
  Result<std::string> xattr(std::string_view name) override { return node_->xattr(name); }
  Result<std::vector<std::string>> xattrs() override { return node_->xattr_names(); }
  Outcome set_xattr(std::string_view name, std::string_view value, XattrMode how) override {
    return node_->set_xattr(name, value, how);
  }
  Outcome remove_xattr(std::string_view name) override { return node_->remove_xattr(name); }

  std::string path_to_remove;

 private:
  void release() {
    std::erase_if(node_->locks, [&](const MemoryLock& lock) { return lock.holder == this; });
  }
  MemoryFileSystem& files_;
  std::shared_ptr<MemoryNode> node_;
  OpenMode mode_;
  std::optional<Throttle> read_throttle_, write_throttle_;
};

namespace {

class MemoryDirectory final : public OpenDirectory {
 public:
  explicit MemoryDirectory(std::shared_ptr<MemoryNode> node) : node_(std::move(node)) {
    entries_.push_back({".", node_->attributes()});
    entries_.push_back({"..", node_->attributes()});
    for (const auto& [name, child] : node_->children)
      entries_.push_back({name, child->attributes()});
    std::ranges::reverse(entries_);
  }
  Result<Attributes> stat() override { return node_->attributes(); }
  Outcome set(const Attributes& wanted) override { return node_->set(wanted, 0); }
  Result<bool> next(DirectoryEntry& entry) override {
    if (entries_.empty()) return false;
    entry = std::move(entries_.back());
    entries_.pop_back();
    return true;
  }

 private:
  std::shared_ptr<MemoryNode> node_;
  std::vector<DirectoryEntry> entries_;  // the next one last
};

/// Names on the way, the next one last. They lie in a path or in the target of a symlink that is
/// being followed.
using Components = std::vector<std::string_view>;

/// Puts the components of `path` in front of those that are still to be walked.
Outcome put_in_front(std::string_view path, Components& rest) {
  while (!path.empty()) {
    const std::size_t slash = path.rfind('/');
    const std::string_view name = path.substr(slash == std::string_view::npos ? 0 : slash + 1);
    if (name.size() > kLongestName) return {ENAMETOOLONG};
    if (!name.empty()) rest.push_back(name);
    path.remove_suffix(std::min(name.size() + 1, path.size()));
  }
  return {};
}

}  // namespace

MemoryFileSystem::MemoryFileSystem() : root_(new_node(kDirectory | 0755)) {
  make_directory("/home", 0755).ok();
  make_directory("/home/user", 0755).ok();
  users = {{0, "root"}, {1000, "user"}};
  groups = {{0, "root"}, {1000, "staff"}};
}

MemoryFileSystem::MemoryFileSystem(const MemoryFileSystem& other)
    : max_file(other.max_file),
      max_nodes(other.max_nodes),
      write_fault(other.write_fault),
      read_fault(other.read_fault),
      close_fault(other.close_fault),
      reserve_fault(other.reserve_fault),
      sync_fault(other.sync_fault),
      read_pace(other.read_pace),
      write_pace(other.write_pace),
      free_bytes(other.free_bytes),
      users(other.users),
      groups(other.groups),
      nodes(other.nodes),
      root_(copy_of(*other.root_)) {}

void MemoryFileSystem::put_file(std::string_view path, std::string_view content) {
  OpenMode mode;
  mode.write = mode.create = mode.truncate = true;
  auto file = open(path, mode);
  const ByteView piece = as_bytes(content);
  if (file) (*file)->write(0, {&piece, 1}).ok();
}

std::string MemoryFileSystem::content(std::string_view path) {
  const Result<Place> place = find_existing(path, true);
  if (!place || !place->node->is(kRegular)) return "<none>";
  return std::string(as_text(place->node->data));
}

std::string MemoryFileSystem::Place::path() const {
  std::string text;
  for (std::size_t i = 1; i < parents.size(); ++i) text += "/" + parents[i].first;
  if (!name.empty()) text += "/" + name;
  return text.empty() ? "/" : text;
}

Result<MemoryFileSystem::Place> MemoryFileSystem::find(std::string_view path, bool follow) {
  Place place;
  place.parents.reserve(8);
  place.parents.emplace_back("", root_);
  Components rest;
  rest.reserve(8);
  if (const Outcome o = put_in_front(path, rest); !o.ok()) return Errno{o.error};
  if (!path.starts_with('/')) put_in_front("home/user", rest).ok();
  std::size_t followed = 0;
  place.node = root_;
  while (!rest.empty()) {
    const std::string_view component = rest.back();
    rest.pop_back();
    // What was the last component is now a directory to go through.
    if (!place.node) return Errno{ENOENT};
    if (!place.node->is(kDirectory)) return Errno{ENOTDIR};
    if (!place.name.empty()) place.parents.emplace_back(place.name, place.node);
    place.name.clear();
    if (component == ".") continue;
    if (component == "..") {
      if (place.parents.size() > 1) place.parents.pop_back();
      place.node = place.parents.back().second;
      continue;
    }
    const auto child = place.parent().children.find(component);
    const bool exists = child != place.parent().children.end();
    if (exists && child->second->is(kSymlink) && (follow || !rest.empty())) {
      if (++followed > kMostLinksFollowed) return Errno{ELOOP};
      const std::string& target = child->second->target;
      if (target.starts_with('/')) place.parents.resize(1);
      if (const Outcome o = put_in_front(target, rest); !o.ok()) return Errno{o.error};
      place.node = place.parents.back().second;
      continue;
    }
    place.name = component;
    place.node = exists ? child->second : nullptr;
  }
  return place;
}

Result<MemoryFileSystem::Place> MemoryFileSystem::find_existing(std::string_view path,
                                                                bool follow) {
  Result<Place> place = find(path, follow);
  if (place && !place->node) return Errno{ENOENT};
  return place;
}

Outcome MemoryFileSystem::add(std::string_view path, std::shared_ptr<MemoryNode> node) {
  const Result<Place> place = find(path, false);
  if (!place) return {place.error().value};
  if (place->node) return {EEXIST};
  if (nodes >= max_nodes) return {ENOSPC};
  ++nodes;
  place->parent().children[place->name] = std::move(node);
  return {};
}

Result<std::unique_ptr<OpenFile>> MemoryFileSystem::open(std::string_view path,
                                                         const OpenMode& mode) {
  const bool alone = mode.create && mode.exclusive;
  const Result<Place> place = find(path, !alone && !mode.no_follow);
  if (!place) return place.error();
  std::shared_ptr<MemoryNode> node = place->node;
  if (node && alone) return Errno{EEXIST};
  if (node && node->is(kSymlink)) return Errno{ELOOP};
  if (!node) {
    if (!mode.create) return Errno{ENOENT};
    node = new_node(kRegular | mode.permissions);
    if (const Outcome added = add(place->path(), node); !added.ok()) return Errno{added.error};
  }
  if (node->is(kDirectory) && (mode.write || mode.truncate)) return Errno{EISDIR};
  if (mode.truncate) node->data.clear();
  auto file = std::make_unique<MemoryFile>(*this, node, mode);
  if (mode.delete_on_close) file->path_to_remove = place->path();
  return std::unique_ptr<OpenFile>(std::move(file));
}

Result<std::unique_ptr<OpenDirectory>> MemoryFileSystem::open_directory(std::string_view path) {
  const Result<Place> place = find_existing(path, true);
  if (!place) return place.error();
  if (!place->node->is(kDirectory)) return Errno{ENOTDIR};
  return std::unique_ptr<OpenDirectory>(std::make_unique<MemoryDirectory>(place->node));
}

Result<Attributes> MemoryFileSystem::stat(std::string_view path) {
  const Result<Place> place = find_existing(path, true);
  if (!place) return place.error();
  return place->node->attributes();
}

Result<Attributes> MemoryFileSystem::lstat(std::string_view path) {
  const Result<Place> place = find_existing(path, false);
  if (!place) return place.error();
  return place->node->attributes();
}

Outcome MemoryFileSystem::set(std::string_view path, const Attributes& wanted, bool follow) {
  const Result<Place> place = find_existing(path, follow);
  if (!place) return {place.error().value};
  return place->node->set(wanted, max_file);
}

Outcome MemoryFileSystem::remove(std::string_view path) {
  const Result<Place> place = find_existing(path, false);
  if (!place) return {place.error().value};
  if (place->node->is(kDirectory)) return {EISDIR};
  --place->node->links;
  --nodes;
  place->parent().children.erase(place->name);
  return {};
}

Outcome MemoryFileSystem::make_directory(std::string_view path, std::uint32_t permissions) {
  return add(path, new_node(kDirectory | permissions));
}

Outcome MemoryFileSystem::remove_directory(std::string_view path) {
  const Result<Place> place = find_existing(path, false);
  if (!place) return {place.error().value};
  if (!place->node->is(kDirectory)) return {ENOTDIR};
  if (place->name.empty()) return {EBUSY};
  if (!place->node->children.empty()) return {ENOTEMPTY};
  --nodes;
  place->parent().children.erase(place->name);
  return {};
}

Result<std::string> MemoryFileSystem::real_path(std::string_view path) {
  const Result<Place> place = find(path, true);
  if (!place) return place.error();
  return place->path();
}

Outcome MemoryFileSystem::rename(std::string_view from, std::string_view to, bool overwrite) {
  const Result<Place> old_place = find_existing(from, false);
  if (!old_place) return {old_place.error().value};
  const Result<Place> new_place = find(to, false);
  if (!new_place) return {new_place.error().value};
  if (new_place->node && !overwrite) return {EEXIST};
  if (old_place->name.empty() || new_place->name.empty()) return {EBUSY};
  if (new_place->node && new_place->node->is(kDirectory) != old_place->node->is(kDirectory))
    return {new_place->node->is(kDirectory) ? EISDIR : ENOTDIR};
  if (new_place->node && !new_place->node->children.empty()) return {ENOTEMPTY};
  for (const auto& [name, node] : new_place->parents)  // a directory into itself
    if (node == old_place->node) return {EINVAL};
  if (new_place->node == old_place->node) return {};
  if (new_place->node) --nodes;
  const std::shared_ptr<MemoryNode> node = old_place->node;
  old_place->parent().children.erase(old_place->name);
  new_place->parent().children[new_place->name] = node;
  return {};
}

Result<std::string> MemoryFileSystem::read_link(std::string_view path) {
  const Result<Place> place = find_existing(path, false);
  if (!place) return place.error();
  if (!place->node->is(kSymlink)) return Errno{EINVAL};
  return place->node->target;
}

Outcome MemoryFileSystem::make_symlink(std::string_view target, std::string_view link) {
  if (target.empty()) return {ENOENT};
  auto node = new_node(kSymlink | 0777);
  node->target = target;
  return add(link, node);
}

Outcome MemoryFileSystem::make_hard_link(std::string_view existing, std::string_view link) {
  const Result<Place> place = find_existing(existing, false);
  if (!place) return {place.error().value};
  if (place->node->is(kDirectory)) return {EPERM};
  const Outcome added = add(link, place->node);
  if (added.ok()) ++place->node->links;
  return added;
}

Result<Statvfs> MemoryFileSystem::statvfs(std::string_view path) {
  const Result<Place> place = find_existing(path, true);
  if (!place) return place.error();
  return kFigures;
}

namespace {
const std::string& name_in(const std::map<std::uint32_t, std::string>& names, std::uint32_t id) {
  static const std::string kNone;
  const auto at = names.find(id);
  return at == names.end() ? kNone : at->second;
}
std::optional<std::uint32_t> id_in(const std::map<std::uint32_t, std::string>& names,
                                   std::string_view name) {
  for (const auto& [id, text] : names)
    if (text == name) return id;
  return std::nullopt;
}
}  // namespace

const std::string& MemoryFileSystem::user_name(std::uint32_t uid) { return name_in(users, uid); }
const std::string& MemoryFileSystem::group_name(std::uint32_t gid) { return name_in(groups, gid); }
std::optional<std::uint32_t> MemoryFileSystem::user_id(std::string_view name) {
  return id_in(users, name);
}
std::optional<std::uint32_t> MemoryFileSystem::group_id(std::string_view name) {
  return id_in(groups, name);
}

Result<std::string> MemoryFileSystem::home_directory(std::string_view user) {
  if (user.empty() || user == "user") return std::string("/home/user");
  return Errno{ENOENT};
}

Result<Acl> MemoryFileSystem::acl(std::string_view path, bool follow) {
  const Result<Place> place = find_existing(path, follow);
  if (!place) return place.error();
  return place->node->access_list();
}

Result<std::string> MemoryFileSystem::xattr(std::string_view path, std::string_view name) {
  const Result<Place> place = find_existing(path, true);
  if (!place) return place.error();
  return place->node->xattr(name);
}

Result<std::vector<std::string>> MemoryFileSystem::xattrs(std::string_view path) {
  const Result<Place> place = find_existing(path, true);
  if (!place) return place.error();
  return place->node->xattr_names();
}

Outcome MemoryFileSystem::set_xattr(std::string_view path, std::string_view name,
                                    std::string_view value, XattrMode mode) {
  const Result<Place> place = find_existing(path, true);
  if (!place) return {place.error().value};
  return place->node->set_xattr(name, value, mode);
}

Outcome MemoryFileSystem::remove_xattr(std::string_view path, std::string_view name) {
  const Result<Place> place = find_existing(path, true);
  if (!place) return {place.error().value};
  return place->node->remove_xattr(name);
}

}  // namespace ssh2core::sftp
