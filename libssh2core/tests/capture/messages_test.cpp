// What is said of single messages: details, secrets, unknown and malformed ones.
#include <gmock/gmock.h>

#include <random>

#include "libssh2core/auth/messages.h"
#include "libssh2core/capture/message_details.h"
#include "libssh2core/capture/sftp_trace.h"
#include "libssh2core/capture/ssh_messages.h"
#include "libssh2core/sftp/extension_messages.h"
#include "libssh2core/tests/capture/recording.h"
#include "libssh2core/transport/kex_messages.h"

namespace ssh2core {
namespace {

using testing::HasSubstr;
using testing::Not;

SeenMessage seen_of(const TraceMessage& message) {
  SeenTrace trace;
  trace.on_message(message);
  return trace.messages.front();
}

SeenMessage describe(ByteView payload, const MessageContext& context = {}) {
  TraceMessage message;
  describe_message(payload, context, message);
  return seen_of(message);
}

Bytes strings(std::initializer_list<std::string_view> texts) {
  Buffer out;
  Writer w(out);
  for (const std::string_view text : texts) w.string(text);
  return out.to_bytes();
}

Bytes password_request(bool change) {
  Bytes details{static_cast<std::uint8_t>(change ? 1 : 0)};
  const Bytes words = change ? strings({"hunter2", "hunter3"}) : strings({"hunter2"});
  details.insert(details.end(), words.begin(), words.end());
  return encode(UserAuthRequest{"ann", "ssh-connection", "password", Tail{details}});
}

Bytes interactive_response() {
  const Bytes words = strings({"hunter2", "hunter2"});
  return encode(UserAuthInfoResponse{2, Tail{words}});
}

TEST(DescribeMessage, CutsALongNameOfAMethod) {
  const std::string name(200000, 'k');
  MessageContext context;
  context.kex_name = name;
  const SeenMessage seen = describe(Bytes{42}, context);
  EXPECT_THAT(seen.error, HasSubstr("of key exchange method kkk"));
  EXPECT_LT(seen.error.size(), 200U);
}

TEST(DescribeMessage, NeverShowsPasswords) {
  const Bytes odd = strings({"hunter2"});
  const Bytes unknown = encode(UserAuthRequest{"ann", "ssh-connection", "odd", Tail{odd}});
  MessageContext interactive;
  interactive.auth_method = "keyboard-interactive";
  for (const SeenMessage& seen :
       {describe(password_request(false)), describe(password_request(true)), describe(unknown),
        describe(interactive_response(), interactive), describe(interactive_response())})
    for (const auto& [name, value] : seen.fields)
      EXPECT_THAT(value, Not(HasSubstr("hunter"))) << seen.type << " " << name;
  EXPECT_EQ(describe(password_request(true)).fields.at("new_password"), "(masked)");
}

TEST(DescribeMessage, NeverShowsPasswordsOfMalformedRequests) {
  for (const Bytes& whole : {password_request(true), interactive_response()})
    for (std::size_t size = 0; size < whole.size(); ++size) {
      Bytes longer = whole;
      longer.push_back(0);
      for (const ByteView payload : {ByteView(whole).first(size), ByteView(longer)}) {
        const SeenMessage seen = describe(payload);
        EXPECT_FALSE(seen.error.empty()) << size;
        EXPECT_THAT(seen.error, Not(HasSubstr("hunter")));
        for (const auto& [name, value] : seen.fields)
          EXPECT_THAT(value, Not(HasSubstr("hunter"))) << name;
      }
    }
}

TEST(DescribeMessage, ReadsDetails) {
  const Bytes name = strings({"sftp"});
  const auto subsystem = describe(encode(ChannelRequest{3, "subsystem", true, Tail{name}}));
  EXPECT_EQ(subsystem.fields.at("subsystem_name"), "sftp");
  EXPECT_FALSE(subsystem.fields.contains("details"));
  const auto odd = describe(encode(ChannelRequest{3, "odd@example.com", true, Tail{name}}));
  EXPECT_EQ(odd.fields.at("details"), std::string_view("\0\0\0\4sftp", 8));
  const auto bad = describe(encode(ChannelRequest{3, "subsystem", true, Tail{}}));
  EXPECT_EQ(bad.type, "CHANNEL_REQUEST");
  EXPECT_FALSE(bad.error.empty());
}

TEST(DescribeMessage, TellsNumbersByTheirMethod) {
  const Bytes reply = encode(UserAuthPasswdChangeReq{"new one:", ""});
  MessageContext context;
  context.auth_method = "password";
  EXPECT_EQ(describe(reply, context).type, "USERAUTH_PASSWD_CHANGEREQ");
  EXPECT_THAT(describe(reply).error, HasSubstr("60"));
  const Bytes value = encode(KexValueInit{as_bytes("value")});
  context.kex = find_kex("diffie-hellman-group14-sha256");
  EXPECT_EQ(describe(value, context).type, "KEXDH_INIT");
  context.kex = find_kex("curve25519-sha256");
  EXPECT_EQ(describe(value, context).type, "KEX_ECDH_INIT");
  const Bytes number30{30, 0, 0, 8, 0}, strings30{30, 0, 0, 0, 1, 'k', 0, 0, 0, 1, 't'};
  context.kex = find_kex("diffie-hellman-group-exchange-sha256");
  EXPECT_EQ(describe(number30, context).type, "KEX_DH_GEX_REQUEST_OLD");
  EXPECT_EQ(describe(encode(GexRequest{2048, 3072, 8192}), context).type, "KEX_DH_GEX_REQUEST");
  EXPECT_EQ(describe(encode(GexGroup{}), context).type, "KEX_DH_GEX_GROUP");
  EXPECT_EQ(describe(encode(GexInit{}), context).type, "KEX_DH_GEX_INIT");
  EXPECT_EQ(describe(encode(GexReply{}), context).type, "KEX_DH_GEX_REPLY");
  context.kex = find_kex("rsa2048-sha256");
  EXPECT_EQ(describe(strings30, context).type, "KEXRSA_PUBKEY");
  EXPECT_EQ(describe(encode(RsaSecret{}), context).type, "KEXRSA_SECRET");
  EXPECT_EQ(describe(encode(RsaDone{}), context).type, "KEXRSA_DONE");
  EXPECT_FALSE(describe(encode(GexReply{}), context).error.empty());
  context.kex = nullptr;
  context.kex_name = "odd-kex";
  EXPECT_THAT(describe(value, context).error, HasSubstr("odd-kex"));
}

TEST(DescribeMessage, SurvivesAnything) {
  std::mt19937 random(11);
  const Bytes samples[] = {password_request(true), encode(KexInit{}), encode(ExtInfo{}),
                           encode(ChannelRequest{1, "pty-req", true, Tail{}}),
                           encode(GlobalRequest{"hostkeys-00@openssh.com", false, Tail{}})};
  MessageContext context;
  context.auth_method = "keyboard-interactive";
  constexpr const char* kMethods[] = {"curve25519-sha256", "rsa1024-sha1",
                                      "diffie-hellman-group-exchange-sha1"};
  for (int round = 0; round < 20000; ++round) {
    context.kex = find_kex(kMethods[round % 3]);
    Bytes payload = samples[random() % std::size(samples)];
    for (auto n = random() % 20; n != 0; --n)
      payload.push_back(static_cast<std::uint8_t>(random() % 4));
    payload[0] = random() % 2 == 0 ? payload[0] : static_cast<std::uint8_t>(random());
    payload[random() % payload.size()] = static_cast<std::uint8_t>(random());
    payload.resize(random() % (payload.size() + 1));
    const SeenMessage seen = describe(payload, context);
    EXPECT_TRUE(!seen.type.empty() || !seen.error.empty());
  }
}

// --- SFTP ---

class SftpStream : public testing::Test {
 protected:
  SftpStream() : trace_([this](TraceMessage&& m) { seen_.on_message(m); }) {}
  template <class Message>
  void add(Way way, std::uint32_t id, const Message& message) {
    Buffer out;
    sftp::encode_packet(out, 3, id, message);
    trace_.feed(way, out.view());
  }
  SeenTrace seen_;
  SftpTrace trace_;
};

TEST_F(SftpStream, KnowsRepliesOfExtendedRequests) {
  add(Way::ToServer, 7, sftp::StatvfsRequest{{"/x"}});
  add(Way::ToServer, 8, sftp::LimitsRequest{});
  sftp::LimitsReply limits;
  limits.read = 1234;
  add(Way::ToClient, 8, limits);
  add(Way::ToClient, 7, sftp::StatvfsReply{});
  ASSERT_EQ(seen_.messages.size(), 4U);
  EXPECT_EQ(seen_.messages[0].fields.at("path"), "/x");
  EXPECT_EQ(seen_.messages[2].fields.at("max_read_length"), "1234");
  EXPECT_EQ(seen_.messages[3].fields.at("extended_request"), "statvfs@openssh.com");
  EXPECT_TRUE(seen_.errors().empty());
}

TEST_F(SftpStream, GathersPacketsFromAnyCut) {
  Buffer out;
  sftp::encode_packet(out, 3, 1, sftp::WriteRequest{as_bytes("h"), 5, as_bytes("some data")});
  sftp::encode_packet(out, 3, 2, sftp::CloseRequest{as_bytes("h")});
  for (std::size_t cut = 1; cut <= out.size(); ++cut) {
    SeenTrace seen;
    SftpTrace trace([&](TraceMessage&& m) { seen.on_message(m); });
    for (std::size_t at = 0; at < out.size(); at += cut)
      trace.feed(Way::ToServer, out.view().subspan(at, std::min(cut, out.size() - at)));
    trace.end();
    ASSERT_EQ(seen.messages.size(), 2U) << cut;
    EXPECT_EQ(seen.written(), "some data");
    EXPECT_TRUE(seen.errors().empty());
  }
}

TEST_F(SftpStream, GoesOnBehindAMalformedPacket) {
  const Bytes cut{0, 0, 0, 7, 3, 0, 0, 0, 1, 0, 9}, empty{0, 0, 0, 0},
      odd{0, 0, 0, 5, 99, 0, 0, 0, 1};
  for (const Bytes& packet : {cut, empty, odd}) trace_.feed(Way::ToServer, packet);
  add(Way::ToServer, 2, sftp::CloseRequest{as_bytes("h")});
  ASSERT_EQ(seen_.messages.size(), 4U);
  EXPECT_EQ(seen_.errors().size(), 3U);
  EXPECT_EQ(seen_.messages[0].type, "OPEN");
  EXPECT_EQ(seen_.messages[2].fields.at("number"), "99");
  EXPECT_EQ(seen_.messages[3].type, "CLOSE");
}

TEST_F(SftpStream, StopsWhereTheFramingIsLost) {
  trace_.feed(Way::ToServer, Bytes{0x7f, 0, 0, 0, 3, 1});
  add(Way::ToServer, 2, sftp::CloseRequest{as_bytes("h")});
  EXPECT_EQ(seen_.messages.size(), 1U);
  EXPECT_EQ(seen_.errors().size(), 1U);
}

TEST_F(SftpStream, DoesNotGuessAtVersionsItDoesNotKnow) {
  sftp::VersionReply version;
  version.version = 7;
  add(Way::ToClient, 0, version);
  add(Way::ToServer, 1, sftp::StatRequest{{"/x"}});
  EXPECT_THAT(seen_.errors(), testing::ElementsAre(HasSubstr("SFTP version 7")));
}

TEST_F(SftpStream, SaysThatItEndsInsideAPacket) {
  trace_.feed(Way::ToClient, Bytes{0, 0, 0, 9, 101});
  trace_.end();
  EXPECT_THAT(seen_.errors(), testing::ElementsAre(HasSubstr("inside an SFTP packet")));
}

TEST_F(SftpStream, SurvivesMutations) {
  Buffer out;
  sftp::encode_packet(out, 3, 1, sftp::WriteRequest{as_bytes("h"), 5, as_bytes("some data")});
  sftp::encode_packet(out, 3, 2, sftp::NameReply{});
  sftp::encode_packet(out, 3, 3, sftp::VersionReply{});
  sftp::encode_packet(out, 3, 4, sftp::UsersGroupsRequest{});
  std::mt19937 random(13);
  for (int round = 0; round < 5000; ++round) {
    Bytes stream = out.to_bytes();
    for (unsigned n = random() % 4 + 1; n != 0; --n)
      stream[random() % stream.size()] = static_cast<std::uint8_t>(random());
    SeenTrace seen;
    SftpTrace trace([&](TraceMessage&& m) { seen.on_message(m); });
    const std::size_t half = random() % stream.size();
    for (const Way way : {Way::ToServer, Way::ToClient}) {
      trace.feed(way, ByteView(stream).first(half));
      trace.feed(way, ByteView(stream).subspan(half));
    }
    trace.end();
    EXPECT_FALSE(seen.messages.empty());
  }
}

}  // namespace
}  // namespace ssh2core
