// Uploads and downloads of one file: queues of WRITE and READ, and NAME.filepart for large ones.
#include <algorithm>
#include <cstdio>
#include <memory>

#include "interop/clients/drivers/winscp_profile/local_file.h"
#include "interop/clients/drivers/winscp_profile/profile.h"

namespace ssh2core::winscp {

using client::Answer;
using client::SftpStatus;

namespace {

constexpr std::uint64_t kPartFrom = 100 * 1024;  // larger files travel as NAME.filepart
constexpr std::string_view kPartSuffix = ".filepart";
constexpr std::size_t kUploadQueue = 64, kDownloadQueue = 32;  // requests under way
constexpr std::uint32_t kBlock = 32768;                        // bytes, of a WRITE or a first READ

/// What the callbacks of one transfer share with the loop. Outlives both.
struct Progress {
  std::size_t under_way = 0;
  std::optional<SftpStatus> failed;  // the first refusal
  bool local_failed = false;
  bool end = false;            // of the remote file
  std::uint64_t in_order = 0;  // blocks that came whole since their size was last changed
};

Bytes open_remote(Profile& profile, const std::string& path, std::uint32_t flags,
                  std::optional<std::uint64_t> size) {
  sftp::Attributes attributes = attributes_of(sftp::FileType::Regular);
  (profile.sftp().version() < 6 ? attributes.size : attributes.allocation) = size;
  const auto opened = profile.link().wait_for<Answer<Bytes>>(
      [&](auto done) { profile.sftp().open(path, flags, attributes, done); });
  Profile::require(opened.status, "OPEN", path);
  return opened.value;
}

void close_remote(Profile& profile, const Bytes& handle, const std::string& path) {
  const auto closed =
      profile.link().wait_for<SftpStatus>([&](auto done) { profile.sftp().close(handle, done); });
  Profile::require(closed, "CLOSE", path);
}

/// Sends the file from `at` on, up to kUploadQueue WRITEs at a time.
void write_from(Profile& profile, const LocalFile& file, const Bytes& handle,
                const std::string& path, std::uint64_t at) {
  const std::uint64_t size = file.size();
  const auto progress = std::make_shared<Progress>();
  Bytes block;
  while (progress->under_way != 0 || (at < size && !progress->failed)) {
    while (at < size && !progress->failed && progress->under_way < kUploadQueue &&
           !profile.sftp().full()) {
      block.resize(std::min<std::uint64_t>(kBlock, size - at));
      if (!file.read(at, block)) file.fail();
      ++progress->under_way;
      profile.sftp().write(handle, at, block, [progress](const SftpStatus& status) {
        --progress->under_way;
        if (!status.ok() && !progress->failed) progress->failed = status;
      });
      at += block.size();
    }
    profile.link().turn();
  }
  if (progress->failed) Profile::require(*progress->failed, "WRITE", path);
}

/// One READ; what the server leaves out at the end of its answer is asked for again.
void read_block(client::SftpClient& sftp, LocalFile& file, const Bytes& handle, std::uint64_t at,
                std::uint32_t length, const std::shared_ptr<Progress>& progress) {
  ++progress->under_way;
  const auto take = [&sftp, &file, handle, at, length, progress](const Answer<ByteView>& answer) {
    --progress->under_way;
    if (!answer.ok()) {
      progress->end = true;
      if (answer.status.code != sftp::Status::Eof && !progress->failed)
        progress->failed = answer.status;
      return;
    }
    if (!file.write(at, answer.value)) progress->local_failed = true;
    const auto count = static_cast<std::uint32_t>(answer.value.size());
    if (count == length)
      ++progress->in_order;
    else if (count != 0)
      read_block(sftp, file, handle, at + count, length - count, progress);
    else
      progress->end = true;
  };
  sftp.read(handle, at, length, take);
}

/// Fetches the file from `at` up to its end. The real program lets the block rise with the measured
/// speed; here it doubles each time that a full queue of blocks has come whole.
void read_from(Profile& profile, LocalFile& file, const Bytes& handle, const std::string& path,
               std::uint64_t at, std::uint64_t size) {
  const auto progress = std::make_shared<Progress>();
  std::uint32_t block = kBlock;
  const auto wanted = [&] { return !progress->end && !progress->local_failed; };
  while (progress->under_way != 0 || wanted()) {
    const std::uint64_t left = size > at ? size - at : 0;
    const std::size_t queue = std::min<std::uint64_t>(
        kDownloadQueue, progress->under_way + left / block + 1);  // one may find the end
    while (wanted() && progress->under_way < queue) {
      read_block(profile.sftp(), file, handle, at, block, progress);
      at += block;
    }
    profile.link().turn();
    if (progress->in_order < kDownloadQueue || block * 2 > profile.largest_block()) continue;
    block *= 2;
    progress->in_order = 0;
  }
  if (progress->failed) Profile::require(*progress->failed, "READ", path);
  if (progress->local_failed) file.fail();
}

sftp::Attributes times_of(const LocalFile& file) {
  const FileTimes times = file.times();
  sftp::Attributes attributes = attributes_of(sftp::FileType::Regular);
  attributes.atime = sftp::FileTime{times.accessed, 0};
  attributes.mtime = sftp::FileTime{times.modified, 0};
  return attributes;
}

void set_times(Profile& profile, const LocalFile& file, const std::string& path) {
  const sftp::Attributes times = times_of(file);
  const auto set = profile.link().wait_for<SftpStatus>(
      [&](auto done) { profile.sftp().setstat(path, times, done); });
  Profile::require(set, "SETSTAT", path);
}

constexpr std::uint32_t kNewFile = sftp::kOpenWrite | sftp::kOpenCreate | sftp::kOpenTruncate;

/// Up to 100 KiB: straight to its name; the times go out behind CLOSE without waiting for it.
void upload_small(Profile& profile, const LocalFile& file, const std::string& path) {
  const Bytes handle = open_remote(profile, path, kNewFile, file.size());
  write_from(profile, file, handle, path, 0);
  struct Ends {
    std::optional<SftpStatus> closed, set;
  };
  const auto ends = std::make_shared<Ends>();
  profile.sftp().close(handle, [ends](const SftpStatus& status) { ends->closed = status; });
  profile.sftp().setstat(path, times_of(file),
                         [ends](const SftpStatus& status) { ends->set = status; });
  profile.link().turn_until([&] { return ends->closed && ends->set; });
  Profile::require(*ends->closed, "CLOSE", path);
  Profile::require(*ends->set, "SETSTAT", path);
}

/// Goes on behind the first `at` bytes of an existing file.
void upload_rest(Profile& profile, const LocalFile& file, const std::string& path,
                 std::uint64_t at) {
  const Bytes handle = open_remote(profile, path, sftp::kOpenWrite, std::nullopt);
  write_from(profile, file, handle, path, at);
  close_remote(profile, handle, path);
}

void upload_as_part(Profile& profile, const LocalFile& file, const std::string& path,
                    Resume resume) {
  const auto target = profile.find(path);
  const std::string part = path + std::string(kPartSuffix);
  const auto begun = profile.find(part);
  const std::uint64_t there = begun ? begun->size.value_or(0) : 0;
  if (resume == Resume::Yes && begun && there <= file.size()) {
    upload_rest(profile, file, part, there);
  } else {
    const Bytes handle = open_remote(profile, part, kNewFile, file.size());
    write_from(profile, file, handle, part, 0);
    close_remote(profile, handle, part);
  }
  if (target) profile.remove(path);
  profile.rename(part, path);
  set_times(profile, file, path);
}

/// The local name while a download is under way.
std::string part_of(const std::string& local, std::uint64_t size) {
  return size > kPartFrom ? local + std::string(kPartSuffix) : local;
}

}  // namespace

void upload(Profile& profile, const std::string& local, const std::string& remote, Resume resume) {
  const LocalFile file(local, LocalFile::Mode::Read);
  if (resume == Resume::Yes && !profile.find(remote + std::string(kPartSuffix))) {
    // What another program left half done has no .filepart: its own name is gone on with.
    const auto target = profile.find(remote);
    if (target && target->size.value_or(0) <= file.size()) {
      upload_rest(profile, file, remote, target->size.value_or(0));
      return set_times(profile, file, remote);
    }
  }
  if (file.size() > kPartFrom)
    upload_as_part(profile, file, remote, resume);
  else
    upload_small(profile, file, remote);
}

void download(Profile& profile, const std::string& remote, const std::string& local,
              Resume resume) {
  const sftp::Attributes found = profile.look_at(remote);
  const std::uint64_t size = found.size.value_or(0);
  std::string place = part_of(local, size);
  std::int64_t there = resume == Resume::Yes ? LocalFile::size_of(place) : 0;
  if (there < 0) {
    there = LocalFile::size_of(local);
    if (there >= 0) place = local;
  }
  const bool goes_on = there > 0 && static_cast<std::uint64_t>(there) <= size;
  const Bytes handle = open_remote(profile, remote, sftp::kOpenRead, std::nullopt);
  LocalFile file(place, goes_on ? LocalFile::Mode::Continue : LocalFile::Mode::Write);
  read_from(profile, file, handle, remote, goes_on ? static_cast<std::uint64_t>(there) : 0, size);
  close_remote(profile, handle, remote);
  if (found.mtime)
    file.set_times({found.atime.value_or(*found.mtime).seconds, found.mtime->seconds});
  if (place != local && std::rename(place.c_str(), local.c_str()) != 0) file.fail();
}

}  // namespace ssh2core::winscp
