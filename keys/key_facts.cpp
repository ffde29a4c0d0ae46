#include "keys/key_facts.h"

#include <bit>

#include "libssh2core/crypto/certificate.h"
#include "libssh2core/crypto/key_blob.h"
#include "libssh2core/wire/buffer.h"

namespace ssh2core::keys {
namespace {

constexpr std::string_view kDamaged = "the key is damaged: ";

/// Reads numbers and keeps whether each was written in its shortest form.
class NumberReader {
 public:
  explicit NumberReader(Reader& fields) : fields_(fields) {}
  ByteView take() {
    const ByteView written = fields_.string();
    if (!written.empty() && (written[0] & 0x80) != 0)
      throw ProtocolError(Reason::Protocol, "a negative number");
    ByteView magnitude = written;
    while (!magnitude.empty() && magnitude[0] == 0) magnitude = magnitude.subspan(1);
    const std::size_t sign = !magnitude.empty() && (magnitude[0] & 0x80) != 0 ? 1 : 0;
    if (written.size() != magnitude.size() + sign) canonical = false;
    return magnitude;
  }
  bool canonical = true;

 private:
  Reader& fields_;
};

int bits_of(ByteView magnitude) {
  if (magnitude.empty()) return 0;
  return static_cast<int>(8 * (magnitude.size() - 1)) + std::bit_width(magnitude[0]);
}

/// RSA: e and n; DSA: p, q, g and y. The blob is written anew where a number has needless zeros.
void read_numbers(KeyFacts& facts, Reader& fields) {
  NumberReader numbers(fields);
  std::vector<ByteView> all;
  for (int left = facts.row->family == KeyFamily::Rsa ? 2 : 4; left > 0; --left)
    all.push_back(numbers.take());
  facts.bits = bits_of(facts.row->family == KeyFamily::Rsa ? all[1] : all[0]);
  facts.canonical = numbers.canonical;
  if (facts.canonical) return;
  Buffer out;
  Writer w(out);
  w.string(facts.row->key_type);
  for (const ByteView number : all) w.mpint(number);
  facts.plain_blob = out.to_bytes();
}

struct Curve {
  std::string_view group, name;  // EVP's and SSH's
  int bits;
};
constexpr auto kCurves = std::to_array<Curve>(
    {{"P-256", "nistp256", 256}, {"P-384", "nistp384", 384}, {"P-521", "nistp521", 521}});

void read_ecdsa(KeyFacts& facts, Reader& fields) {
  const auto curve = std::ranges::find(kCurves, facts.row->group, &Curve::group);
  if (fields.text() != curve->name) throw ProtocolError(Reason::Protocol, "two names of its curve");
  const ByteView point = fields.string();
  const std::size_t coordinate = static_cast<std::size_t>(curve->bits + 7) / 8;
  if (point.size() != 1 + 2 * coordinate || point[0] != 4)
    throw ProtocolError(Reason::Protocol, "its point has the wrong form");
  facts.bits = curve->bits;
}

void read_edwards(KeyFacts& facts, Reader& fields) {
  const bool large = facts.row->family == KeyFamily::Ed448;
  if (fields.string().size() != (large ? 57 : 32))
    throw ProtocolError(Reason::Protocol, "its point has the wrong size");
  facts.bits = large ? 448 : 256;
}

KeyFacts plain_facts(const SignatureEntry& row, Reader fields) {
  KeyFacts facts;
  facts.row = &row;
  switch (row.family) {
    case KeyFamily::Rsa:
    case KeyFamily::Dsa:
      read_numbers(facts, fields);
      break;
    case KeyFamily::Ecdsa:
      read_ecdsa(facts, fields);
      break;
    case KeyFamily::Ed25519:
    case KeyFamily::Ed448:
      read_edwards(facts, fields);
      break;
  }
  if (row.security_key) fields.string();  // the application
  fields.expect_end();
  return facts;
}

std::variant<KeyFacts, std::string> certificate_facts(const SignatureEntry& row, ByteView blob) {
  auto certificate = parse_certificate(blob);
  if (!certificate) return "the certificate is damaged";
  auto facts = key_facts(certificate->key_blob);
  if (auto* good = std::get_if<KeyFacts>(&facts)) {
    good->row = &row;
    if (good->canonical) good->plain_blob = std::move(certificate->key_blob);
  }
  return facts;
}

}  // namespace

std::variant<KeyFacts, std::string> key_facts(ByteView blob) {
  try {
    Reader fields(blob);
    const std::string_view type = fields.text();
    if (const SignatureEntry* row = find_certificate_type(type))
      return certificate_facts(*row, blob);
    const SignatureEntry* row = find_key_type(type);
    if (row == nullptr) return "the key's type is unknown";
    return plain_facts(*row, fields);
  } catch (const ProtocolError& error) {
    return std::string(kDamaged) + error.what();
  }
}

std::string key_label(const SignatureEntry& row) {
  const SignatureEntry& plain = signing_row(row);
  std::string label;
  switch (plain.family) {
    case KeyFamily::Rsa:
      label = "RSA";
      break;
    case KeyFamily::Dsa:
      label = "DSA";
      break;
    case KeyFamily::Ecdsa:
      label = "ECDSA";
      break;
    case KeyFamily::Ed25519:
      label = "ED25519";
      break;
    case KeyFamily::Ed448:
      label = "ED448";
      break;
  }
  if (plain.security_key) label += "-SK";
  if (row.is_certificate()) label += "-CERT";
  return label;
}

}  // namespace ssh2core::keys
