#include "interop/clients/drivers/winscp_profile/verbs.h"

#include <array>
#include <charconv>
#include <filesystem>

namespace ssh2core::winscp {

namespace {

using Words = std::vector<std::string>;

constexpr std::uint32_t kFileType = 0170000, kPermissions = 07777;

std::string_view type_of(std::uint32_t mode) {
  switch (mode & kFileType) {
    case 0100000:
      return "file";
    case 0040000:
      return "directory";
    case 0120000:
      return "symlink";
    default:
      return "other";
  }
}

std::string below(const std::string& folder, const std::string& name) {
  return folder + (folder.ends_with('/') ? "" : "/") + name;
}

void put(Profile& profile, const Words& words, std::ostream&) {
  upload(profile, words[0], profile.path_of(words[1]), Resume::No);
}
void get(Profile& profile, const Words& words, std::ostream&) {
  download(profile, profile.path_of(words[0]), words[1], Resume::No);
}
void resume_put(Profile& profile, const Words& words, std::ostream&) {
  upload(profile, words[0], profile.path_of(words[1]), Resume::Yes);
}
void resume_get(Profile& profile, const Words& words, std::ostream&) {
  download(profile, profile.path_of(words[0]), words[1], Resume::Yes);
}

void upload_tree(Profile& profile, const std::filesystem::path& local, const std::string& remote) {
  if (!profile.find(remote)) profile.make_folder(remote);
  for (const auto& entry : std::filesystem::directory_iterator(local)) {
    const std::string name = below(remote, entry.path().filename());
    if (entry.is_directory())
      upload_tree(profile, entry.path(), name);
    else
      upload(profile, entry.path(), name, Resume::No);
  }
}
void put_tree(Profile& profile, const Words& words, std::ostream&) {
  upload_tree(profile, words[0], profile.path_of(words[1]));
}

void download_tree(Profile& profile, const std::string& remote,
                   const std::filesystem::path& local) {
  std::filesystem::create_directories(local);
  for (const client::SftpName& name : profile.list(remote)) {
    if (name.filename.find('/') != std::string::npos || name.filename.empty())
      throw Failure("remote", "the server lists a name that is none: " + name.filename);
    const std::string path = below(remote, name.filename);
    if (type_of(name.attributes.mode.value_or(0)) == "directory")
      download_tree(profile, path, local / name.filename);
    else
      download(profile, path, local / name.filename, Resume::No);
  }
}
void get_tree(Profile& profile, const Words& words, std::ostream&) {
  download_tree(profile, profile.path_of(words[0]), words[1]);
}

void ls(Profile& profile, const Words& words, std::ostream& out) {
  for (const client::SftpName& name : profile.list(profile.path_of(words[0])))
    out << "name " << escape(name.filename) << '\n';
}

void stat(Profile& profile, const Words& words, std::ostream& out) {
  const sftp::Attributes found = profile.look_at(profile.path_of(words[0]));
  const std::uint32_t mode = found.mode.value_or(0);
  out << "size " << found.size.value_or(0) << "\nmode " << std::oct << (mode & kPermissions)
      << std::dec << "\ntype " << type_of(mode) << '\n';
}

void rename(Profile& profile, const Words& words, std::ostream&) {
  profile.rename(profile.path_of(words[0]), profile.path_of(words[1]));
}
void mkdir(Profile& profile, const Words& words, std::ostream&) {
  profile.make_folder(profile.path_of(words[0]));
}
void rmdir(Profile& profile, const Words& words, std::ostream&) {
  profile.remove_folder(profile.path_of(words[0]));
}
void rm(Profile& profile, const Words& words, std::ostream&) {
  profile.remove(profile.path_of(words[0]));
}

void chmod(Profile& profile, const Words& words, std::ostream&) {
  const std::string& text = words[0];
  std::uint32_t mode = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  if (error != std::errc() || end != text.data() + text.size() || mode > kPermissions)
    throw Failure("local", "no mode: " + text);
  profile.change_mode(profile.path_of(words[1]), mode);
}

void symlink(Profile& profile, const Words& words, std::ostream&) {
  profile.make_link(words[0], profile.path_of(words[1]));
}
void readlink(Profile& profile, const Words& words, std::ostream& out) {
  out << "link " << escape(profile.read_link(profile.path_of(words[0]))) << '\n';
}

struct Verb {
  std::string_view name;
  std::size_t words;
  void (*carry_out)(Profile& profile, const Words& words, std::ostream& out);
};
constexpr auto kVerbs = std::to_array<Verb>({
    {"put", 2, put},
    {"get", 2, get},
    {"resume_put", 2, resume_put},
    {"resume_get", 2, resume_get},
    {"put_tree", 2, put_tree},
    {"get_tree", 2, get_tree},
    {"ls", 1, ls},
    {"stat", 1, stat},
    {"rename", 2, rename},
    {"mkdir", 1, mkdir},
    {"rmdir", 1, rmdir},
    {"rm", 1, rm},
    {"chmod", 2, chmod},
    {"symlink", 2, symlink},
    {"readlink", 1, readlink},
});

}  // namespace

void perform(Profile& profile, const Step& step, std::ostream& out) {
  for (const Verb& verb : kVerbs)
    if (verb.name == step.verb && verb.words == step.words.size())
      return verb.carry_out(profile, step.words, out);
  throw Failure("unsupported", step.verb);
}

}  // namespace ssh2core::winscp
