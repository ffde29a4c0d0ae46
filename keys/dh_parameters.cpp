#include "keys/dh_parameters.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "libssh2core/crypto/openssl.h"

namespace ssh2core::keys {

namespace {

constexpr unsigned kLeastBits = 512, kMostBits = 16384;
constexpr std::string_view kBegin = "-----BEGIN ", kEnd = "-----END ", kDashes = "-----";

/// Takes the group in, or says what is wrong with it.
void add(DhParameterFile& file, std::size_t line, DhGroup group) {
  const unsigned bits = bits_of(group.prime);
  if (bits < kLeastBits || bits > kMostBits)
    return file.faults.push_back({line, std::to_string(bits) + " bits"});
  if (group.generator.size() > group.prime.size())
    return file.faults.push_back({line, "the generator is out of range"});
  if (const char* fault = dh_group_fault(group)) return file.faults.push_back({line, fault});
  file.groups.push_back({line, std::move(group), bits});
}

// --- PEM ---

void free_sequence(ASN1_SEQUENCE_ANY* sequence) { sk_ASN1_TYPE_pop_free(sequence, ASN1_TYPE_free); }
using Sequence = std::unique_ptr<ASN1_SEQUENCE_ANY, FreeWith<free_sequence>>;

std::optional<Bytes> positive_number(const ASN1_TYPE* value) {
  if (ASN1_TYPE_get(value) != V_ASN1_INTEGER) return std::nullopt;
  const Bignum number(ASN1_INTEGER_to_BN(value->value.integer, nullptr));
  if (!number || BN_is_negative(number.get()) != 0) return std::nullopt;
  Bytes magnitude(static_cast<std::size_t>(BN_num_bytes(number.get())));
  BN_bn2bin(number.get(), magnitude.data());
  return magnitude;
}

/// PKCS#3 and X9.42 both begin with p and g; what follows is no use to us.
std::optional<DhGroup> read_der(ByteView der) {
  const unsigned char* at = der.data();
  const Sequence fields(d2i_ASN1_SEQUENCE_ANY(nullptr, &at, static_cast<long>(der.size())));
  if (!fields || at != der.data() + der.size() || sk_ASN1_TYPE_num(fields.get()) < 2) {
    ERR_clear_error();
    return std::nullopt;
  }
  auto prime = positive_number(sk_ASN1_TYPE_value(fields.get(), 0));
  auto generator = positive_number(sk_ASN1_TYPE_value(fields.get(), 1));
  if (!prime || !generator) return std::nullopt;
  return DhGroup{std::move(*prime), std::move(*generator)};
}

/// The bytes of one block, from its BEGIN line to the end of its END line.
std::optional<Bytes> decode_pem(std::string_view block) {
  using Bio = std::unique_ptr<BIO, FreeWith<BIO_free>>;
  const Bio bio(BIO_new_mem_buf(block.data(), static_cast<int>(block.size())));
  if (!bio) throw CryptoError("BIO_new_mem_buf");
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  if (PEM_read_bio(bio.get(), &name, &header, &data, &size) <= 0) {
    ERR_clear_error();
    return std::nullopt;
  }
  Bytes der(data, data + size);
  OPENSSL_free(name);
  OPENSSL_free(header);
  OPENSSL_free(data);
  return der;
}

void read_pem(std::string_view text, DhParameterFile& file) {
  std::size_t line = 1, counted = 0;
  for (std::size_t at = text.find(kBegin); at != std::string_view::npos;
       at = text.find(kBegin, at)) {
    line += static_cast<std::size_t>(std::count(text.begin() + static_cast<long>(counted),
                                                text.begin() + static_cast<long>(at), '\n'));
    counted = at;
    const std::size_t name_at = at + kBegin.size();
    const std::string_view name =
        text.substr(name_at, text.find(kDashes, name_at) - name_at).substr(0, 64);
    const std::size_t end = text.find(kEnd, at);
    if (end == std::string_view::npos) return file.faults.push_back({line, "a block without end"});
    const std::size_t next = std::min(text.find('\n', end), text.size());
    const std::string_view block = text.substr(at, next - at);
    at = next;
    if (name != "DH PARAMETERS" && name != "X9.42 DH PARAMETERS") {
      file.faults.push_back({line, "a block of another kind than DH PARAMETERS"});
      continue;
    }
    const auto der = decode_pem(std::string(block) + "\n");
    auto group = der ? read_der(*der) : std::nullopt;
    if (group)
      add(file, line, std::move(*group));
    else
      file.faults.push_back({line, "the block is malformed"});
  }
}

// --- moduli(5) ---

std::optional<Bytes> read_hex(std::string_view digits) {
  while (digits.starts_with('0')) digits.remove_prefix(1);
  if (digits.empty() || digits.size() > kMostBits / 4) return std::nullopt;
  std::string even(digits.size() % 2, '0');
  even += digits;
  Bytes bytes(even.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char* from = even.data() + 2 * i;
    const auto read = std::from_chars(from, from + 2, bytes[i], 16);
    if (read.ec != std::errc() || read.ptr != from + 2) return std::nullopt;
  }
  return bytes;
}

std::optional<unsigned> read_number(std::string_view digits) {
  unsigned value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (read.ec != std::errc() || read.ptr != digits.data() + digits.size()) return std::nullopt;
  return value;
}

/// Time, type, tests, trials, size, generator, modulus; one space between them.
void read_moduli_line(std::string_view text, std::size_t line, DhParameterFile& file) {
  constexpr unsigned kSafePrime = 2, kComposite = 1;
  std::vector<std::string_view> fields;
  while (fields.size() < 7) {
    const std::size_t space = text.find(' ');
    fields.push_back(text.substr(0, space));
    if (space == std::string_view::npos) break;
    text.remove_prefix(space + 1);
  }
  if (fields.size() != 7) return file.faults.push_back({line, "not the seven fields of moduli(5)"});
  const auto type = read_number(fields[1]), tests = read_number(fields[2]),
             trials = read_number(fields[3]), size = read_number(fields[4]);
  auto generator = read_hex(fields[5]), modulus = read_hex(fields[6]);
  if (!type || !tests || !trials || !size || !generator || !modulus)
    return file.faults.push_back({line, "a field that is no number"});
  if (*type != kSafePrime || (*tests & kComposite) != 0 || *tests == 0 || *trials == 0)
    return file.faults.push_back({line, "not said to be a tested safe prime"});
  if (*size + 1 != bits_of(*modulus))  // the file has the length without the top bit
    return file.faults.push_back({line, "the modulus is not of the size that the line says"});
  add(file, line, {std::move(*modulus), std::move(*generator)});
}

void read_moduli(std::string_view text, DhParameterFile& file) {
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view one = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (one.ends_with('\r')) one.remove_suffix(1);
    if (!one.empty() && !one.starts_with('#')) read_moduli_line(one, line, file);
  }
}

}  // namespace

DhParameterFile parse_dh_parameters(std::string_view text) {
  DhParameterFile file;
  if (text.find(kBegin) != std::string_view::npos)
    read_pem(text, file);
  else
    read_moduli(text, file);
  return file;
}

}  // namespace ssh2core::keys
