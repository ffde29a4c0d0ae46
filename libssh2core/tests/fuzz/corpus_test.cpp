// Every seed in corpus/ through its target: in builds without libFuzzer, too.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "libssh2core/tests/fuzz/targets.h"

namespace ssh2core::fuzz {

class Corpus : public testing::TestWithParam<Target> {};

TEST_P(Corpus, HasNothingToComplainAbout) {
  const auto folder = std::filesystem::path(SSH2CORE_FUZZ_CORPUS) / GetParam().name;
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string input{std::istreambuf_iterator<char>(file), {}};
    SCOPED_TRACE(entry.path().string());
    GetParam().run(as_bytes(input));  // aborts when something is wrong
    for (std::size_t size = 0; size < input.size(); size += input.size() / 8 + 1)
      GetParam().run(as_bytes(input).first(size));
    ++count;
  }
  EXPECT_NE(count, 0U) << "no seeds in " << folder;
}

INSTANTIATE_TEST_SUITE_P(Targets, Corpus, testing::ValuesIn(kTargets),
                         [](const auto& target) { return std::string(target.param.name); });

}  // namespace ssh2core::fuzz
