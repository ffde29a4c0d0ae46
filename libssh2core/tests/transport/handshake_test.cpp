// The key exchange of two transports with each other: every algorithm, every cut of the stream.
#include "libssh2core/crypto/kex_table.h"
#include "libssh2core/tests/transport/harness.h"

namespace ssh2core {
namespace {

/// Sends messages both ways and looks whether they arrive whole and in order.
void expect_messages_pass(TransportPair& pair) {
  const auto number = [](std::uint32_t i) { return numbered_message(i); };
  for (std::uint32_t i = 0; i < 5; ++i) {
    Bytes from_client = number(i), from_server = number(100 + i);
    from_client.resize(5 + i * 777, 0x5a);
    pair.client.inject(from_client);
    pair.server.inject(from_server);
    pair.exchange();
    ASSERT_FALSE(pair.server.handler.messages.empty());
    ASSERT_FALSE(pair.client.handler.messages.empty());
    EXPECT_EQ(pair.server.handler.messages.back(), from_client);
    EXPECT_EQ(pair.client.handler.messages.back(), from_server);
  }
}

class WithKex : public testing::TestWithParam<KexEntry> {};
TEST_P(WithKex, Connects) {
  TransportPair pair;
  pair.client.settings.algorithms.kex = {std::string(GetParam().name)};
  pair.server.settings.algorithms.kex = pair.client.settings.algorithms.kex;
  ASSERT_NO_FATAL_FAILURE(pair.connect());
  EXPECT_EQ(pair.client.handler.algorithms.kex->name, GetParam().name);
  EXPECT_EQ(as_text(pair.client.transport->session_id()),
            as_text(pair.server.transport->session_id()));
  expect_messages_pass(pair);
}

INSTANTIATE_TEST_SUITE_P(Every, WithKex, testing::ValuesIn(kKexMethods),
                         [](const auto& row) { return legal_test_name(row.param.name); });

class WithHostKey : public testing::TestWithParam<SignatureEntry> {};
TEST_P(WithHostKey, Connects) {
  TransportPair pair;
  pair.host_keys.types = {"ssh-ed25519", std::string(GetParam().key_type)};
  pair.client.settings.algorithms.host_key = {std::string(GetParam().name)};
  pair.server.settings.algorithms.host_key = {std::string(GetParam().name)};
  ASSERT_NO_FATAL_FAILURE(pair.connect());
  EXPECT_EQ(pair.verifier.algorithms, NameList{std::string(GetParam().name)});
  EXPECT_EQ(pair.verifier.blob, test_key(GetParam().key_type).public_blob());
  EXPECT_EQ(as_text(pair.client.transport->host_key()), as_text(pair.verifier.blob));
}
std::vector<SignatureEntry> host_key_rows() {
  std::vector<SignatureEntry> rows(kSignatures.begin(), kSignatures.end());
  std::erase_if(rows, [](const SignatureEntry& row) { return row.security_key; });
  return rows;
}
INSTANTIATE_TEST_SUITE_P(Every, WithHostKey, testing::ValuesIn(host_key_rows()),
                         [](const auto& row) { return legal_test_name(row.param.name); });

TEST(Kexinit, CanWaitForTheIdentificationOfThePeer) {
  TransportPair pair;
  pair.client.settings.kexinit_at_once = false;
  pair.start();
  const std::string line = pair.client.settings.identification + "\r\n";
  EXPECT_EQ(as_text(pair.client.transport->output()), line);
  pair.client.transport->feed(as_bytes("SSH-2.0-peer"));
  EXPECT_EQ(as_text(pair.client.transport->output()), line);
  pair.client.transport->feed(as_bytes("\r\n"));
  EXPECT_GT(pair.client.transport->output().size(), line.size());
}

TEST(Kexinit, ThatWaitedConnectsInAnyCut) {
  for (const std::size_t cut : {std::size_t{1}, std::size_t{7}, std::string::npos}) {
    TransportPair pair;
    pair.client.settings.kexinit_at_once = false;
    pair.start();
    pair.exchange(cut);
    ASSERT_EQ(pair.client.handler.exchanges, 1U);
    expect_messages_pass(pair);
    pair.client.transport->rekey();
    pair.exchange(cut);
    EXPECT_EQ(pair.server.handler.exchanges, 2U);
  }
}

struct Protection {
  std::string_view cipher, mac;
};
class WithProtection : public testing::TestWithParam<Protection> {};
TEST_P(WithProtection, CarriesMessagesInAnyCut) {
  for (const std::size_t cut : {std::size_t{1}, std::size_t{7}, std::string::npos}) {
    TransportPair pair;
    pair.client.settings.algorithms.ciphers = {std::string(GetParam().cipher)};
    pair.client.settings.algorithms.macs = {std::string(GetParam().mac)};
    pair.server.settings.algorithms = pair.client.settings.algorithms;
    pair.start();
    pair.exchange(cut);
    ASSERT_EQ(pair.client.handler.exchanges, 1U);
    EXPECT_EQ(pair.client.handler.algorithms.c2s.cipher->name, GetParam().cipher);
    const bool aead = pair.client.handler.algorithms.c2s.cipher->is_aead();
    EXPECT_EQ(pair.client.handler.algorithms.s2c.mac == nullptr, aead);
    expect_messages_pass(pair);
    for (std::uint32_t i = 0; i < 40; ++i) {  // every length of payload modulo the block
      Bytes message = numbered_message(i);
      message.resize(5 + i);
      pair.client.inject(message);
      pair.exchange(cut);
      ASSERT_EQ(pair.server.handler.messages.back(), message);
    }
  }
}

std::vector<Protection> every_protection() {
  std::vector<Protection> all;
  for (const CipherEntry& cipher : kCiphers)
    for (const MacEntry& mac : kMacs)
      if (!cipher.is_aead() || &mac == &kMacs[0]) all.push_back({cipher.name, mac.name});
  return all;
}
INSTANTIATE_TEST_SUITE_P(Every, WithProtection, testing::ValuesIn(every_protection()),
                         [](const auto& row) {
                           return legal_test_name(row.param.cipher) + "_with_" +
                                  legal_test_name(row.param.mac);
                         });

TEST(Handshake, TheClientsPreferenceDecides) {  // RFC 4253 section 7.1
  TransportPair pair;
  pair.client.settings.algorithms.ciphers = {"aes128-ctr", "aes256-gcm@openssh.com"};
  pair.server.settings.algorithms.ciphers = {"aes256-gcm@openssh.com", "aes128-ctr"};
  ASSERT_NO_FATAL_FAILURE(pair.connect());
  EXPECT_EQ(pair.server.handler.algorithms.c2s.cipher->name, "aes128-ctr");
  EXPECT_EQ(pair.server.handler.algorithms.s2c.cipher->name, "aes128-ctr");
}

TEST(Handshake, SendsIdentificationAndKexinitWithoutWaiting) {
  TransportPair pair;
  pair.start();
  for (const Side* side : {&pair.client, &pair.server}) {
    const std::string_view output = as_text(side->transport->output());
    ASSERT_TRUE(output.starts_with("SSH-2.0-sftpd_lite\r\n"));
    EXPECT_EQ(output[20 + 5], KexInit::kId);
  }
}

/// One piece up to `at`, then the rest, in one direction at a time.
void run_cut_at(std::size_t at, bool client_stream) {
  TransportPair pair;
  pair.start();
  std::size_t position = 0;
  for (int round = 0; round < 10; ++round) {
    for (const bool from_client : {true, false}) {
      Side& from = from_client ? pair.client : pair.server;
      Side& to = from_client ? pair.server : pair.client;
      const ByteView output = from.transport->output();
      const Bytes bytes(output.begin(), output.end());
      from.transport->sent(bytes.size());
      const bool cut_here =
          from_client == client_stream && at > position && at < position + bytes.size();
      const std::size_t first = cut_here ? at - position : bytes.size();
      to.transport->feed(ByteView(bytes).first(first));
      if (first != bytes.size()) to.transport->feed(ByteView(bytes).subspan(first));
      if (from_client == client_stream) position += bytes.size();
    }
  }
  ASSERT_EQ(pair.client.handler.exchanges, 1U) << "cut at " << at;
  ASSERT_EQ(pair.server.handler.exchanges, 1U) << "cut at " << at;
}

TEST(Handshake, ComesToTheSameEndWhereverTheStreamIsCut) {
  TransportPair whole;
  ASSERT_NO_FATAL_FAILURE(whole.connect());
  for (const bool client_stream : {true, false}) {
    std::size_t size = 0;
    for (const Bytes& piece : (client_stream ? whole.client : whole.server).sent_log)
      size += piece.size();
    for (std::size_t at = 1; at < size; ++at)
      ASSERT_NO_FATAL_FAILURE(run_cut_at(at, client_stream));
  }
}

TEST(Handshake, ServerAnnouncesSignatureAlgorithmsRightAfterItsNewkeys) {
  TransportPair pair;
  pair.server.settings.user_key_algorithms = {"ssh-ed25519", "rsa-sha2-512"};
  ASSERT_NO_FATAL_FAILURE(pair.connect());
  ASSERT_EQ(pair.client.handler.extensions.count("server-sig-algs"), 1U);
  EXPECT_EQ(as_text(pair.client.handler.extensions["server-sig-algs"]), "ssh-ed25519,rsa-sha2-512");
  EXPECT_TRUE(pair.server.handler.extensions.empty());
  EXPECT_TRUE(pair.server.transport->peer_wants_ext_info());
}

TEST(Handshake, WrongHostKeyEndsWithHostKeyNotVerifiable) {
  TransportPair pair;
  pair.verifier.answer = false;
  pair.start();
  pair.exchange();
  ASSERT_NE(pair.client.ending(), nullptr);
  EXPECT_EQ(pair.client.ending()->reason, Reason::HostKey);
  ASSERT_NE(pair.server.ending(), nullptr);
  EXPECT_EQ(pair.server.ending()->reason, Reason::HostKey);
  EXPECT_TRUE(pair.server.ending()->by_peer);
}

TEST(Handshake, AForgedSignatureIsFound) {
  TransportPair pair;
  pair.host_keys.delayed = true;
  pair.start();
  pair.exchange();
  ASSERT_TRUE(pair.host_keys.waiting);
  pair.host_keys.signature.back() ^= 1;
  pair.host_keys.answer();
  pair.exchange();
  ASSERT_NE(pair.client.ending(), nullptr);
  EXPECT_EQ(pair.client.ending()->reason, Reason::KeyExchange);
  EXPECT_TRUE(pair.verifier.algorithms.empty()) << "asked only about keys that signed";
}

TEST(Handshake, AKeyThatCannotSignEndsTheConnection) {
  TransportPair pair;
  pair.host_keys.fails = true;
  pair.start();
  pair.exchange();
  ASSERT_NE(pair.server.ending(), nullptr);
  EXPECT_EQ(pair.server.ending()->reason, Reason::KeyExchange);
}

TEST(Handshake, SignaturesMayComeLater) {
  TransportPair pair;
  pair.host_keys.delayed = true;
  pair.start();
  pair.exchange();
  EXPECT_TRUE(pair.server.transport->input_held());
  EXPECT_EQ(pair.server.handler.exchanges, 0U);
  pair.host_keys.answer();
  EXPECT_FALSE(pair.server.transport->input_held());
  pair.exchange();
  EXPECT_EQ(pair.server.handler.exchanges, 1U);
  // Input that came while a signature was awaited is handled after it.
  pair.server.transport->rekey();
  pair.exchange();
  ASSERT_TRUE(pair.host_keys.waiting);
  pair.client.inject_message(Ignore{as_bytes("meanwhile")});
  pair.exchange();
  pair.host_keys.answer();
  pair.exchange();
  EXPECT_EQ(pair.server.handler.exchanges, 2U);
  EXPECT_EQ(pair.server.ending(), nullptr);
}

TEST(Handshake, ASignatureThatComesAfterTheEndIsIgnored) {
  TransportPair pair;
  pair.host_keys.delayed = true;
  pair.start();
  pair.exchange();
  pair.server.transport->disconnect(Reason::ByApplication, "no longer wanted");
  EXPECT_EQ(pair.server.handler.endings.size(), 1U);
  const std::size_t size = pair.server.transport->output().size();
  auto late = pair.host_keys.waiting;
  pair.host_keys.answer();
  EXPECT_EQ(pair.server.transport->output().size(), size);
  pair.server.transport.reset();
  late(Bytes{1, 2, 3});  // nobody is there any more
  EXPECT_EQ(pair.server.handler.endings.size(), 1U);
}

TEST(Handshake, IsNotChangedByASecondAnswerToOneQuestion) {
  TransportPair pair;
  pair.host_keys.delayed = true;
  pair.start();
  pair.exchange();
  auto again = pair.host_keys.waiting;
  pair.host_keys.answer();
  again(pair.host_keys.signature);
  pair.exchange();
  EXPECT_EQ(pair.client.handler.exchanges, 1U);
  EXPECT_EQ(pair.client.ending(), nullptr);
}

TEST(Handshake, NoCommonNameIsToldInASentence) {
  const auto ending = [](const std::function<void(AlgorithmLists&)>& change) {
    TransportPair pair;
    change(pair.client.settings.algorithms);
    pair.start();
    pair.exchange();
    EXPECT_EQ(pair.server.handler.endings.size(), 1U);
    EXPECT_EQ(pair.client.handler.endings.size(), 1U);
    const Ending* how = pair.server.ending();
    return how == nullptr ? Ending{} : *how;
  };
  const Ending kex = ending([](AlgorithmLists& lists) { lists.kex = {"sntrup", "bell\a"}; });
  EXPECT_EQ(kex.reason, Reason::KeyExchange);
  EXPECT_NE(kex.why.find("no common key exchange method (client: sntrup,bell?"), std::string::npos)
      << kex.why;
  const Ending cipher = ending([](AlgorithmLists& lists) { lists.ciphers = {"3des-cbc"}; });
  EXPECT_NE(cipher.why.find("no common cipher (client: 3des-cbc;"), std::string::npos);
  const Ending mac = ending([](AlgorithmLists& lists) {
    lists.ciphers = {"aes128-ctr"};
    lists.macs = {};
  });
  EXPECT_NE(mac.why.find("no common MAC (client: nothing;"), std::string::npos) << mac.why;
  const Ending key = ending([](AlgorithmLists& lists) { lists.host_key = {"ssh-rsa"}; });
  EXPECT_NE(key.why.find("no common host key algorithm"), std::string::npos);
  const Ending zlib = ending([](AlgorithmLists& lists) { lists.compression = {"zlib"}; });
  EXPECT_NE(zlib.why.find("no common compression"), std::string::npos);
}

TEST(Handshake, AnAeadNeedsNoCommonMac) {
  TransportPair pair;
  pair.client.settings.algorithms.ciphers = {"aes128-gcm@openssh.com"};
  pair.client.settings.algorithms.macs = {"hmac-md5"};
  ASSERT_NO_FATAL_FAILURE(pair.connect());
}

TEST(Handshake, EmptyNamesInListsAreTolerated) {
  TransportPair pair;
  pair.client.settings.algorithms.ciphers.emplace_back("");
  pair.client.settings.algorithms.kex.insert(pair.client.settings.algorithms.kex.begin(), "");
  ASSERT_NO_FATAL_FAILURE(pair.connect());
}

TEST(Handshake, AListOfFarTooManyNamesIsRefused) {
  TransportPair pair;
  NameList& names = pair.client.settings.algorithms.ciphers;
  while (names.size() < 1025) names.push_back("made-up-" + std::to_string(names.size()));
  pair.start();
  pair.exchange();
  ASSERT_NE(pair.server.ending(), nullptr);
  EXPECT_EQ(pair.server.ending()->reason, Reason::Protocol);
}

}  // namespace
}  // namespace ssh2core
