// fuzz_make_corpus FOLDER: writes the seeds of the targets whose input is not text, and their
// dictionary. Make corpus/ anew with it when a target reads its input in another way; names that
// begin with `trace-` are those of traces.cpp.
#include <cstdio>

#include "libssh2core/auth/messages.h"
#include "libssh2core/capture/pcap_writer.h"
#include "libssh2core/connection/messages.h"
#include "libssh2core/crypto/kex_table.h"
#include "libssh2core/crypto/mac_table.h"
#include "libssh2core/sftp/extension_messages.h"
#include "libssh2core/tests/fuzz/make_corpus/seed.h"
#include "libssh2core/tests/fuzz/surroundings.h"
#include "libssh2core/transport/messages.h"

namespace ssh2core::fuzz {
namespace {

using sftp::encode_packet;

template <class Fields>
Bytes fields_of(const Fields& fields) {
  Buffer out;
  Writer w(out);
  encode_fields(w, fields);
  return out.to_bytes();
}

Bytes wire_string(std::string_view text) {
  Buffer out;
  Writer w(out);
  w.string(text);
  return out.to_bytes();
}

// --- SFTP ---

/// ZeroRandom makes handles easy to guess: the first is 16 zeros.
constexpr std::array<std::uint8_t, 16> kHandle{}, kSecondHandle{0, 0, 0, 1};

template <class... Message>
Bytes requests(const Message&... message) {
  Buffer out;
  encode_packet(out, 3, 0, sftp::InitRequest{3, {}});
  std::uint32_t id = 0;
  (encode_packet(out, 3, ++id, message), ...);
  return out.to_bytes();
}

sftp::OpenRequest open_request(std::string_view path, std::uint32_t flags) {
  sftp::OpenRequest open;
  open.path = {path};
  open.pflags = flags;
  return open;
}

Bytes path_requests() {
  using namespace sftp;
  return requests(LstatRequest{{"note"}}, StatRequest{{"/home/user"}}, RealpathRequest{{"."}},
                  MkdirRequest{{"sub"}}, RenameRequest{{"note"}, {"sub/note"}},
                  SymlinkRequest{{"sub/note"}, {"link"}}, ReadlinkRequest{{"link"}},
                  RemoveRequest{{"link"}}, RmdirRequest{{"sub"}}, SetstatRequest{{"long"}});
}

Bytes file_requests() {
  using namespace sftp;
  const ByteView handle = kHandle;
  return requests(open_request("note", kOpenRead | kOpenWrite), ReadRequest{handle, 3, 10},
                  WriteRequest{handle, 0, as_bytes("twelve bytes")},
                  WriteRequest{handle, 12, as_bytes(" and more")}, FstatRequest{handle},
                  FsetstatRequest{handle}, CloseRequest{handle});
}

Bytes listing_requests() {
  using namespace sftp;
  const ByteView handle = kHandle;
  return requests(OpendirRequest{{"/home/user"}}, ReaddirRequest{handle}, ReaddirRequest{handle},
                  CloseRequest{handle});
}

Bytes extended_requests() {
  using namespace sftp;
  const ByteView handle = kHandle;
  return requests(
      open_request("long", kOpenRead | kOpenWrite), open_request("copy", kOpenWrite | kOpenCreate),
      CopyDataRequest{handle, 10, 100, kSecondHandle, 0},
      UsersGroupsRequest{Bytes{0, 0, 3, 232}, {}}, PosixRenameRequest{{"note"}, {"other"}},
      StatvfsRequest{{"/"}}, FstatvfsRequest{handle}, HardlinkRequest{{"other"}, {"second"}},
      FsyncRequest{handle}, LsetstatRequest{{"other"}}, LimitsRequest{}, ExpandPathRequest{{"~/x"}},
      HomeDirectoryRequest{"user"});
}

// --- Transport ---

KexInit default_kexinit() {
  const AlgorithmLists lists = AlgorithmLists::defaults();
  KexInit init;
  init.kex = lists.kex;
  init.host_key = lists.host_key;
  init.cipher_c2s = init.cipher_s2c = lists.ciphers;
  init.mac_c2s = init.mac_s2c = lists.macs;
  init.compression_c2s = init.compression_s2c = lists.compression;
  return init;
}

KexInit kexinit_of(const std::string& method) {
  KexInit init = default_kexinit();
  init.kex = {method};
  init.host_key = {"ssh-ed25519"};
  return init;
}

void add_packets(const Corpus& corpus) {
  for (unsigned protection = 0; protection < 8; ++protection)
    corpus.add("transport_packets", "mode-" + std::to_string(protection),
               Seed()
                   .u8(protection * 2)
                   .u8(protection * 3)
                   .u8(3)
                   .piece(as_bytes("first payload"))
                   .u8(2)
                   .u8(4)
                   .piece(as_bytes("second payload, a little longer"))
                   .u8(protection % 2)
                   .piece(as_bytes("any"))
                   .view());
}

void add_clear_streams(const Corpus& corpus) {
  const Bytes init = encode(default_kexinit()), point(32, 9);
  const Bytes curve = encode(kexinit_of("curve25519-sha256"));
  const Bytes group = encode(kexinit_of("diffie-hellman-group14-sha256"));
  for (const char* target : {"server_session", "client_transport"}) {
    corpus.add(target, "banner", Seed().u8(0).u8(0).text("SSH-2.0-fuzz\r\n").view());
    corpus.add(target, "other-lines", Seed().u8(3).u8(0).text("welcome\r\nSSH-2.0-a b\r\n").view());
    corpus.add(target, "other-protocol", Seed().u8(1).u8(0).text("GET / HTTP/1.1\r\n").view());
    corpus.add(target, "kexinit", Seed().u8(0).u8(1).piece(init).view());
    corpus.add(target, "chatter",
               Seed()
                   .u8(5)
                   .u8(1)
                   .piece(encode(Ignore{as_bytes("nothing")}))
                   .piece(encode(Debug{true, "text", ""}))
                   .piece(encode(Unimplemented{3}))
                   .piece(encode(Disconnect{11, "bye", ""}))
                   .view());
  }
  const auto exchange = [&](const std::string& name, ByteView first, ByteView value) {
    corpus.add("server_session", name,
               Seed()
                   .u8(0)
                   .u8(1)
                   .piece(first)
                   .piece(encode(KexValueInit{value}))
                   .piece(encode(NewKeys{}))
                   .view());
    const ByteView host = host_key().public_blob();
    const Bytes signature = host_key().sign("ssh-ed25519", value);
    corpus.add("client_transport", name,
               Seed()
                   .u8(0)
                   .u8(1)
                   .piece(first)
                   .piece(encode(KexValueReply{host, value, signature}))
                   .piece(encode(NewKeys{}))
                   .view());
  };
  exchange("curve", curve, point);
  exchange("group", group, point);
}

void add_negotiation(const Corpus& corpus) {
  KexInit guess = kexinit_of("ecdh-sha2-nistp256");
  guess.first_kex_packet_follows = true;
  guess.cipher_c2s = {"aes256-ctr", "", "none"};
  guess.mac_c2s = {"hmac-sha2-256"};
  const auto add = [&](const std::string& name, unsigned flags, std::string_view line,
                       ByteView packet) {
    corpus.add("negotiation", name,
               Seed().u8(flags).u8(flags * 5).piece(as_bytes(line)).raw(packet).view());
  };
  add("kexinit", 0, "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", encode(default_kexinit()));
  add("guess", 1, "hello\nSSH-1.99-x\n", encode(guess));
  add("ext-info", 2, "SSH-2.0-\r\n", encode(ExtInfo{1, {as_bytes("abc")}}));
  add("open", 3, "", encode(ChannelOpen{"session", 1, 2, 3, {}}));
}

// --- Sessions behind the key exchange ---

Bytes password_request(std::string_view user, std::string_view password) {
  const Bytes details = fields_of(PasswordDetails{false, as_bytes(password), {}});
  return encode(UserAuthRequest{user, kConnectionService, "password", {details}});
}

Bytes interactive_request() {
  const Bytes details = fields_of(InteractiveDetails{"", "totp"});
  return encode(UserAuthRequest{kUser, kConnectionService, kInteractiveMethod, {details}});
}

Bytes key_request() {
  const Bytes details =
      fields_of(PublicKeyDetails{false, "ssh-ed25519", user_key().public_blob(), {}});
  return encode(UserAuthRequest{kUserOfTwo, kConnectionService, "publickey", {details}});
}

Bytes signed_key_request() {
  const Bytes signature = wire_string(as_text(user_key().sign("ssh-ed25519", as_bytes("x"))));
  const Bytes details =
      fields_of(PublicKeyDetails{true, "ssh-ed25519", user_key().public_blob(), {signature}});
  return encode(UserAuthRequest{kUser, kConnectionService, "publickey", {details}});
}

void add_sealed(const Corpus& corpus) {
  constexpr unsigned kDrain = 4, kTime = 5, kAnswer = 6, kRekey = 7, kRead = 9;
  const auto add = [&](const std::string& name, const Seed& seed) {
    corpus.add("sealed_session", name, seed.view());
  };
  const Bytes open = encode(ChannelOpen{"session", 5, 100000, 32768, {}});
  const Bytes adjust = encode(ChannelWindowAdjust{0, 5000});
  const Bytes no_more = encode(GlobalRequest{"no-more-sessions@openssh.com", true, {}});
  const Bytes command = wire_string("ls");
  Bytes answers = wire_string(kPassword);
  answers.insert(answers.end(), {0, 0, 0, 0});
  add("service", Seed().u8(0).payload(encode(ServiceRequest{kUserAuthService})));
  add("password", Seed()
                      .u8(1)
                      .payload(password_request(kUser, "x"))
                      .payload(password_request(kUser, kPassword))
                      .payload(open));
  add("dialogue", Seed()
                      .u8(1)
                      .payload(interactive_request())
                      .payload(encode(UserAuthInfoResponse{0, {}}))
                      .payload(encode(UserAuthInfoResponse{2, {answers}}))
                      .payload(open));
  add("keys-delayed", Seed()
                          .u8(1 + 4)
                          .payload(key_request())
                          .u8(kAnswer)
                          .payload(signed_key_request())
                          .steps({kRekey, kAnswer, kAnswer}));
  add("channels", Seed()
                      .u8(2 + 32)
                      .payload(open)
                      .payload(open)
                      .payload(encode(ChannelRequest{0, "exec", true, {command}}))
                      .payload(encode(ChannelEof{0}))
                      .payload(encode(ChannelClose{0}))
                      .payload(no_more));
  const auto sftp = [&](const std::string& name, unsigned flags, ByteView stream) {
    const std::size_t half = stream.size() / 2;
    add(name, Seed()
                  .u8(3 + flags)
                  .data(stream.first(half))
                  .payload(adjust)
                  .steps({kTime, 10})
                  .data(stream.subspan(half))
                  .steps({kDrain, 1, 0, kRead})
                  .payload(encode(ChannelEof{0})));
  };
  sftp("sftp-paths", 8, path_requests());
  sftp("sftp-file-slow", 16, file_requests());
  sftp("sftp-listing-chacha", 64, listing_requests());
  sftp("sftp-extensions-ctr", 128 + 8 + 16, extended_requests());
}

/// What a server answers to the requests of client_session.cpp, which are numbered from 0 or 1.
Bytes replies(std::uint32_t id) {
  using namespace sftp;
  Buffer out;
  encode_packet(out, 3, id, HandleReply{kHandle});
  DataReply data;
  data.data = as_bytes("content");
  encode_packet(out, 3, id + 1, data);
  encode_packet(out, 3, id + 2, StatusReply{1, "end", "en"});
  return out.to_bytes();
}

void add_client(const Corpus& corpus) {
  constexpr unsigned kAsk = 3, kRekey = 6, kFinish = 7;
  const auto add = [&](const std::string& name, const Seed& seed) {
    corpus.add("client_session", name, seed.view());
  };
  add("login", Seed()
                   .u8(0)
                   .payload(encode(ServiceAccept{kUserAuthService}))
                   .payload(encode(UserAuthBanner{"hello", ""}))
                   .payload(encode(UserAuthFailure{{"publickey", "password"}, true}))
                   .payload(encode(UserAuthSuccess{})));
  add("refused-channel", Seed()
                             .u8(1)
                             .payload(encode(ChannelOpenFailure{0, 1, "no", ""}))
                             .payload(encode(GlobalRequest{"hostkeys-00@openssh.com", true, {}})));
  add("refused-subsystem",
      Seed().u8(2).payload(encode(ChannelFailure{0})).payload(encode(ChannelClose{0})));
  for (const unsigned first : {0U, 1U})
    add("replies-" + std::to_string(first), Seed()
                                                .steps({3, kAsk, 0, kAsk, 1, kAsk, 2, kAsk, 3})
                                                .data(replies(first))
                                                .steps({kRekey, kFinish})
                                                .payload(encode(ChannelClose{0})));
}

// --- Captures ---

void add_captures(const Corpus& corpus) {
  Seed frames;
  frames.u8(0).u8(0).piece(as_bytes("00 SHARED_SECRET 01\n"));
  const FuzzClock clock;
  {
    PcapWriter pcap({false, {10, 0, 0, 1}, 50000}, {false, {10, 0, 0, 2}, 22}, clock,
                    [&, head = true](ByteView bytes) mutable {
                      if (!std::exchange(head, false)) frames.piece(bytes.subspan(16));
                    });
    pcap.on_received(as_bytes("SSH-2.0-a\r\n"));
    pcap.on_sent(as_bytes("SSH-2.0-b\r\n"));
  }
  corpus.add("captures", "frames", frames.view());
  const Bytes name = wire_string("sftp");
  constexpr unsigned kToServer = 0, kToClient = 1, kData = 2, kRekey = 4, kMissing = 6;
  corpus.add("captures", "session",
             Seed()
                 .u8(1)
                 .u8(kToServer)
                 .piece(encode(ChannelOpen{"session", 0, 100, 100, {}}))
                 .u8(kToClient)
                 .piece(encode(ChannelOpenConfirmation{0, 0, 100, 100, {}}))
                 .u8(kToServer)
                 .piece(encode(ChannelRequest{0, "subsystem", true, Tail{name}}))
                 .u8(kToServer + kData)
                 .piece(file_requests())
                 .u8(kRekey)
                 .u8(kToClient + kData)
                 .piece(replies(0))
                 .u8(kMissing)
                 .u8(9)
                 .view());
}

// --- Keys ---

void add_keys(const Corpus& corpus) {
  const ByteView blob = user_key().public_blob();
  const Bytes signature = user_key().sign("ssh-ed25519", as_bytes("data"));
  corpus.add("key_blobs", "ed25519",
             Seed().u8(0).piece(blob).piece(as_bytes("data")).raw(signature).view());
  unsigned row = 0;
  for (const SignatureEntry& entry : kSignatures) {
    Buffer key, body;
    Writer k(key), b(body);
    k.string(entry.key_type);
    if (entry.family == KeyFamily::Rsa) {
      k.mpint(Bytes{1, 0, 1});
      k.mpint(Bytes(128, 0xa5));
    } else {
      k.string(entry.key_type.substr(entry.key_type.rfind('-') + 1));
      k.string(Bytes(65, 4));
    }
    b.string(entry.name);
    b.string(Bytes(64, 3));
    corpus.add("key_blobs", std::string(entry.name),
               Seed().u8(row++).piece(key.view()).piece(as_bytes("data")).raw(body.view()).view());
  }
  // ci/fuzz gives the key files of keys/tests/data as seeds, too.
  corpus.add(
      "key_files", "passwords",
      as_bytes("# comment\nann:$6$saltsalt$LnkfqPRHnhI0yIxpHDZ2UnCAhyLmmSVMIW1xZbMBWVXLrTXP4F"
               "qLBb9Gf1W4Zz7vLQdZbzcEjvyEWBRrJvGIq0\nbob:$2b$05$"
               "abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234\n"));
  corpus.add("key_files", "options",
             as_bytes("from=\"10.*\",no-pty ssh-ed25519 "
                      "AAAAC3NzaC1lZDI1NTE5AAAAIBMC5qAhp0WC2sGB0n/Hmu7oXVYFyJd2uRTSZ+dcmBTf a b\n"
                      "---- BEGIN SSH2 PUBLIC KEY ----\nComment: \"x\\\ny\"\nAAAA\n"
                      "---- END SSH2 PUBLIC KEY ----\n"));
}

/// Names that no mutation finds by itself, as libFuzzer's -dict reads them.
void write_dictionary(const std::filesystem::path& file) {
  std::ofstream out(file);
  const auto add = [&out](std::string_view word) { out << '"' << word << "\"\n"; };
  const auto add_table = [&add](const auto& table) {
    for (const auto& row : table) add(row.name);
  };
  add_table(kKexMethods);
  add_table(kSignatures);
  add_table(kCertificates);
  add_table(kCiphers);
  add_table(kMacs);
  for (const char* word : {"SSH-2.0-",
                           "SSH-1.99-",
                           "\\x0d\\x0a",
                           "ssh-userauth",
                           "ssh-connection",
                           "publickey",
                           "password",
                           "none",
                           "user",
                           "two",
                           "pw",
                           "session",
                           "direct-tcpip",
                           "subsystem",
                           "sftp",
                           "shell",
                           "exec",
                           "pty-req",
                           "no-more-sessions@openssh.com",
                           "keepalive@openssh.com",
                           "ext-info-c",
                           "ext-info-s",
                           "kex-strict-c-v00@openssh.com",
                           "kex-strict-s-v00@openssh.com",
                           "/home/user",
                           "note",
                           "long",
                           "..",
                           "copy-data",
                           "posix-rename@openssh.com",
                           "hardlink@openssh.com",
                           "fsync@openssh.com",
                           "lsetstat@openssh.com",
                           "limits@openssh.com",
                           "statvfs@openssh.com",
                           "fstatvfs@openssh.com",
                           "expand-path@openssh.com",
                           "home-directory",
                           "users-groups-by-id@openssh.com",
                           "-----BEGIN OPENSSH PRIVATE KEY-----",
                           "-----END OPENSSH PRIVATE KEY-----",
                           "-----BEGIN PRIVATE KEY-----",
                           "---- BEGIN SSH2 PUBLIC KEY ----",
                           "---- END SSH2 PUBLIC KEY ----",
                           "openssh-key-v1\\x00",
                           "bcrypt",
                           "aes256-cbc",
                           "$argon2id$v=19$m=65536,t=2,p=1$",
                           "$6$",
                           "$2b$",
                           "$y$j9T$",
                           "Comment: ",
                           "\\x00\\x00\\x00\\x10\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00"
                           "\\x00\\x00\\x00\\x00\\x00\\x00",
                           "\\x00\\x00\\x00\\x00",
                           "\\xff\\xff\\xff\\xff",
                           "\\x80\\x00\\x00\\x00"})
    add(word);
  if (!out.flush()) throw std::runtime_error("cannot write the dictionary");
}

}  // namespace
}  // namespace ssh2core::fuzz

int main(int argc, char** argv) {
  using namespace ssh2core::fuzz;
  if (argc != 2) {
    std::fputs("usage: fuzz_make_corpus FOLDER\n", stderr);
    return 2;
  }
  restart_openssl_random();
  const std::filesystem::path folder = argv[1];
  const Corpus corpus(folder);
  add_sftp_seeds(corpus);
  add_packets(corpus);
  add_clear_streams(corpus);
  add_negotiation(corpus);
  add_sealed(corpus);
  add_client(corpus);
  add_captures(corpus);
  add_keys(corpus);
  write_dictionary(folder / "dictionary");
  return 0;
}
