// What once broke ProFTPD's mod_sftp, as hostile input to our server: each test is named by the
// issue, bug or CVE. The server must answer in order or end that session, and nothing else.
#include <gmock/gmock.h>

#include "libssh2core/sftp/messages.h"
#include "libssh2core/tests/client/sftp_harness.h"

namespace ssh2core {
namespace {

/// A client transport, which can send any message, joined to a session of the server.
class SecurityRecord : public testing::Test {
 protected:
  void SetUp() override { begin(); }
  void begin() {
    server_ = std::make_unique<server::Session>(
        settings_,
        server::Surroundings{.clock = clock_,
                             .random = server_random_,
                             .host_keys = keys_,
                             .authenticator = authenticator_,
                             .events = log_,
                             .open_files = [](const std::string&,
                                              std::string&) -> std::unique_ptr<sftp::FileSystem> {
                               return std::make_unique<sftp::MemoryFileSystem>();
                             }},
        "test");
    recorder_ = std::make_unique<Recorder>();
    client_ = std::make_unique<Transport>(Role::Client, client_settings_,
                                          TransportSurroundings{.clock = clock_,
                                                                .random = client_random_,
                                                                .handler = *recorder_,
                                                                .verifier = &verifier_});
  }
  void give(ByteView bytes) {
    while (!bytes.empty() && !server_->finished()) {
      const MutableView room = server_->receive_room();
      if (room.empty()) break;
      const std::size_t count = std::min(room.size(), bytes.size());
      std::copy_n(bytes.begin(), count, room.begin());
      bytes = bytes.subspan(count);
      server_->received(count);
    }
  }
  void exchange() {
    for (bool moved = true; moved;) {
      client_->flush();
      const Bytes out(client_->output().begin(), client_->output().end());
      client_->sent(out.size());
      give(out);
      const Bytes back(server_->output().begin(), server_->output().end());
      server_->sent(back.size());
      client_->feed(back);
      moved = !out.empty() || !back.empty();
    }
  }
  void log_in() {
    exchange();
    client_->send(ServiceRequest{"ssh-userauth"});
    Buffer details;
    Writer w(details);
    w.boolean(false);
    w.string("secret");
    client_->send(UserAuthRequest{"ann", "ssh-connection", "password", Tail{details.view()}});
    exchange();
    ASSERT_EQ(count(UserAuthSuccess::kId), 1U);
    recorder_->messages.clear();
  }
  /// Logs in and opens a channel with SFTP on it; `window` is what the client allows.
  void start_sftp(std::uint32_t window = 1U << 20) {
    log_in();
    client_->send(ChannelOpen{"session", 0, window, 32768, {}});
    Buffer name;
    Writer(name).string("sftp");
    client_->send(ChannelRequest{0, "subsystem", true, Tail{name.view()}});
    exchange();
    ASSERT_EQ(count(ChannelSuccess::kId), 1U);
    recorder_->messages.clear();
  }
  void data(ByteView bytes) { client_->send(ChannelData{0, bytes}); }
  std::size_t count(std::uint8_t id) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        recorder_->messages, [id](const Bytes& message) { return message[0] == id; }));
  }
  std::string ending() const {
    const auto* close = log_.last<server::SessionClose>();
    return close == nullptr ? "" : close->reason;
  }
  /// The session lives and does what it should.
  void expect_alive() {
    ASSERT_FALSE(server_->finished()) << ending();
    recorder_->messages.clear();
    client_->send(GlobalRequest{"anything@example.com", true, {}});
    exchange();
    EXPECT_EQ(count(RequestFailure::kId), 1U);
  }
  /// One packet in the clear, with these lengths and bytes, behind an identification.
  void in_the_clear(std::uint32_t length, std::uint8_t padding, std::size_t bytes) {
    begin();
    Buffer raw;
    raw.append(as_bytes("SSH-2.0-hostile\r\n"));
    Writer w(raw);
    w.u32(length);
    w.u8(padding);
    raw.append(Bytes(bytes));
    give(raw.view());
  }
  static Bytes bytes_of(std::initializer_list<unsigned> values) {
    Bytes out;
    for (const unsigned value : values) out.push_back(static_cast<std::uint8_t>(value));
    return out;
  }

  FixedClock clock_;
  FixedRandom server_random_{1}, client_random_{2};
  TestHostKeys keys_;
  OneUser authenticator_;
  EventLog log_;
  AnyHostKey verifier_;
  server::Settings settings_;
  TransportSettings client_settings_;
  std::unique_ptr<Recorder> recorder_;
  std::unique_ptr<server::Session> server_;
  std::unique_ptr<Transport> client_;
};

TEST_F(SecurityRecord, Issue2104_PacketWithoutAPayload) {
  in_the_clear(12, 11, 11);
  EXPECT_TRUE(server_->finished());
  EXPECT_THAT(ending(), testing::HasSubstr("padding"));
}

