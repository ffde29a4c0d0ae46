#include "libssh2core/transport/compression.h"

#include <zlib.h>

#include <algorithm>
#include <new>

#include "libssh2core/crypto/secret.h"

namespace ssh2core {

namespace {

// What zlib holds has seen passwords: it is wiped before it is given back. The size stands in
// front, in as many bytes as keep the rest aligned.
constexpr std::size_t kHead = alignof(std::max_align_t);
static_assert(kHead >= sizeof(std::size_t));

void* allocate(void*, unsigned count, unsigned size) {
  const std::size_t bytes = std::size_t{count} * size;
  auto* const block = static_cast<std::uint8_t*>(::operator new(kHead + bytes, std::nothrow));
  if (block == nullptr) return nullptr;
  *reinterpret_cast<std::size_t*>(block) = bytes;
  return block + kHead;
}

void release(void*, void* memory) {
  if (memory == nullptr) return;
  std::uint8_t* const block = static_cast<std::uint8_t*>(memory) - kHead;
  Secret::cleanse({block + kHead, *reinterpret_cast<std::size_t*>(block)});
  ::operator delete(block);
}

z_stream empty_stream() {
  z_stream stream{};
  stream.zalloc = allocate;
  stream.zfree = release;
  return stream;
}

/// zlib wants a pointer to bytes that it does not change.
void set_input(z_stream& stream, ByteView input) {
  stream.next_in = const_cast<std::uint8_t*>(input.data());
  stream.avail_in = static_cast<unsigned>(input.size());
}

}  // namespace

struct Deflater::Stream {
  Stream() {
    if (deflateInit(&zlib, Z_DEFAULT_COMPRESSION) != Z_OK) throw std::bad_alloc();
  }
  ~Stream() { deflateEnd(&zlib); }
  z_stream zlib = empty_stream();
};

Deflater::Deflater() : stream_(std::make_unique<Stream>()) {}
Deflater::~Deflater() { Secret::cleanse(output_.mutable_view()); }

ByteView Deflater::compress(ByteView payload) {
  z_stream& zlib = stream_->zlib;
  output_.clear();
  set_input(zlib, payload);
  std::size_t room = deflateBound(&zlib, static_cast<unsigned long>(payload.size())) + 64;
  do {  // a flush that did not fit goes on in the next room
    const MutableView out = output_.room(room).first(room);
    zlib.next_out = out.data();
    zlib.avail_out = static_cast<unsigned>(out.size());
    deflate(&zlib, Z_PARTIAL_FLUSH);
    output_.commit(out.size() - zlib.avail_out);
  } while (zlib.avail_out == 0);
  return output_.view();
}

struct Inflater::Stream {
  Stream() {
    if (inflateInit(&zlib) != Z_OK) throw std::bad_alloc();
  }
  ~Stream() { inflateEnd(&zlib); }
  z_stream zlib = empty_stream();
};

Inflater::Inflater(std::size_t most) : stream_(std::make_unique<Stream>()), most_(most) {}
Inflater::~Inflater() {
  for (const Block& block : blocks_) Secret::cleanse(block.view());
}

/// Takes the payload that has begun, `used` bytes of it, into a block with more room behind it.
void Inflater::grow(std::size_t used) {
  const std::size_t size = std::max(kBlock, used * 2);
  Block block{std::make_unique_for_overwrite<std::uint8_t[]>(size), size};
  if (used != 0) std::copy_n(blocks_.back().memory.get() + begin_, used, block.memory.get());
  blocks_.push_back(std::move(block));
  held_ += size;
  begin_ = 0;
}

MutableView Inflater::inflate(ByteView packet) {
  z_stream& zlib = stream_->zlib;
  set_input(zlib, packet);
  std::size_t used = 0;
  while (true) {
    if (blocks_.empty() || begin_ + used == blocks_.back().size) grow(used);
    // One byte more than is allowed shows that there is more.
    const std::size_t room = std::min(blocks_.back().size - begin_, most_ + 1) - used;
    zlib.next_out = blocks_.back().memory.get() + begin_ + used;
    zlib.avail_out = static_cast<unsigned>(room);
    const int result = ::inflate(&zlib, Z_SYNC_FLUSH);
    used += room - zlib.avail_out;
    if (used > most_)
      throw ProtocolError(Reason::Compression, "a packet that inflates beyond all bounds");
    const bool went_on = result == Z_OK || result == Z_BUF_ERROR;  // the latter: nothing more came
    if (went_on && zlib.avail_in == 0 && zlib.avail_out != 0) break;
    if (result != Z_OK) throw ProtocolError(Reason::Compression, "compressed data is damaged");
  }
  if (used == 0) throw ProtocolError(Reason::Compression, "a packet that inflates to nothing");
  const MutableView payload = blocks_.back().view().subspan(begin_, used);
  begin_ += used;
  return payload;
}

void Inflater::drop() {
  for (std::size_t i = 1; i < blocks_.size(); ++i) Secret::cleanse(blocks_[i].view());
  if (blocks_.size() > 1) blocks_.resize(1);
  held_ = blocks_.empty() ? 0 : blocks_[0].size;
  begin_ = 0;
}

}  // namespace ssh2core
