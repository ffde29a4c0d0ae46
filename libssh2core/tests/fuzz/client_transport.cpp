#include "libssh2core/tests/fuzz/fuzz_input.h"
#include "libssh2core/tests/fuzz/surroundings.h"
#include "libssh2core/tests/fuzz/targets.h"
#include "libssh2core/transport/transport.h"

namespace ssh2core::fuzz {

void client_transport(ByteView input) {
  restart_openssl_random();
  FuzzInput in(input);
  const std::size_t cut = in.u8();
  const Bytes stream = clear_stream(in.rest());

  const FuzzClock clock;
  FuzzRandom random;
  IdleHandler handler;
  AnyHost verifier;
  TransportSettings settings;
  settings.algorithms.kex = {"curve25519-sha256", "ecdh-sha2-nistp256",
                             "diffie-hellman-group14-sha256"};
  Transport transport(
      Role::Client, settings,
      {.clock = clock, .random = random, .handler = handler, .verifier = &verifier});
  for (ByteView rest = stream; !rest.empty() && !transport.closed();) {
    const std::size_t count = cut == 0 ? rest.size() : std::min(cut, rest.size());
    transport.feed(rest.first(count));
    rest = rest.subspan(count);
    transport.flush();
    transport.sent(transport.output().size());
  }
  require(handler.exchanges == 0, "no exchange succeeds without the host's signature");
  transport.end_of_input();
  require(transport.closed() && handler.ending.has_value(), "a transport ends with its input");
}

}  // namespace ssh2core::fuzz
