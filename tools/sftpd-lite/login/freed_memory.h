// Memory that was freed, and still holds what was in it.
#pragma once

namespace ssh2core::tools {

/// From here on what is freed is overwritten, also by libraries: stdio's buffers of /etc/shadow
/// say. The smallest pieces are not, while glibc keeps them for the thread. Elsewhere no effect.
void wipe_what_is_freed(bool on);
/// Overwrites those pieces.
void wipe_small_freed_memory();

}  // namespace ssh2core::tools
