#include "libssh2core/server/session.h"

#include "libssh2core/tests/fuzz/fuzz_input.h"
#include "libssh2core/tests/fuzz/surroundings.h"
#include "libssh2core/tests/fuzz/targets.h"

namespace ssh2core::fuzz {

void server_session(ByteView input) {
  restart_openssl_random();
  FuzzInput in(input);
  const std::size_t cut = in.u8();
  const Bytes stream = clear_stream(in.rest());

  const FuzzClock clock;
  FuzzRandom random;
  Delay delay;
  FuzzHostKeys host_keys(delay);
  FuzzAuthenticator authenticator(delay);
  CheckedEvents events;
  const server::Settings settings;
  server::Session session(settings,
                          {.clock = clock,
                           .random = random,
                           .host_keys = host_keys,
                           .authenticator = authenticator,
                           .events = events,
                           .open_files =
                               [](const std::string&, std::string&) {
                                 require(false, "nobody logs in without keys");
                                 return nullptr;
                               }},
                          "fuzz");
  for (ByteView rest = stream; !rest.empty() && !session.finished();) {
    const MutableView room = session.receive_room();
    require(!room.empty(), "a session takes input while its answers are read");
    const std::size_t most = std::min(room.size(), rest.size());
    const std::size_t count = cut == 0 ? most : std::min(cut, most);
    std::copy_n(rest.begin(), count, room.begin());
    session.received(count);
    rest = rest.subspan(count);
    session.sent(session.output().size());
  }
  session.end_of_input();
  require(session.finished(), "a session ends with its input");
  events.expect_closed();
}

}  // namespace ssh2core::fuzz
