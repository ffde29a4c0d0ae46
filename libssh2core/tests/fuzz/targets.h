// What is fuzzed: one function per target, each in a file of its own name. libFuzzer runs them with
// inputs of its making, corpus_test.cpp with those of corpus/. A function that finds something
// wrong aborts; it does no I/O and gives the same result for the same input.
#pragma once

#include <array>
#include <string_view>

#include "libssh2core/wire/bytes.h"

namespace ssh2core::fuzz {

/// sftp::Server: a request stream, cut and answered in two ways that must not differ.
void sftp_server(ByteView input);
/// PacketReader behind every cipher and MAC: sealed packets, damaged ones, any bytes.
void transport_packets(ByteView input);
/// server::Session from the first byte: raw streams, and packets in the clear.
void server_session(ByteView input);
/// server::Session behind a finished key exchange: payloads sealed as they should be, in any
/// stage from the first service request to a running SFTP session.
void sealed_session(ByteView input);
/// client::Session and its SFTP behind a finished key exchange: a hostile server's payloads.
void client_session(ByteView input);
/// Transport as a client: what a hostile server may send in the clear.
void client_transport(ByteView input);
/// Identification lines, KEXINIT and negotiation, and the fields of every message.
void negotiation(ByteView input);
/// Private key files, lists of authorized keys, password files.
void key_files(ByteView input);
/// Public key blobs and signatures.
void key_blobs(ByteView input);
/// Decoder of captures: any frames; and a session of ours that it follows behind the encryption,
/// with any payloads of either side.
void captures(ByteView input);
/// SCP: command lines, patterns, and both sides of a transfer, cut in two ways that must not
/// differ.
void scp(ByteView input);
/// Configuration files that include each other.
void configuration(ByteView input);

struct Target {
  std::string_view name;
  void (*run)(ByteView input);
};
inline constexpr auto kTargets = std::to_array<Target>({
    {"sftp_server", sftp_server},
    {"transport_packets", transport_packets},
    {"server_session", server_session},
    {"sealed_session", sealed_session},
    {"client_session", client_session},
    {"client_transport", client_transport},
    {"negotiation", negotiation},
    {"key_files", key_files},
    {"key_blobs", key_blobs},
    {"captures", captures},
    {"configuration", configuration},
    {"scp", scp},
});

}  // namespace ssh2core::fuzz
