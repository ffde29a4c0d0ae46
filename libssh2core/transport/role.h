// Which side of the connection we are.
#pragma once

namespace ssh2core {

enum class Role { Client, Server };

}  // namespace ssh2core
