// The throw-away keys of tests/data.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <random>
#include <string>

#include "libssh2core/crypto/secret.h"

namespace ssh2core::keys {

inline constexpr std::string_view kTestPassphrase = "opensesame";

/// The content of tests/data/`name`; the test fails when it is not there.
inline std::string test_file(const std::string& name) {
  std::ifstream file(std::string(SSH2CORE_KEYS_TEST_DATA "/") + name, std::ios::binary);
  EXPECT_TRUE(file.good()) << name << " is missing";
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Calls `parse` with every beginning of the text.
inline void for_every_truncation(const std::string& text,
                                 const std::function<void(const std::string&)>& parse) {
  for (std::size_t size = 0; size < text.size(); ++size) parse(text.substr(0, size));
}

/// Calls `parse` with `count` damaged versions of the text, always the same ones: bytes changed,
/// taken out, put in.
inline void for_random_mutations(const std::string& text, int count,
                                 const std::function<void(const std::string&)>& parse) {
  std::mt19937 random(4716);
  for (int i = 0; i < count; ++i) {
    std::string damaged = text;
    for (auto changes = 1 + random() % 3; changes > 0 && !damaged.empty(); --changes) {
      const std::size_t at = random() % damaged.size();
      switch (random() % 4) {
        case 0:
          damaged.erase(at, 1 + random() % 8);
          break;
        case 1:
          damaged.insert(at, 1 + random() % 4, static_cast<char>(random()));
          break;
        default:
          damaged[at] = static_cast<char>(random());
      }
    }
    parse(damaged);
  }
}

}  // namespace ssh2core::keys
