#include "libssh2core/tests/client/sftp_harness.h"

namespace ssh2core {

using client::Answer;
using client::SftpStatus;

void SftpPair::open(client::SftpSettings settings) {
  if (!outcome) log_in();
  ASSERT_FALSE(testing::Test::HasFatalFailure());
  channel = std::make_unique<client::SftpChannel>(
      *client, [this](const SftpStatus& status) { ready = status; }, std::move(settings));
  exchange();
  ASSERT_TRUE(ready);
  ASSERT_TRUE(ready->ok()) << ready->message;
}

Upload::Upload(SftpPair& pair, std::string path, ByteView content, std::size_t piece,
               std::size_t depth)
    : pair_(pair), content_(content.begin(), content.end()), piece_(piece), depth_(depth) {
  pair.channel->set_writable([this] { go_on(); });
  pair.sftp().open(path, sftp::kOpenWrite | sftp::kOpenCreate | sftp::kOpenTruncate, {},
                   [this](const Answer<Bytes>& answer) {
                     note(answer.status);
                     handle_ = answer.value;
                     if (answer.ok()) go_on();
                   });
}

void Upload::note(const SftpStatus& status) {
  if (status.ok()) return;
  result = status;
  done = true;
}

void Upload::go_on() {
  if (handle_.empty() || done) return;
  client::SftpClient& sftp = pair_.sftp();
  while (at_ < content_.size() && under_way_ < depth_ && !sftp.full()) {
    const std::size_t count = std::min(piece_, content_.size() - at_);
    ++under_way_;
    const std::size_t from = std::exchange(at_, at_ + count);
    const auto fill = [&, from = from](std::span<const MutableView> pieces) mutable {
      for (const MutableView place : pieces) {
        std::copy_n(content_.begin() + static_cast<std::ptrdiff_t>(from), place.size(),
                    place.begin());
        from += place.size();
      }
    };
    sftp.write(handle_, from, static_cast<std::uint32_t>(count), fill,
               [this](const SftpStatus& status) {
                 --under_way_;
                 note(status);
                 go_on();
               });
  }
  if (at_ < content_.size() || under_way_ != 0 || std::exchange(closing_, true)) return;
  sftp.close(handle_, [this](const SftpStatus& status) {
    note(status);
    done = true;
  });
}

Download::Download(SftpPair& pair, std::string path, std::uint32_t piece, std::size_t depth)
    : pair_(pair), piece_(piece), depth_(depth) {
  pair.sftp().open(path, sftp::kOpenRead, {}, [this](const Answer<Bytes>& answer) {
    result = answer.status;
    done = !answer.ok();
    handle_ = answer.value;
    if (!done) go_on();
  });
}

void Download::go_on() {
  client::SftpClient& sftp = pair_.sftp();
  while (!end_ && under_way_ < depth_) {
    const std::uint64_t at = std::exchange(at_, at_ + piece_);
    ++under_way_;
    sftp.read(handle_, at, piece_, [this, at](const Answer<ByteView>& answer) {
      --under_way_;
      if (answer.ok()) {
        content.resize(std::max<std::size_t>(content.size(), at + answer.value.size()));
        std::ranges::copy(answer.value, content.begin() + static_cast<std::ptrdiff_t>(at));
      } else {
        end_ = true;
        if (answer.status.code != sftp::Status::Eof) result = answer.status;
      }
      go_on();
    });
  }
  if (!end_ || under_way_ != 0 || std::exchange(closing_, true)) return;
  sftp.close(handle_, [this](const SftpStatus&) { done = true; });
}

Bytes random_content(std::size_t size, std::uint32_t seed) {
  FixedRandom random(seed);
  Bytes content(size);
  random.fill(content);
  return content;
}

}  // namespace ssh2core
