// winscp-profile: plays the wire behaviour of WinSCP 6.6.3 with our own client, for the interop
// matrix. It is not WinSCP and shares no code with it; see docs/interop-winscp.md.
//
//   winscp-profile < TASK    carries out the task (task.h) and prints what
//   interop/clients/driver.py
//                            reads, `note TEXT` where the real program would have done otherwise
//   winscp-profile --version
//   winscp-profile --offer   WinSCP's KEXINIT lists: `LIST NAME sent|left-out`
//
// Played with what the library can do today: the KEXINIT lists without the algorithms that it does
// not know, SFTP version 3 only, no compression.
#include <iostream>

#include "interop/clients/drivers/winscp_profile/offer.h"
#include "interop/clients/drivers/winscp_profile/verbs.h"

namespace ssh2core::winscp {
namespace {

void print_offer() {
  for (const OfferList& list : offer_lists())
    for (const std::string_view name : list.names)
      std::cout << list.name << ' ' << name << (list.known(name) ? " sent\n" : " left-out\n");
}

int run() {
  const Task task = read_task(std::cin);
  const auto note = [](const std::string& text) { std::cout << "note " << escape(text) << '\n'; };
  if (const std::string names = names_left_out(); !names.empty())
    note("left out of KEXINIT, not known to the library: " + names);
  Link link(task);
  try {
    Profile profile(link, task);
    for (const Step& step : task.steps) perform(profile, step, std::cout);
  } catch (const Failure&) {
    link.abandon();
    throw;
  }
  link.close();
  return 0;
}

}  // namespace
}  // namespace ssh2core::winscp

int main(int argc, char** argv) try {
  const std::string_view option = argc > 1 ? argv[1] : "";
  if (option == "--version") {
    std::cout << ssh2core::winscp::kIdentification << '\n';
    return 0;
  }
  if (option == "--offer") {
    ssh2core::winscp::print_offer();
    return 0;
  }
  if (!option.empty()) {
    std::cerr << "usage: winscp-profile [--version | --offer] < TASK\n";
    return 2;
  }
  return ssh2core::winscp::run();
} catch (const ssh2core::winscp::Failure& failure) {
  std::cout.flush();
  std::cerr << failure.kind << ": " << failure.what() << '\n';
  return 1;
} catch (const std::exception& error) {
  std::cerr << "local: " << error.what() << '\n';
  return 1;
}
