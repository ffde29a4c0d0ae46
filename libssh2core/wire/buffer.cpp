#include "libssh2core/wire/buffer.h"

#include <algorithm>
#include <cstring>

namespace ssh2core {

namespace {
constexpr std::size_t kSmallest = 256;  // bytes; the first allocation of a buffer
}

Buffer::Buffer(Buffer&& other) noexcept
    : memory_(std::move(other.memory_)),
      capacity_(std::exchange(other.capacity_, 0)),
      begin_(std::exchange(other.begin_, 0)),
      end_(std::exchange(other.end_, 0)) {}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  memory_ = std::move(other.memory_);
  capacity_ = std::exchange(other.capacity_, 0);
  begin_ = std::exchange(other.begin_, 0);
  end_ = std::exchange(other.end_, 0);
  return *this;
}

void Buffer::append(ByteView bytes) {
  if (bytes.empty()) return;
  std::memcpy(room(bytes.size()).data(), bytes.data(), bytes.size());
  end_ += bytes.size();
}

void Buffer::make_room(std::size_t count) {
  const std::size_t used = size();
  // Moving the content to the front is worth it only when that frees at least as much as it moves;
  // so each byte is moved a bounded number of times however the buffer is used.
  if (begin_ >= used && capacity_ - used >= count) {
    if (used != 0) std::memmove(memory_.get(), data(), used);
    begin_ = 0;
    end_ = used;
    return;
  }
  reallocate(std::max({kSmallest, capacity_ * 2, used + count}));
}

void Buffer::reallocate(std::size_t capacity) {
  const std::size_t used = size();
  auto memory = std::make_unique_for_overwrite<std::uint8_t[]>(capacity);
  if (used != 0) std::memcpy(memory.get(), data(), used);
  memory_ = std::move(memory);
  capacity_ = capacity;
  begin_ = 0;
  end_ = used;
}

void Buffer::shrink(std::size_t keep) {
  const std::size_t wanted = std::max(keep, size());
  if (capacity_ <= wanted) return;
  if (wanted == 0) {
    memory_.reset();
    capacity_ = begin_ = end_ = 0;
  } else {
    reallocate(wanted);
  }
}

void Writer::mpint(ByteView magnitude) {
  while (!magnitude.empty() && magnitude[0] == 0) magnitude = magnitude.subspan(1);
  const bool sign_byte = !magnitude.empty() && (magnitude[0] & 0x80) != 0;
  u32(static_cast<std::uint32_t>(magnitude.size() + (sign_byte ? 1 : 0)));
  if (sign_byte) u8(0);
  raw(magnitude);
}

void Writer::name_list(const NameList& names) {
  std::size_t length = names.empty() ? 0 : names.size() - 1;
  for (const std::string& name : names) length += name.size();
  u32(static_cast<std::uint32_t>(length));
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i != 0) u8(',');
    raw(as_bytes(names[i]));
  }
}

}  // namespace ssh2core
