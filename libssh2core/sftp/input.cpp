#include "libssh2core/sftp/input.h"

#include <algorithm>

#include "libssh2core/sftp/codec.h"
#include "libssh2core/sftp/server.h"
#include "libssh2core/wire/planted_bug.h"

namespace ssh2core::sftp {

namespace {
constexpr std::size_t kLongest = kMaxPacket + 1024;  // of the length field
constexpr std::size_t kLongestHandle = 256;          // draft -13 section 4
constexpr std::size_t kKeptMemory = 1024;            // bytes, between requests
}  // namespace

RequestInput::Needed RequestInput::needed(ByteView start) {
  constexpr std::size_t kLengthField = 4, kTypeField = 1, kIdField = 4, kStringLength = 4;
  Reader r(start);
  if (r.remaining() < kLengthField) return {kLengthField};
  const std::size_t length = r.u32();
  if (length == 0 || length > kLongest) return {};
  const std::size_t whole = kLengthField + length;
  if (r.remaining() < kTypeField) return {kLengthField + kTypeField};
  if (r.u8() != static_cast<std::uint8_t>(PacketType::Write)) return {whole};
  // A WRITE that is not as it should be is taken whole, like any other request, and refused.
  constexpr std::size_t kBeforeHandle = kLengthField + kTypeField + kIdField + kStringLength;
  if (start.size() < kBeforeHandle) return {std::min(kBeforeHandle, whole)};
  r.raw(kIdField);
  const std::size_t handle = r.u32();
  const std::size_t head = kBeforeHandle + handle + sizeof(std::uint64_t) + kStringLength;
  if (handle > kLongestHandle || head > whole) return {whole};
  if (start.size() < head) return {head};
  r.raw(handle + sizeof(std::uint64_t));
  const std::size_t data = r.u32();
  if (has_check("sftp-write-data") && data > whole - head) return {whole};
  return {head, true, data, whole - head - data};
}

RequestInput::Next RequestInput::found(Needed item, ByteView start, bool in_place) {
  item_ = item;
  in_place_ = in_place;
  packet_ = start.first(item.bytes).subspan(4);
  return item.write_head ? Next::WriteHead : Next::Request;
}

RequestInput::Next RequestInput::peek(ByteView& input) {
  if (data_left_ != 0) {
    data_ = input.first(std::min(data_left_, input.size()));
    return next_ = data_.empty() ? Next::Nothing : Next::WriteData;
  }
  const std::size_t skipped = std::min(skip_left_, input.size());
  input = input.subspan(skipped);
  skip_left_ -= skipped;
  if (std::exchange(gathered_taken_, false)) gathered_.clear();
  if (gathered_.empty()) {
    if (input.empty()) return next_ = Next::Nothing;
    const Needed item = needed(input);
    if (item.bytes == 0) return next_ = Next::Lost;
    if (item.bytes <= input.size()) return next_ = found(item, input, true);
  }
  while (true) {
    const Needed item = needed(gathered_.view());
    if (item.bytes == 0) return next_ = Next::Lost;
    if (item.bytes <= gathered_.size()) return next_ = found(item, gathered_.view(), false);
    const std::size_t more = std::min(item.bytes - gathered_.size(), input.size());
    if (more == 0) return next_ = Next::Nothing;
    gathered_.append(input.first(more));
    input = input.subspan(more);
  }
}

void RequestInput::take(ByteView& input) {
  switch (next_) {
    case Next::WriteData:
      input = input.subspan(data_.size());
      data_left_ -= data_.size();
      return;
    case Next::Request:
    case Next::WriteHead:
      if (in_place_) {
        input = input.subspan(item_.bytes);
      } else {
        gathered_taken_ = true;
      }
      data_left_ = item_.data;
      skip_left_ = item_.surplus;
      return;
    case Next::Nothing:
    case Next::Lost:
      return;
  }
}

void RequestInput::shrink() {
  if (std::exchange(gathered_taken_, false)) gathered_.clear();
  if (gathered_.capacity() > kKeptMemory) gathered_.shrink(kKeptMemory);
}

}  // namespace ssh2core::sftp
