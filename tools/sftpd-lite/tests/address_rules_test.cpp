// Networks, who is let in, and what proxies say: every truncation and many changes.
#include "tools/sftpd-lite/access/address_rules.h"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <random>

namespace ssh2core::tools {
namespace {

bool holds(std::string_view network, std::string_view address) {
  const auto one = parse_network(network);
  const auto other = parse_address(address);
  EXPECT_TRUE(one && other) << network << " " << address;
  return one && other && one->holds(*other);
}

TEST(AddressRules, Networks) {
  EXPECT_TRUE(holds("10.1.2.3", "10.1.2.3"));
  EXPECT_FALSE(holds("10.1.2.3", "10.1.2.4"));
  EXPECT_TRUE(holds("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(holds("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(holds("192.168.4.0/22", "192.168.7.255"));
  EXPECT_FALSE(holds("192.168.4.0/22", "192.168.8.0"));
  EXPECT_TRUE(holds("192.168.", "192.168.9.9"));
  EXPECT_FALSE(holds("192.168.", "192.169.9.9"));
  EXPECT_TRUE(holds("0.0.0.0/0", "1.2.3.4"));
  EXPECT_FALSE(holds("0.0.0.0/0", "::1"));
  EXPECT_TRUE(holds("ALL", "::1"));
  EXPECT_TRUE(holds("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(holds("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_TRUE(holds("127.0.0.1", "::ffff:127.0.0.1")) << "as an IPv6 socket shows it";
  EXPECT_TRUE(holds("fe80::/10", "fe80::1%eth0"));
  for (const char* wrong : {"", "x", "10.1.2", "10.0.0.0/33", "::/129", "1.2.3.4/", "1.2.3.4.",
                            "/8", "10.0.0.0/-1", "all"})
    EXPECT_FALSE(parse_network(wrong)) << wrong;
}

TEST(AddressRules, AllowedComesBeforeDenied) {
  AddressRules rules;
  const Address one = *parse_address("10.0.0.1"), other = *parse_address("10.0.0.2");
  EXPECT_TRUE(rules.admits(one));
  rules.denied = {*parse_network("10.0.0.0/8")};
  EXPECT_FALSE(rules.admits(one));
  rules.allowed = {*parse_network("10.0.0.1")};
  EXPECT_TRUE(rules.admits(one));
  EXPECT_FALSE(rules.admits(other));
  EXPECT_TRUE(rules.admits(*parse_address("192.168.0.1")));
}

Bytes bytes_of(std::string_view text) {
  const ByteView view = as_bytes(text);
  return {view.begin(), view.end()};
}

Bytes version2(std::uint8_t command, std::uint8_t family, const Bytes& body) {
  Bytes out = bytes_of(std::string_view("\r\n\r\n\0\r\nQUIT\n", 12));
  out.push_back(command);
  out.push_back(family);
  out.push_back(static_cast<std::uint8_t>(body.size() >> 8));
  out.push_back(static_cast<std::uint8_t>(body.size()));
  out.insert(out.end(), body.begin(), body.end());
  return out;
}

struct Case {
  Bytes bytes;
  std::string address;
  unsigned port;
};

std::vector<Case> good_headers() {
  Bytes four{192, 0, 2, 1, 198, 51, 100, 1, 0x12, 0x34, 0, 22};
  Bytes six(36, 0);
  six[0] = 0x20, six[1] = 0x01, six[15] = 7, six[32] = 1;
  Bytes with_more = four;
  with_more.insert(with_more.end(), 100, 4);
  return {{bytes_of("PROXY TCP4 192.0.2.1 198.51.100.1 4660 22\r\n"), "192.0.2.1", 4660},
          {bytes_of("PROXY TCP6 2001:db8::1 ::1 65535 22\r\n"), "2001:db8::1", 65535},
          {bytes_of("PROXY UNKNOWN\r\n"), "", 0},
          {bytes_of("PROXY UNKNOWN whatever it says\r\n"), "", 0},
          {version2(0x21, 0x11, four), "192.0.2.1", 4660},
          {version2(0x21, 0x11, with_more), "192.0.2.1", 4660},
          {version2(0x21, 0x21, six), "2001::7", 256},
          {version2(0x20, 0x11, four), "", 0},
          {version2(0x21, 0x00, {}), "", 0}};
}

TEST(ProxyHeaders, AreReadInEveryTruncation) {
  for (const Case& one : good_headers()) {
    for (std::size_t size = 0; size < one.bytes.size(); ++size)
      EXPECT_TRUE(
          std::holds_alternative<MoreNeeded>(parse_proxy_header(ByteView(one.bytes).first(size))))
          << size;
    Bytes more = one.bytes;
    for (const std::uint8_t byte : bytes_of("SSH-2.0-x\r\n")) more.push_back(byte);
    const auto parsed = parse_proxy_header(more);
    ASSERT_TRUE(std::holds_alternative<ProxyHeader>(parsed));
    const auto& header = std::get<ProxyHeader>(parsed);
    EXPECT_EQ(header.size, one.bytes.size());
    EXPECT_EQ(header.address, one.address);
    EXPECT_EQ(header.port, one.port);
  }
}

TEST(ProxyHeaders, OthersAreRefused) {
  for (const std::string_view text :
       {"SSH-2.0-x\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n", "PROXY TCP4 a b 1 2\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 99999 22\r\n", "PROXY \r\n",
        "PROXY TCP6 fe80::1%eth0\nforged ::1 1 2\r\n", "proxy TCP4"})
    EXPECT_TRUE(std::holds_alternative<std::string>(parse_proxy_header(as_bytes(text)))) << text;
  EXPECT_TRUE(std::holds_alternative<std::string>(
      parse_proxy_header(bytes_of("PROXY " + std::string(200, 'x')))));
  for (const Bytes& bytes :
       {version2(0x31, 0x11, {}), version2(0x22, 0x11, {}), version2(0x21, 0x11, Bytes(11)),
        version2(0x21, 0x21, Bytes(35)), version2(0x21, 0x11, Bytes(600))})
    EXPECT_TRUE(std::holds_alternative<std::string>(parse_proxy_header(bytes)));
}

TEST(ProxyHeaders, ChangedBytesAreBorne) {
  std::mt19937 random(3);
  for (int i = 0; i < 20000; ++i) {
    const auto cases = good_headers();
    Bytes bytes = cases[random() % cases.size()].bytes;
    for (unsigned change = random() % 4 + 1; change != 0; --change)
      bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    const auto parsed = parse_proxy_header(bytes);
    if (const auto* header = std::get_if<ProxyHeader>(&parsed)) {
      EXPECT_LE(header->size, bytes.size());
    }
  }
}

TEST(ProxyHeaders, NotAByteMoreIsTakenFromTheSocket) {
  for (const Case& one : good_headers()) {
    std::array<int, 2> ends{};
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
    ASSERT_GT(write(ends[1], one.bytes.data(), one.bytes.size()), 0);
    ASSERT_EQ(write(ends[1], "SSH-", 4), 4);
    const auto header = read_proxy_header(ends[0]);
    ASSERT_TRUE(std::holds_alternative<ProxyHeader>(header));
    EXPECT_EQ(std::get<ProxyHeader>(header).address, one.address);
    std::array<char, 10> rest{};
    EXPECT_EQ(read(ends[0], rest.data(), rest.size()), 4);
    close(ends[0]);
    close(ends[1]);
  }
}

}  // namespace
}  // namespace ssh2core::tools