// In every mode of every cipher: PacketMode in packet_test.cpp.
TEST_F(SecurityRecord, Issue2102_PaddingLongerThanThePacket) {
  for (const unsigned padding : {12U, 13U, 255U, 3U, 0U}) {
    in_the_clear(12, static_cast<std::uint8_t>(padding), 11);
    EXPECT_TRUE(server_->finished()) << padding;
  }
}

TEST_F(SecurityRecord, Issues1482And1080And663_AbsurdLengths) {
  for (const std::uint32_t length : {0U, 1U, 5U, 262145U, 0x7fffffffU, 0xfffffff4U, 0xffffffffU}) {
    in_the_clear(length, 4, 64);
    EXPECT_TRUE(server_->finished()) << length;
  }
  begin();
  exchange();
  give(Bytes(4096, 0xa5));  // no packet under these keys
  EXPECT_TRUE(server_->finished());
}

TEST_F(SecurityRecord, Issues2108And2106_SignaturesOfAnotherTypeOrLength) {
  exchange();
  client_->send(ServiceRequest{"ssh-userauth"});
  const Bytes blob = test_key("ssh-ed25519").public_blob();
  const auto attempt = [&](std::string_view algorithm, ByteView signature) {
    begin();
    exchange();
    client_->send(ServiceRequest{"ssh-userauth"});
    Buffer details;
    Writer w(details);
    w.boolean(true);
    w.string(algorithm);
    w.string(blob);
    w.string(signature);
    client_->send(UserAuthRequest{"ann", "ssh-connection", "publickey", Tail{details.view()}});
    exchange();
    // A clock that stands still: a refusal may be kept back.
    clock_.passed += std::chrono::seconds(10);
    if (!server_->finished()) server_->on_deadline();
    exchange();
    EXPECT_EQ(count(UserAuthSuccess::kId), 0U);
    EXPECT_TRUE(server_->finished() || count(UserAuthFailure::kId) == 1) << algorithm;
  };
  for (const std::string_view inner :
       {"ssh-rsa", "ssh-dss", "ecdsa-sha2-nistp256", "ssh-ed25519", ""})
    for (const std::size_t size : {0U, 1U, 39U, 41U, 63U, 65U, 30000U}) {
      Buffer signature;
      Writer(signature).string(inner);
      Writer(signature).string(Bytes(size, 1));
      attempt("ssh-ed25519", signature.view());
      if (size == 39U) attempt("ssh-dss", signature.view());
      if (size == 39U) attempt("rsa-sha2-256", signature.view());
    }
  attempt("ssh-ed25519", {});
  attempt("ssh-ed25519", bytes_of({0xff, 0xff, 0xff, 0xff}));
}

TEST_F(SecurityRecord, Issue2115_SftpLengthBelowItsHeader) {
  for (const Bytes& packet :
       {bytes_of({0, 0, 0, 0}), bytes_of({0, 0, 0, 1, 3}), bytes_of({0, 0, 0, 4, 3, 0, 0, 0}),
        bytes_of({0, 0, 0, 2, 200, 0}), bytes_of({0xff, 0xff, 0xff, 0xff, 3})}) {
    begin();
    ASSERT_NO_FATAL_FAILURE(start_sftp());
    data(bytes_of({0, 0, 0, 5, 1, 0, 0, 0, 3}));
    data(packet);
    exchange();
    expect_alive();
  }
}

TEST_F(SecurityRecord, Issue2190AndCve2026_63090_RequestInManyFragments) {
  ASSERT_NO_FATAL_FAILURE(start_sftp());
  data(bytes_of({0, 0, 0, 5, 1, 0, 0, 0, 3}));
  exchange();
  recorder_->messages.clear();
  Buffer request;
  Writer w(request);
  w.u32(1 + 4 + 4 + 200000);
  w.u8(16);  // REALPATH of a very long name
  w.u32(7);
  w.string(Bytes(200000, 'x'));
  const ByteView whole = request.view();
  for (std::size_t at = 0, step = 1; at < whole.size(); at += step, step = step * 2 + 1) {
    step = std::min({step, std::size_t{30000}, whole.size() - at});
    data(whole.subspan(at, step));
  }
  exchange();
  EXPECT_EQ(count(ChannelData::kId), 1U) << "an answer";
  expect_alive();
}

TEST_F(SecurityRecord, Issue2242_MaximumPacketOrWindowOfZero) {
  ASSERT_NO_FATAL_FAILURE(log_in());
  client_->send(ChannelOpen{"session", 0, 1000, 0, {}});
  client_->send(ChannelOpen{"session", 1, 1000, 1, {}});
  exchange();
  EXPECT_EQ(count(ChannelOpenFailure::kId), 2U);
  expect_alive();
}

