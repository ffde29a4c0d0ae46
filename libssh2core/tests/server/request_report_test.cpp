// Requests of SSH as a log may have them: never a secret, whatever is cut off.
#include "libssh2core/server/request_report.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "libssh2core/auth/messages.h"
#include "libssh2core/connection/messages.h"
#include "libssh2core/tests/server/session_pair.h"
#include "libssh2core/wire/codec.h"

namespace ssh2core::server {
namespace {

constexpr std::string_view kSecret = "open-sesame";

template <class Details>
Bytes login(std::string_view method, const Details& details) {
  Buffer tail;
  Writer w(tail);
  encode_fields(w, details);
  return encode(UserAuthRequest{"ann", "ssh-connection", method, Tail{tail.view()}});
}

Bytes with_text(ByteView head, std::string_view text) {
  Bytes all(head.begin(), head.end());
  for (const int shift : {24, 16, 8, 0})
    all.push_back(static_cast<std::uint8_t>(text.size() >> shift));
  all.insert(all.end(), text.begin(), text.end());
  return all;
}

std::vector<Bytes> messages() {
  const Bytes secret(kSecret.begin(), kSecret.end());
  const Bytes two = with_text({}, kSecret);
  Bytes variable = with_text(with_text({}, "LANG"), kSecret);
  return {
      login("password", PasswordDetails{false, secret, {}}),
      login("password", PasswordDetails{true, secret, Tail{two}}),
      login("publickey", PublicKeyDetails{true, "ssh-ed25519", secret, Tail{two}}),
      encode(UserAuthInfoResponse{1, Tail{two}}),
      encode(ChannelRequest{0, "env", true, Tail{variable}}),
      encode(ChannelRequest{0, "exec", true, Tail{two}}),
  };
}

TEST(DescribeMessage, HasNoSecret) {
  for (const Bytes& message : messages())
    for (std::size_t length = 1; length <= message.size(); ++length) {
      const auto told = describe_message(ByteView(message).first(length));
      ASSERT_TRUE(told);
      EXPECT_EQ(told->argument.find(kSecret.substr(0, 4)), std::string::npos) << told->argument;
    }
}

TEST(DescribeMessage, SaysWhatIsAskedFor) {
  const auto all = messages();
  EXPECT_EQ(describe_message(all[0])->argument, "ann password (hidden)");
  EXPECT_EQ(describe_message(all[2])->argument, "ann publickey signed ssh-ed25519");
  EXPECT_EQ(describe_message(all[3])->name, "USERAUTH_INFO_RESPONSE");
  EXPECT_EQ(describe_message(all[4])->argument, "env LANG");
  EXPECT_FALSE(describe_message({}));
  const Bytes data = encode(ChannelData{0, as_bytes("x")});
  EXPECT_FALSE(describe_message(data));
}

}  // namespace
}  // namespace ssh2core::server
