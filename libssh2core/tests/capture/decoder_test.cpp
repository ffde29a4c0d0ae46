// Whole sessions of ours through the decoder: every algorithm, rekeys, damaged captures.
#include "libssh2core/capture/decoder.h"

#include <gmock/gmock.h>

#include "libssh2core/tests/capture/recording.h"

namespace ssh2core {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::size_t kSize = 100000;

std::string expected_content(std::size_t size = kSize) {
  return std::string(as_text(random_content(size, 7)));
}

void expect_whole(const SeenTrace& seen, std::size_t size = kSize) {
  EXPECT_THAT(seen.errors(), IsEmpty());
  EXPECT_THAT(seen.all("ENCRYPTED"), IsEmpty());
  EXPECT_TRUE(seen.written() == expected_content(size)) << seen.written().size();
  EXPECT_EQ(seen.all("USERAUTH_SUCCESS").size(), 1U);
  EXPECT_EQ(seen.all("DISCONNECT").size(), 1U);
}

TEST(Decoder, TellsAWholeSession) {
  const Recording recording = record_upload(kSize);
  const SeenTrace seen = decode_capture(recording.frames, &recording.key_log);
  expect_whole(seen);
  ASSERT_EQ(seen.sessions.size(), 1U);
  EXPECT_EQ(address_text(seen.sessions[0].client), "192.0.2.1:50000");
  EXPECT_EQ(address_text(seen.sessions[0].server), "192.0.2.2:22");
  EXPECT_EQ(seen.sessions[0].server_ident, "SSH-2.0-sftpd_lite");
  EXPECT_FALSE(seen.sessions[0].negotiated.empty());
  const auto init = seen.all("INIT");
  ASSERT_EQ(init.size(), 1U);
  EXPECT_EQ(init[0].fields.at("version"), "3");
  EXPECT_EQ(init[0].bytes, 9U);
  const auto opens = seen.all("OPEN");
  ASSERT_EQ(opens.size(), 1U);
  EXPECT_EQ(opens[0].fields.at("path"), "/up");
  EXPECT_EQ(opens[0].layer, Layer::Sftp);
}

TEST(Decoder, MasksPasswords) {
  const Recording recording = record_upload(10);
  const SeenTrace seen = decode_capture(recording.frames, &recording.key_log);
  bool asked = false;
  for (const SeenMessage& message : seen.messages)
    for (const auto& [name, value] : message.fields) {
      EXPECT_THAT(value, Not(HasSubstr("secret"))) << message.type << " " << name;
      asked = asked || (name == "password" && value == "(masked)");
    }
  EXPECT_TRUE(asked);
}

TEST(Decoder, PutsSftpMessagesBehindTheDataThatCompletesThem) {
  const Recording recording = record_upload(10);
  const SeenTrace seen = decode_capture(recording.frames, &recording.key_log);
  for (std::size_t i = 1; i < seen.messages.size(); ++i) {
    if (seen.messages[i].layer == Layer::Sftp) {
      EXPECT_TRUE(seen.messages[i - 1].type == "CHANNEL_DATA" ||
                  seen.messages[i - 1].layer == Layer::Sftp);
    }
  }
}

// --- Algorithms ---

class DecoderAlgorithms : public testing::TestWithParam<std::string> {};

TEST_P(DecoderAlgorithms, AreDecodedBothWays) {
  TransportSettings client;
  const std::string& name = GetParam();
  if (find_kex(name) != nullptr) client.algorithms.kex = {name};
  if (find_cipher(name) != nullptr) client.algorithms.ciphers = {name};
  if (find_mac(name) != nullptr) {
    client.algorithms.ciphers = {"aes128-ctr"};
    client.algorithms.macs = {name};
  }
  const Recording recording = record_upload(kSize, client);
  expect_whole(decode_capture(recording.frames, &recording.key_log));
  // Either form of line will do.
  std::string shared, own;
  for (std::string_view rest = recording.key_log; !rest.empty();) {
    const std::string line(rest.substr(0, rest.find('\n') + 1));
    (line.find("SHARED_SECRET") == std::string::npos ? own : shared) += line;
    rest.remove_prefix(line.size());
  }
  expect_whole(decode_capture(recording.frames, &shared));
  if (!own.empty()) expect_whole(decode_capture(recording.frames, &own));
}

std::vector<std::string> algorithm_names() {
  const AlgorithmLists lists = AlgorithmLists::defaults();
  std::vector<std::string> names;
  for (const KexEntry& entry : kKexMethods) names.emplace_back(entry.name);
  for (const NameList* list : {&lists.ciphers, &lists.macs})
    names.insert(names.end(), list->begin(), list->end());
  return names;
}
INSTANTIATE_TEST_SUITE_P(Tables, DecoderAlgorithms, testing::ValuesIn(algorithm_names()),
                         [](const auto& one) { return legal_test_name(one.param); });

TEST(Decoder, FollowsGroupExchangeOfTheOldForm) {
  TransportSettings client;
  client.algorithms.kex = {"diffie-hellman-group-exchange-sha256"};
  client.group_exchange.old_request = true;
  const Recording recording = record_upload(kSize, client);
  const SeenTrace seen = decode_capture(recording.frames, &recording.key_log);
  expect_whole(seen);
  EXPECT_EQ(seen.all("KEX_DH_GEX_REQUEST_OLD").size(), 1U);
}

TEST(Decoder, FollowsRekeysOfBothSides) {
  for (const bool strict : {true, false}) {
    RecordedPair pair;
    pair.client_settings.transport.offer_strict_kex = strict;
    pair.client_settings.transport.rekey.bytes = 150000;
    pair.server_settings.transport.rekey.bytes = 220000;
    pair.open();
    Upload upload(pair, "/up", random_content(1 << 20, 7), 32768, 8);
    pair.exchange();
    ASSERT_TRUE(upload.done);
    pair.client->disconnect(Reason::ByApplication, "done");
    pair.exchange();
    const Recording recording = pair.finish();
    const SeenTrace seen = decode_capture(recording.frames, &recording.key_log);
    expect_whole(seen, 1 << 20);
    EXPECT_GT(seen.all("NEWKEYS").size(), 8U);
  }
}

// --- Without keys ---

TEST(Decoder, ShowsWhatIsClearWithoutAKeyLog) {
  const Recording recording = record_upload(kSize);
  const SeenTrace seen = decode_capture(recording.frames, nullptr);
  EXPECT_THAT(seen.errors(), IsEmpty());
  EXPECT_EQ(seen.all("KEXINIT").size(), 2U);
  EXPECT_EQ(seen.all("NEWKEYS").size(), 2U);
  EXPECT_THAT(seen.all("USERAUTH_REQUEST"), IsEmpty());
  std::uint64_t bytes = 0;
  for (const SeenMessage& piece : seen.all("ENCRYPTED")) bytes += piece.bytes;
  EXPECT_GT(bytes, kSize);
}

TEST(Decoder, SaysWhenTheKeyLogLacksTheSession) {
  const Recording recording = record_upload(10), other = record_upload(10);
  const std::string none;
  EXPECT_THAT(decode_capture(recording.frames, &none).errors(),
              ElementsAre(HasSubstr("no line for this key exchange")));
}

TEST(Decoder, RefusesASecretThatDoesNotFit) {
  Recording recording = record_upload(10);
  for (std::size_t end = recording.key_log.find('\n'); end != std::string::npos;
       end = recording.key_log.find('\n', end + 1))
    recording.key_log[end - 1] = recording.key_log[end - 1] == '1' ? '2' : '1';
  const SeenTrace seen = decode_capture(recording.frames, &recording.key_log);
  EXPECT_THAT(seen.errors(), ElementsAre(HasSubstr("does not fit")));
  EXPECT_THAT(seen.all("ENCRYPTED"), Not(IsEmpty()));
}

// --- Captures as they come ---

TEST(Decoder, TakesSegmentsTwiceAndInAnotherOrder) {
  const Recording recording = record_upload(kSize);
  std::vector<Bytes> frames;
  for (std::size_t i = 0; i < recording.frames.size(); ++i) {
    // Pairs change places, but what opens the connection.
    const std::size_t from = i < 4 || (i ^ 1U) >= recording.frames.size() ? i : i ^ 1U;
    frames.push_back(recording.frames[from]);
    if (i % 3 == 0) frames.push_back(recording.frames[from]);
  }
  expect_whole(decode_capture(frames, &recording.key_log));
}

TEST(Decoder, KeepsTwoConnectionsApart) {
  RecordedPair one(50000), two(50001);
  two.client_random = FixedRandom(77);
  two.server_random = FixedRandom(78);
  for (RecordedPair* pair : {&one, &two}) pair->open();
  Upload first(one, "/one", random_content(50000, 1), 32768, 4);
  Upload second(two, "/two", random_content(70000, 2), 32768, 4);
  for (RecordedPair* pair : {&one, &two}) pair->exchange();
  const Recording a = one.finish(), b = two.finish();
  std::vector<Bytes> mixed;
  for (std::size_t i = 0; i < std::max(a.frames.size(), b.frames.size()); ++i) {
    if (i < a.frames.size()) mixed.push_back(a.frames[i]);
    if (i < b.frames.size()) mixed.push_back(b.frames[i]);
  }
  const std::string keys = a.key_log + b.key_log;
  const SeenTrace seen = decode_capture(mixed, &keys);
  EXPECT_THAT(seen.errors(), IsEmpty());
  ASSERT_EQ(seen.sessions.size(), 2U);
  std::map<std::uint64_t, std::size_t> written;
  std::map<std::uint64_t, std::string> paths;
  for (const SeenMessage& write : seen.all("WRITE"))
    written[write.session] += write.fields.at("data").size();
  for (const SeenMessage& open : seen.all("OPEN")) paths[open.session] = open.fields.at("path");
  EXPECT_EQ(written, (std::map<std::uint64_t, std::size_t>{{1, 50000}, {2, 70000}}));
  EXPECT_EQ(paths, (std::map<std::uint64_t, std::string>{{1, "/one"}, {2, "/two"}}));
}

/// Any single frame lost: it is said, and nothing is made up: what is decoded is a beginning of
/// what was sent.
TEST(Decoder, SaysThatAFrameIsMissing) {
  const Recording recording = record_upload(kSize);
  for (std::size_t lost = 3; lost + 3 < recording.frames.size(); ++lost) {
    constexpr std::size_t kHeads = 40;
    const std::size_t payload = recording.frames[lost].size() - kHeads;
    if (payload == 0) continue;
    std::vector<Bytes> frames = recording.frames;
    frames.erase(frames.begin() + static_cast<long>(lost));
    const SeenTrace seen = decode_capture(frames, &recording.key_log);
    EXPECT_THAT(seen.errors(),
                testing::Contains(HasSubstr(std::to_string(payload) + " bytes are missing")))
        << lost;
    EXPECT_TRUE(expected_content().starts_with(seen.written())) << lost;
  }
}

TEST(Decoder, SaysThatACaptureEndsEarly) {
  const Recording recording = record_upload(kSize);
  for (std::size_t kept = 4; kept < recording.frames.size() - 3; ++kept) {
    const std::vector<Bytes> frames(recording.frames.begin(),
                                    recording.frames.begin() + static_cast<long>(kept));
    const SeenTrace seen = decode_capture(frames, &recording.key_log);
    EXPECT_EQ(seen.sessions.size(), 1U);
    EXPECT_TRUE(expected_content().starts_with(seen.written())) << kept;
  }
}

TEST(Decoder, SaysThatTheBeginningIsMissing) {
  const Recording recording = record_upload(10);
  const std::vector<Bytes> frames(recording.frames.begin() + 12, recording.frames.end());
  EXPECT_THAT(decode_capture(frames, &recording.key_log).errors(),
              testing::Contains(HasSubstr("beginning is not in the capture")));
}

/// A KEXINIT as a packet without keys.
Bytes plain_kexinit(const NameList& kex) {
  KexInit init;
  init.kex = kex;
  const Bytes payload = encode(init);
  const std::size_t padding = 16 - (5 + payload.size()) % 8;
  Buffer packet;
  Writer w(packet);
  w.u32(static_cast<std::uint32_t>(1 + payload.size() + padding));
  w.u8(static_cast<std::uint8_t>(padding));
  w.raw(payload);
  w.raw(Bytes(padding));
  return packet.to_bytes();
}

TEST(Decoder, RefusesListsThatTakeLongToCompare) {
  SeenTrace seen;
  SessionDecoder decoder({}, nullptr, seen);
  for (const Way way : {Way::ToServer, Way::ToClient}) {
    decoder.received(way, as_bytes("SSH-2.0-hostile\r\n"), {});
    const std::string name = way == Way::ToServer ? "c" : "s";
    decoder.received(way, plain_kexinit(NameList(100000, name)), {});
  }
  EXPECT_THAT(seen.errors(), testing::Each(HasSubstr("too many names")));
  EXPECT_EQ(seen.errors().size(), 2U);
}

TEST(Decoder, SurvivesDamagedFrames) {
  const Recording recording = record_upload(kSize);
  std::mt19937 random(8);
  for (int round = 0; round < 200; ++round) {
    std::vector<Bytes> frames = recording.frames;
    for (int i = 0; i < 3; ++i) {
      Bytes& frame = frames[random() % frames.size()];
      switch (random() % 3) {
        case 0:
          frame[random() % frame.size()] ^= static_cast<std::uint8_t>(1U << random() % 8);
          break;
        case 1:
          frame.resize(random() % frame.size() + 1);
          break;
        default:
          std::swap(frame, frames[random() % frames.size()]);
      }
    }
    // Damage is found by MACs and gaps; what is decoded before is what was sent.
    EXPECT_TRUE(
        expected_content().starts_with(decode_capture(frames, &recording.key_log).written()));
  }
}

}  // namespace
}  // namespace ssh2core
