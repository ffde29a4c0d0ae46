// Mutations that know what a stream of SFTP requests is made of: without them, hardly any input
// would have a length that is right, and few requests would be reached behind the first.
#include <algorithm>
#include <array>
#include <random>

#include "libssh2core/wire/bytes.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace ssh2core::fuzz {

namespace {

constexpr std::size_t kPlan = 8;  // bytes in front of the stream, as sftp_server.cpp takes them
constexpr std::size_t kLengthField = 4, kMostPackets = 12;
constexpr std::uint8_t kInit = 1, kExtended = 200;

struct Input {
  Bytes plan;
  std::vector<Bytes> packets;  // without their lengths
  Bytes rest;                  // what is no packet
};

Input taken_apart(ByteView bytes) {
  Input input;
  const std::size_t plan = std::min(kPlan, bytes.size());
  input.plan.assign(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(plan));
  input.plan.resize(kPlan);
  bytes = bytes.subspan(plan);
  while (bytes.size() >= kLengthField && input.packets.size() < kMostPackets) {
    const std::size_t size = load_u32(bytes.data());
    if (size == 0 || size > bytes.size() - kLengthField) break;
    const ByteView packet = bytes.subspan(kLengthField, size);
    input.packets.emplace_back(packet.begin(), packet.end());
    bytes = bytes.subspan(kLengthField + size);
  }
  input.rest.assign(bytes.begin(), bytes.end());
  return input;
}

/// Packets that find no room are left out. Returns the size.
std::size_t put_together(const Input& input, MutableView out) {
  std::size_t size = 0;
  const auto add = [&](ByteView bytes) {
    std::ranges::copy(bytes, out.subspan(size).begin());
    size += bytes.size();
  };
  add(ByteView(input.plan).first(std::min(out.size(), input.plan.size())));
  for (const Bytes& packet : input.packets) {
    if (size + kLengthField + packet.size() > out.size()) break;
    std::array<std::uint8_t, kLengthField> length;
    store_u32(length.data(), static_cast<std::uint32_t>(packet.size()));
    add(length);
    add(packet);
  }
  add(ByteView(input.rest).first(std::min(out.size() - size, input.rest.size())));
  return size;
}

void mutate(Bytes& bytes, std::size_t more) {
  const std::size_t size = bytes.size();
  bytes.resize(size + more);
  bytes.resize(LLVMFuzzerMutate(bytes.data(), size, bytes.size()));
}

/// Another content for a string of the packet, with its length made right.
void mutate_string(Bytes& packet, std::minstd_rand& random) {
  std::vector<std::size_t> places;
  for (std::size_t at = 1; at + kLengthField <= packet.size(); ++at)
    if (load_u32(&packet[at]) <= packet.size() - at - kLengthField) places.push_back(at);
  if (places.empty()) return mutate(packet, 16);
  const std::size_t at = places[random() % places.size()];
  const auto begin = packet.begin() + static_cast<std::ptrdiff_t>(at + kLengthField);
  const auto end = begin + static_cast<std::ptrdiff_t>(load_u32(&packet[at]));
  Bytes content(begin, end);
  mutate(content, 24);
  if (content.empty()) content.push_back('x');
  const Bytes behind(end, packet.end());
  packet.resize(at + kLengthField);
  store_u32(&packet[at], static_cast<std::uint32_t>(content.size()));
  packet.insert(packet.end(), content.begin(), content.end());
  packet.insert(packet.end(), behind.begin(), behind.end());
}

/// A request of another kind with the same fields, or in another version.
void change_type(Bytes& packet, std::minstd_rand& random) {
  if (packet[0] == kInit && packet.size() >= 5) {
    packet[4] = static_cast<std::uint8_t>(1 + random() % 6);
  } else {
    constexpr std::uint8_t kFirst = 3, kLast = 23;  // OPEN to UNBLOCK
    packet[0] = static_cast<std::uint8_t>(kFirst + random() % (kLast + 2 - kFirst));
    if (packet[0] > kLast) packet[0] = kExtended;
  }
}

void mutate(Input& input, std::minstd_rand& random) {
  auto& packets = input.packets;
  const unsigned kind = random() % 16;
  if (kind == 0) return mutate(input.plan, 0);
  if (packets.empty() || kind == 1) return mutate(input.rest, 16);
  const std::size_t one = random() % packets.size(), other = random() % packets.size();
  const auto place = packets.begin() + static_cast<std::ptrdiff_t>(other);
  switch (kind) {
    case 2:
      // VERSION is a long answer: once will do.
      if (packets.size() < kMostPackets && packets[one][0] != kInit)
        packets.insert(place, Bytes(packets[one]));
      return;
    case 3:
      packets.erase(place);
      return;
    case 4:
      return std::swap(packets[one], packets[other]);
    case 5:
      return change_type(packets[one], random);
    case 6:
    case 7:
    case 8:
    case 9:
    case 10:
      return mutate_string(packets[one], random);
    default:
      mutate(packets[one], 16);
      if (packets[one].empty()) packets[one].push_back(0);
      return;
  }
}

}  // namespace

}  // namespace ssh2core::fuzz

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  using namespace ssh2core;
  using namespace ssh2core::fuzz;
  std::minstd_rand random(seed);
  random.discard(1);
  if (random() % 8 == 0) return LLVMFuzzerMutate(data, size, most);  // lengths that are wrong
  Input input = taken_apart({data, size});
  do mutate(input, random);
  while (random() % 3 == 0);
  return put_together(input, {data, most});
}

/// The requests of both, as they come.
extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* first, std::size_t first_size,
                                                 const std::uint8_t* second,
                                                 std::size_t second_size, std::uint8_t* out,
                                                 std::size_t most, unsigned seed) {
  using namespace ssh2core;
  using namespace ssh2core::fuzz;
  std::minstd_rand random(seed);
  random.discard(1);
  Input a = taken_apart({first, first_size}), b = taken_apart({second, second_size});
  Input both{a.plan, {}, a.rest};
  std::size_t i = 0, j = 0;
  if (!a.packets.empty() && !b.packets.empty() && b.packets[0][0] == kInit) ++j;
  while ((i < a.packets.size() || j < b.packets.size()) && both.packets.size() < kMostPackets) {
    const bool take_a = j == b.packets.size() || (i < a.packets.size() && random() % 2 == 0);
    both.packets.push_back(take_a ? a.packets[i++] : b.packets[j++]);
  }
  return put_together(both, {out, most});
}
