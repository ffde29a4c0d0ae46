// Products of polynomials: as learnt in school, since sixteen coefficients at a time are faster
// than fewer multiplications in a worse order.
#include <algorithm>

#include "libssh2core/crypto/constant_time.h"
#include "libssh2core/crypto/sntrup761_ring.h"

namespace ssh2core::sntrup761 {

namespace {

// Rows are added up in 16 bits: a coefficient is at most kHalf, so that 12 of them fit.
constexpr std::size_t kRows = 12;
static_assert(kRows * kHalf <= INT16_MAX && kSlots % kRows == 0);
constexpr std::size_t kStripe = kSlots + 16;  // the columns that kRows rows touch, in whole vectors
static_assert(kStripe >= kSlots + kRows - 1);

using Product = std::array<std::int32_t, kSlots - kRows + kStripe>;
using Margined = std::array<std::int16_t, kRows + kStripe + kRows>;  // zeros, a, zeros

// product += rows[0..kRows) * a, where product stands at the column of the first row.
SSH2CORE_VECTORISED void add_rows(std::int32_t* __restrict product,
                                  const std::int16_t* __restrict a,
                                  const std::int16_t* __restrict rows) {
  for (std::size_t column = 0; column < kStripe; ++column) {
    std::int16_t sum = 0;
#pragma GCC unroll 12
    for (std::size_t row = 0; row < kRows; ++row)
      sum = static_cast<std::int16_t>(sum + rows[row] * a[kRows + column - row]);
    product[column] += sum;
  }
}

// x^761 = x + 1: column i takes in columns i + 761 and, from x^1 on, i + 760.
SSH2CORE_VECTORISED void fold(std::int32_t* __restrict folded,
                              const std::int32_t* __restrict product) {
  folded[0] = product[0] + product[kDegree];
  for (std::size_t i = 1; i < kDegree; ++i)
    folded[i] = product[i] + product[i + kDegree] + product[i + kDegree - 1];
}

using Folded = std::array<std::int32_t, kSlots>;

void multiply_exactly(Folded& folded, const Wide& a, const Small& b) {
  Erased<Product> product;
  Erased<Margined> margined;
  Erased<Wide> rows;
  std::ranges::copy(a, margined->begin() + kRows);
  std::ranges::copy(b, rows->begin());
  for (std::size_t row = 0; row < kSlots; row += kRows)
    add_rows(&(*product)[row], margined->data(), &(*rows)[row]);
  fold(folded.data(), product->data());
}

SSH2CORE_VECTORISED void reduce(std::int16_t* __restrict to, const std::int32_t* __restrict from) {
  for (std::size_t i = 0; i < kDegree; ++i)
    to[i] = static_cast<std::int16_t>(centered_mod_q(from[i]));
}

SSH2CORE_VECTORISED void reduce_mod3(std::int8_t* __restrict to,
                                     const std::int32_t* __restrict from) {
  for (std::size_t i = 0; i < kDegree; ++i)
    to[i] = static_cast<std::int8_t>(centered_mod3(from[i]));
}

}  // namespace

void multiply(Wide& product, const Wide& a, const Small& b) {
  Erased<Folded> folded;
  multiply_exactly(*folded, a, b);
  reduce(product.data(), folded->data());
}

void multiply_mod3(Small& product, const Small& a, const Small& b) {
  Erased<Folded> folded;
  Erased<Wide> wide;
  std::ranges::copy(a, wide->begin());
  multiply_exactly(*folded, *wide, b);
  reduce_mod3(product.data(), folded->data());
}

}  // namespace ssh2core::sntrup761
