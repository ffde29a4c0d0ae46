// check-file and md5-hash: digests of what is in files.
#include <algorithm>

#include "libssh2core/sftp/check_file.h"
#include "libssh2core/sftp/session.h"

namespace ssh2core::sftp {

namespace {

constexpr std::uint32_t kSmallestBlock = 256;
constexpr std::size_t kAround = 64;  // bytes; more than what surrounds the digests in the packet
constexpr std::uint64_t kQuickCheckBytes = 2048;

/// Where a range of that many bytes ends in a file of that size; length 0: at the end of the file.
std::uint64_t end_of_range(std::uint64_t start, std::uint64_t length, std::uint64_t size) {
  if (start >= size) return start;
  return length == 0 ? size : start + std::min(length, size - start);
}

/// Whether the digests of all blocks go into one reply.
bool fit_into_reply(std::uint64_t bytes, std::uint32_t block, std::size_t digest) {
  const std::uint64_t blocks = bytes / block + (bytes % block != 0 ? 1 : 0);
  return blocks <= (kMaxPacket - kAround) / digest;
}

}  // namespace

/// nullopt: it is answered.
std::optional<Session::Checked> Session::checked_file(std::uint32_t id, std::string_view path) {
  Result<std::unique_ptr<OpenFile>> file = files_.open(path, {.read = true});
  if (!file) {
    finish_open_error(id, file.error().value, {FileOp::Check, path, {}});
    return std::nullopt;
  }
  OpenFile* opened = file->get();
  return Checked{std::string(path), opened, std::move(*file)};
}

std::optional<Session::Checked> Session::checked_file(std::uint32_t id, ByteView handle) {
  OpenHandle* found = find_file(handle);
  if (found == nullptr || !found->readable) {
    finish(id, EBADF, {FileOp::Check, found == nullptr ? std::string_view() : found->path, {}});
    return std::nullopt;
  }
  return Checked{found->path, found->file.get(), nullptr};
}

void Session::check_file_name(std::uint32_t id, const CheckFileNameRequest& request) {
  if (auto file = checked_file(id, request.path.text))
    check<CheckFileReply>(id, std::move(*file), request);
}

void Session::check_file_handle(std::uint32_t id, const CheckFileHandleRequest& request) {
  if (auto file = checked_file(id, request.handle))
    check<CheckFileReply>(id, std::move(*file), request);
}

void Session::check_file(std::uint32_t id, const CheckFileRequest& request) {
  if (auto file = checked_file(id, request.handle))
    check<NamedCheckFileReply>(id, std::move(*file), request);
}

template <class Reply, class Request>
void Session::check(std::uint32_t id, Checked file, const Request& request) {
  const FileEvent event{FileOp::Check, file.path, {}};
  const auto refused = [&](std::string_view why) {
    finish_with(replies_.status(id, Status::InvalidParameter, why), EINVAL, event);
  };
  if (request.block != 0 && request.block < kSmallestBlock)
    return refused("The block size must be 0, or 256 at least");
  auto digest = FileDigest::first_of(request.algorithms);
  if (!digest) return refused("None of these digests is known here");
  const Result<Attributes> now = file.file->stat();
  if (!now) return finish(id, now.error().value, event);
  if (const int error = refusal_of_type(*now)) return finish(id, error, event);
  const std::uint64_t start = request.start;
  const std::uint64_t end = end_of_range(start, request.length, now->size.value_or(0));
  if (request.block != 0 && !fit_into_reply(end - start, request.block, digest->size()))
    return refused("So many digests do not go into one reply: ask for larger blocks");
  auto hash = std::make_unique<FileHash>(*file.file, std::move(file.owned), std::move(*digest),
                                         start, end, request.block);
  work_on(std::move(hash), [this, id, path = std::move(file.path)](const FileHash& done) {
    const FileEvent checked{FileOp::Check, path, {}};
    if (done.error() != 0) return finish(id, done.error(), checked);
    Reply reply;
    reply.algorithm = done.digest_name();
    reply.digests = {done.digests()};
    replies_.send(id, reply);
    replies_.shrink();
    finish_with(Status::Ok, 0, checked);
  });
}

void Session::md5_hash(std::uint32_t id, const Md5HashRequest& request) {
  if (auto file = checked_file(id, request.path.text)) check_md5(id, std::move(*file), request);
}

void Session::md5_hash_handle(std::uint32_t id, const Md5HashHandleRequest& request) {
  if (auto file = checked_file(id, request.handle)) check_md5(id, std::move(*file), request);
}

template <class Request>
void Session::check_md5(std::uint32_t id, Checked file, const Request& request) {
  const FileEvent event{FileOp::Check, file.path, {}};
  const Result<Attributes> now = file.file->stat();
  if (!now) return finish(id, now.error().value, event);
  if (const int error = refusal_of_type(*now)) return finish(id, error, event);
  const std::uint64_t start = request.start;
  // Only a start of 0 makes a length of 0 the whole file.
  const bool nothing = request.length == 0 && start != 0;
  const std::uint64_t end =
      nothing ? start : end_of_range(start, request.length, now->size.value_or(0));
  auto digest = FileDigest::first_of("md5");
  if (!digest) return finish(id, EOPNOTSUPP, event);
  if (!request.quick_check.empty()) {
    FileHash quick(*file.file, nullptr, *FileDigest::first_of("md5"), start,
                   std::min(end, start + std::min(end - start, kQuickCheckBytes)), 0);
    quick.step();
    if (quick.error() != 0) return finish(id, quick.error(), event);
    if (as_text(quick.digests()) != request.quick_check) {
      replies_.send(id, Md5HashReply{});
      return finish_with(Status::Ok, 0, event);
    }
  }
  auto hash = std::make_unique<FileHash>(*file.file, std::move(file.owned), std::move(*digest),
                                         start, end, 0);
  work_on(std::move(hash), [this, id, path = std::move(file.path)](const FileHash& done) {
    const FileEvent checked{FileOp::Check, path, {}};
    if (done.error() != 0) return finish(id, done.error(), checked);
    replies_.send(id, Md5HashReply{.hash = done.digests()});
    finish_with(Status::Ok, 0, checked);
  });
}

}  // namespace ssh2core::sftp
