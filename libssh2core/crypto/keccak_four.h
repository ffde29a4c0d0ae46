// SHAKE128 and SHAKE256 (FIPS 202) of four short messages at once, in vector registers.
#pragma once

#include <array>
#include <cstdint>

#include "libssh2core/wire/bytes.h"

namespace ssh2core {

/// Bytes that one permutation takes in or gives out.
enum class ShakeRate : std::size_t { Shake128 = 168, Shake256 = 136 };

/// Whether this machine has the registers; without them, hash one by one.
bool has_shake_four();
/// outputs[i] becomes the extendable output of inputs[i]. All inputs are equally long and shorter
/// than the rate, all outputs equally long. Constant time.
void shake_four(ShakeRate rate, const std::array<ByteView, 4>& inputs,
                const std::array<MutableView, 4>& outputs);

}  // namespace ssh2core
