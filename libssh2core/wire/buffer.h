// A byte queue that is filled at the back and emptied at the front, and the Writer that encodes
// the types of RFC 4251 section 5 into it. Memory is neither cleared nor moved without need.
#pragma once

#include <memory>

#include "libssh2core/wire/bytes.h"

namespace ssh2core {

class Buffer {
 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&& other) noexcept;

  std::size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }
  /// Bytes of memory held, used or not.
  std::size_t capacity() const { return capacity_; }
  std::uint8_t* data() { return memory_.get() + begin_; }
  const std::uint8_t* data() const { return memory_.get() + begin_; }
  ByteView view() const { return {data(), size()}; }
  MutableView mutable_view() { return {data(), size()}; }

  /// At least `count` writable bytes behind the content, uncleared; more when they are there.
  /// Earlier views and pointers into the buffer become invalid.
  MutableView room(std::size_t count) {
    if (capacity_ - end_ < count) make_room(count);
    return {memory_.get() + end_, capacity_ - end_};
  }
  /// Takes the first `count` bytes of the room into the content.
  void commit(std::size_t count) { end_ += count; }
  /// Appends `count` uncleared bytes and returns where they begin.
  std::uint8_t* extend(std::size_t count) {
    std::uint8_t* at = room(count).data();
    end_ += count;
    return at;
  }
  void append(ByteView bytes);
  /// Drops `count` bytes at the front; views of what remains stay valid until room() or append().
  void consume(std::size_t count) {
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
  }
  /// Drops bytes at the back, so that `count` remain.
  void truncate(std::size_t count) { end_ = begin_ + count; }
  void clear() { begin_ = end_ = 0; }
  /// Gives memory beyond `keep` bytes back to the system; the content stays.
  void shrink(std::size_t keep);
  Bytes to_bytes() const { return {view().begin(), view().end()}; }

 private:
  void make_room(std::size_t count);
  void reallocate(std::size_t capacity);

  std::unique_ptr<std::uint8_t[]> memory_;
  std::size_t capacity_ = 0, begin_ = 0, end_ = 0;
};

/// Appends the primitive types of RFC 4251 section 5 to a Buffer.
class Writer {
 public:
  explicit Writer(Buffer& out) : out_(out) {}
  void u8(std::uint8_t v) { *out_.extend(1) = v; }
  void boolean(bool v) { u8(v ? 1 : 0); }
  void u32(std::uint32_t v) { store_u32(out_.extend(4), v); }
  void u64(std::uint64_t v) {
    u32(static_cast<std::uint32_t>(v >> 32));
    u32(static_cast<std::uint32_t>(v));
  }
  void string(ByteView v) {
    u32(static_cast<std::uint32_t>(v.size()));
    raw(v);
  }
  void string(std::string_view v) { string(as_bytes(v)); }
  /// A positive number from its big-endian magnitude: leading zeros are dropped, a zero byte is
  /// put in front when the top bit is set.
  void mpint(ByteView magnitude);
  void name_list(const NameList& names);
  void raw(ByteView v) { out_.append(v); }
  Buffer& buffer() { return out_; }

 private:
  Buffer& out_;
};

}  // namespace ssh2core
