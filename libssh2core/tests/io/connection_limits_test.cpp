#include "libssh2core/io/connection_limits.h"

#include <gtest/gtest.h>

namespace ssh2core::io {
namespace {

using namespace std::chrono_literals;

constexpr Clock::Steady kStart{};

TEST(RateLimiter, RefillsWithTime) {
  RateLimiter rate(2);
  EXPECT_TRUE(rate.allow("a", kStart));
  EXPECT_TRUE(rate.allow("a", kStart));
  EXPECT_FALSE(rate.allow("a", kStart));
  EXPECT_TRUE(rate.allow("b", kStart));
  EXPECT_FALSE(rate.allow("a", kStart + 400ms));
  EXPECT_TRUE(rate.allow("a", kStart + 600ms));
  EXPECT_FALSE(rate.allow("a", kStart + 600ms));
}

TEST(RateLimiter, SlowRatesAllowOneAtOnce) {
  RateLimiter rate(0.1);
  EXPECT_TRUE(rate.allow("a", kStart));
  EXPECT_FALSE(rate.allow("a", kStart + 9s));
  EXPECT_TRUE(rate.allow("a", kStart + 11s));
}

TEST(RateLimiter, RemembersABoundedNumberOfHosts) {
  RateLimiter rate(1);
  for (int i = 0; i < 10000; ++i) EXPECT_TRUE(rate.allow(std::to_string(i), kStart));
  EXPECT_EQ(rate.hosts(), RateLimiter::kMaxHosts);
  EXPECT_TRUE(rate.allow("new", kStart + 5s));
  EXPECT_EQ(rate.hosts(), 1U);  // those that are full again are forgotten
}

TEST(ConnectionLimits, CountsInTotalAndPerHost) {
  AcceptLimits limits;
  limits.max_connections = 3;
  limits.max_connections_per_host = 2;
  ConnectionLimits connections(limits);
  connections.opened(1, "a");
  EXPECT_FALSE(connections.refusal("a", kStart));
  connections.opened(2, "a");
  EXPECT_EQ(connections.refusal("a", kStart),
            "the limit of 2 connections from one host is reached");
  EXPECT_FALSE(connections.refusal("b", kStart));
  connections.opened(3, "b");
  EXPECT_EQ(connections.refusal("c", kStart), "the limit of 3 connections is reached");
  connections.closed(1);
  connections.closed(99);
  EXPECT_FALSE(connections.refusal("a", kStart));
}

TEST(ConnectionLimits, NoneMeansNone) {
  ConnectionLimits connections({});
  for (int i = 1; i < 100; ++i) {
    EXPECT_FALSE(connections.refusal("a", kStart));
    connections.opened(i, "a");
  }
}

}  // namespace
}  // namespace ssh2core::io