TEST_F(SecurityRecord, Issue2252_DataWhileThePeersWindowIsClosed) {
  ASSERT_NO_FATAL_FAILURE(start_sftp(0));
  data(bytes_of({0, 0, 0, 5, 1, 0, 0, 0, 3}));
  // Nothing can be answered, so nothing is given back: behind the announced window is the end.
  const Bytes chunk(32768);
  for (int i = 0; i < 100 && !server_->finished(); ++i) {
    data(chunk);
    exchange();
  }
  EXPECT_TRUE(server_->finished());
  EXPECT_THAT(ending(), testing::HasSubstr("window"));
}

TEST_F(SecurityRecord, Issues1678And1876AndBug4166_ChannelsAndExchangesWithoutEnd) {
  ASSERT_NO_FATAL_FAILURE(log_in());
  for (int i = 0; i < 300; ++i) {
    client_->send(ChannelOpen{"session", 0, 1000, 32768, {}});
    client_->send(ChannelClose{0});
    exchange();
    ASSERT_FALSE(server_->finished()) << i << ": " << ending();
  }
  for (int i = 0; i < 30; ++i) {
    client_->rekey();
    exchange();
  }
  EXPECT_EQ(recorder_->exchanges, 31U);
  for (std::uint32_t i = 0; i < 50; ++i) client_->send(ChannelOpen{"session", i, 1000, 32768, {}});
  recorder_->messages.clear();
  exchange();
  EXPECT_EQ(count(ChannelOpenConfirmation::kId), settings_.max_channels);
  expect_alive();
}

TEST_F(SecurityRecord, Bug3973AndCve2013_4359_CountOfAnswers) {
  exchange();
  client_->send(ServiceRequest{"ssh-userauth"});
  // INFO_RESPONSE that nobody asked for, with 2^32 - 1 answers.
  client_->writer().begin();
  client_->writer().buffer().append(bytes_of({61, 0xff, 0xff, 0xff, 0xff}));
  client_->writer().end();
  exchange();
  EXPECT_EQ(count(UserAuthSuccess::kId), 0U);
  if (!server_->finished()) {
    EXPECT_EQ(count(UserAuthFailure::kId), 0U);
  }
}

TEST_F(SecurityRecord, Bug3586AndCve2011_1137_MalformedLengthsInsidePackets) {
  // KEXINIT whose first list claims 4 GiB.
  begin();
  Buffer raw;
  raw.append(as_bytes("SSH-2.0-hostile\r\n"));
  Bytes payload(1 + 16);
  payload[0] = KexInit::kId;
  for (int i = 0; i < 4; ++i) payload.push_back(0xff);
  PacketWriter writer(client_random_);
  writer.begin();
  writer.buffer().append(payload);
  writer.end();
  raw.append(writer.output());
  give(raw.view());
  EXPECT_TRUE(server_->finished());
  // A channel request whose name does.
  begin();
  ASSERT_NO_FATAL_FAILURE(log_in());
  client_->writer().begin();
  client_->writer().buffer().append(bytes_of({98, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}));
  client_->writer().end();
  exchange();
  EXPECT_TRUE(server_->finished());
  // A LINK of SFTP with one.
  begin();
  ASSERT_NO_FATAL_FAILURE(start_sftp());
  data(bytes_of({0, 0, 0, 5, 1, 0, 0, 0, 3}));
  data(bytes_of({0, 0, 0, 9, 16, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff}));
  exchange();
  expect_alive();
}

TEST_F(SecurityRecord, Issue1760AndCve2023_48795_MessagesBeforeAStrictKexinit) {
  Buffer raw;
  raw.append(as_bytes("SSH-2.0-hostile\r\n"));
  PacketWriter writer(client_random_);
  writer.begin();
  encode_to(writer.buffer(), Ignore{as_bytes("moves the counter")});
  writer.end();
  KexInit init;
  const AlgorithmLists offer = AlgorithmLists::defaults();
  init.kex = offer.kex;
  init.kex.emplace_back(kStrictKexClient);
  init.host_key = offer.host_key;
  init.cipher_c2s = init.cipher_s2c = offer.ciphers;
  init.mac_c2s = init.mac_s2c = offer.macs;
  init.compression_c2s = init.compression_s2c = {"none"};
  writer.begin();
  encode_to(writer.buffer(), init);
  writer.end();
  raw.append(writer.output());
  give(raw.view());
  EXPECT_TRUE(server_->finished());
  EXPECT_THAT(ending(), testing::HasSubstr("strict"));
}

// Groups of an account (1830 = CVE-2024-48651): test_privileges.py. Expressions and memory of an
// old configuration (3918, 1061, 4405, 656): client_rules_test.cpp under AddressSanitizer.

}  // namespace
}  // namespace ssh2core
