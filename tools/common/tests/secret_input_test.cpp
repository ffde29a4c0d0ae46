#include "tools/common/secret_input.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "tools/common/exit_code.h"
#include "tools/common/version.h"

namespace ssh2core::tools {
namespace {

/// What is read from a pipe that holds `text`.
std::string from_pipe(std::string_view text) {
  int ends[2] = {-1, -1};
  EXPECT_EQ(pipe(ends), 0);
  EXPECT_EQ(write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  close(ends[1]);
  SecretSource source;
  source.descriptor = ends[0];
  std::string out;
  try {
    out = as_text(read_secret(source, "", Ask::Twice).view());
  } catch (const ExitError& error) {
    out = error.what();
  }
  close(ends[0]);
  return out;
}

TEST(SecretInput, IsTheFirstLineOfADescriptor) {
  EXPECT_EQ(from_pipe("secret"), "secret");
  EXPECT_EQ(from_pipe("secret\nmore\n"), "secret");
  EXPECT_EQ(from_pipe("se cret \r\n"), "se cret ");
  EXPECT_EQ(from_pipe(""), "");
  EXPECT_EQ(from_pipe(std::string(kMaxSecretBytes, 'x')), std::string(kMaxSecretBytes, 'x'));
  EXPECT_NE(from_pipe(std::string(kMaxSecretBytes + 1, 'x')).find("longer"), std::string::npos);
}

TEST(SecretInput, ComesFromAVariable) {
  SecretSource source;
  source.variable = "SSH2CORE_TEST_SECRET";
  setenv("SSH2CORE_TEST_SECRET", "from the environment", 1);
  EXPECT_EQ(as_text(read_secret(source, "", Ask::Once).view()), "from the environment");
  unsetenv("SSH2CORE_TEST_SECRET");
  EXPECT_THROW(read_secret(source, "", Ask::Once), ExitError);
}

TEST(Version, NamesTheLibraries) {
  const std::string text = version_text("keytool");
  EXPECT_EQ(text.rfind("keytool ", 0), 0U);
  EXPECT_NE(text.find("OpenSSL "), std::string::npos);
  EXPECT_NE(text.find("zlib "), std::string::npos);
}

}  // namespace
}  // namespace ssh2core::tools
