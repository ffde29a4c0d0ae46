// The files that a subcommand is given: any number, `-` for standard input.
#pragma once

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "tools/common/files.h"

namespace ssh2core::tools {

/// The largest file of keys: some million of them.
inline constexpr std::size_t kMaxKeyFileBytes = std::size_t{1} << 30;

using InputFile = std::variant<FileContent, FileError>;

/// Reads the files one after the other and hands each on with its name. A file that cannot be read
/// is handed on as its error; the rest goes on.
void for_each_input(const std::vector<std::string>& files,
                    const std::function<void(const std::string& name, const InputFile&)>& take);

}  // namespace ssh2core::tools
