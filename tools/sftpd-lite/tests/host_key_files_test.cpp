#include "tools/sftpd-lite/host_keys/host_key_files.h"

#include "keys/private_key_file.h"
#include "tools/sftpd-lite/tests/temporary_directory.h"

namespace ssh2core::tools {
namespace {

std::string key_text(const PrivateKey& key) {
  return std::string(as_text(keys::to_openssh_private_key(key, "test").view()));
}
std::string error_of(const std::variant<PrivateKey, std::string>& result) {
  const auto* error = std::get_if<std::string>(&result);
  return error == nullptr ? "" : *error;
}

TEST(HostKeyFiles, LoadsAKeyThatOnlyItsOwnerCanRead) {
  const TemporaryDirectory directory;
  const PrivateKey key = PrivateKey::generate_ed25519();
  for (const mode_t mode : {0600U, 0400U}) {
    const auto loaded = load_host_key(directory.write("key", key_text(key), mode));
    ASSERT_EQ(error_of(loaded), "");
    EXPECT_EQ(std::get<PrivateKey>(loaded).public_blob(), key.public_blob());
    std::filesystem::remove(directory / "key");
  }
}

TEST(HostKeyFiles, RefusesAKeyThatOthersCanRead) {
  const TemporaryDirectory directory;
  const PrivateKey key = PrivateKey::generate_ed25519();
  for (const mode_t mode : {0640U, 0604U, 0620U, 0644U}) {
    const std::string path = directory.write("key", key_text(key), mode);
    const std::string error = error_of(load_host_key(path));
    EXPECT_NE(error.find("`chmod 600 " + path + "`"), std::string::npos) << error;
  }
}

TEST(HostKeyFiles, SaysWhatIsWrongWithAFile) {
  const TemporaryDirectory directory;
  const PrivateKey key = PrivateKey::generate_ed25519();
  const auto says = [](const std::string& path, std::string_view what) {
    const std::string error = error_of(load_host_key(path));
    EXPECT_NE(error.find(what), std::string::npos) << error;
    EXPECT_NE(error.find(path), std::string::npos) << error;
    EXPECT_EQ(error.find('\n'), std::string::npos) << error;
  };
  says(directory / "missing", "keytool generate -o");
  says(directory.write("empty", ""), "it is empty");
  says(directory.write("key.pub", keys::to_openssh_public_line(key.public_blob(), ""), 0644),
       "without .pub");
  says(directory / ".", "directory");
  says("/dev/null", "not a regular file");
  says(directory.write("long", std::string(300000, 'x')), "longer");
}

}  // namespace
}  // namespace ssh2core::tools
