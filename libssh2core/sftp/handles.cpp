#include "libssh2core/sftp/handles.h"

#include <algorithm>

namespace ssh2core::sftp {

ByteView HandleTable::add(OpenHandle handle) {
  if (slots_.empty()) {
    std::array<std::uint8_t, 4> mask;
    random_.fill(mask);
    mask_ = load_u32(mask.data());
  }
  auto slot = std::ranges::find(slots_, false, &Slot::used);
  if (slot == slots_.end()) slot = slots_.insert(slots_.end(), Slot{});
  random_.fill(slot->name);
  store_u32(slot->name.data(), static_cast<std::uint32_t>(slot - slots_.begin()) ^ mask_);
  slot->used = true;
  slot->handle = std::move(handle);
  ++count_;
  return slot->name;
}

HandleTable::Slot* HandleTable::find_slot(ByteView name) {
  if (name.size() != kNameBytes) return nullptr;
  const std::size_t place = load_u32(name.data()) ^ mask_;
  if (place >= slots_.size()) return nullptr;
  Slot& slot = slots_[place];
  return slot.used && std::ranges::equal(slot.name, name) ? &slot : nullptr;
}

OpenHandle* HandleTable::find(ByteView name) {
  Slot* slot = find_slot(name);
  return slot == nullptr ? nullptr : &slot->handle;
}

OpenHandle HandleTable::take(Slot& slot) {
  slot.used = false;
  --count_;
  return std::exchange(slot.handle, {});
}

OpenHandle HandleTable::take(ByteView name) {
  Slot* slot = find_slot(name);
  return slot == nullptr ? OpenHandle{} : take(*slot);
}

OpenHandle HandleTable::take_any() { return take(*std::ranges::find(slots_, true, &Slot::used)); }

}  // namespace ssh2core::sftp
