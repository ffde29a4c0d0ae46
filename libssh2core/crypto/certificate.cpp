#include "libssh2core/crypto/certificate.h"

#include "libssh2core/crypto/key.h"
#include "libssh2core/wire/buffer.h"

namespace ssh2core {

namespace {

/// How many strings of the wire the public half of a key has, behind its type's name.
std::size_t key_fields(const SignatureEntry& row) {
  const std::size_t application = row.security_key ? 1 : 0;
  switch (row.family) {
    case KeyFamily::Ed25519:
    case KeyFamily::Ed448:
      return 1 + application;
    case KeyFamily::Ecdsa:
    case KeyFamily::Rsa:
      return 2 + application;
    case KeyFamily::Dsa:
      return 4;
  }
  return 0;
}

NameList read_principals(Reader packed) {
  NameList names;
  while (packed.remaining() > 0) {
    if (names.size() == kMostPrincipals)
      throw ProtocolError(Reason::Protocol, "a certificate with too many principals");
    names.emplace_back(packed.text());
  }
  return names;
}

std::vector<CertificateOption> read_options(Reader packed) {
  std::vector<CertificateOption> options;
  while (packed.remaining() > 0) {
    const std::string_view name = packed.text();
    const ByteView data = packed.string();
    if (options.size() == kMostCertificateOptions || find_option(options, name) != nullptr)
      throw ProtocolError(Reason::Protocol, "a certificate with too many options, or one twice");
    options.push_back({std::string(name), Bytes(data.begin(), data.end())});
  }
  return options;
}

Bytes owned(ByteView bytes) { return Bytes(bytes.begin(), bytes.end()); }

/// The plain key's blob: its type's name, then its fields as they stand in the certificate.
Bytes read_key(const SignatureEntry& row, Reader& fields) {
  Buffer out;
  Writer w(out);
  w.string(find_signature(row.signed_as)->key_type);
  for (std::size_t i = key_fields(row); i > 0; --i) w.string(fields.string());
  return out.to_bytes();
}

}  // namespace

const CertificateOption* find_option(const std::vector<CertificateOption>& options,
                                     std::string_view name) {
  const auto at = std::ranges::find(options, name, &CertificateOption::name);
  return at == options.end() ? nullptr : &*at;
}

const SignatureEntry* find_certificate_type(std::string_view key_type) {
  const auto at = std::ranges::find(kCertificates, key_type, &SignatureEntry::key_type);
  return at == kCertificates.end() ? nullptr : &*at;
}

std::optional<Certificate> parse_certificate(ByteView blob) try {
  if (blob.size() > kMostCertificateBytes) return std::nullopt;
  Reader fields(blob);
  const SignatureEntry* row = find_certificate_type(fields.text());
  if (row == nullptr) return std::nullopt;
  Certificate certificate;
  fields.string();  // nonce
  certificate.key_blob = read_key(*row, fields);
  certificate.serial = fields.u64();
  const std::uint32_t kind = fields.u32();
  certificate.kind = static_cast<Certificate::Kind>(kind);
  if (certificate.kind != Certificate::Kind::User && certificate.kind != Certificate::Kind::Host)
    return std::nullopt;
  certificate.key_id = fields.text();
  certificate.principals = read_principals(Reader(fields.string()));
  certificate.valid_after = fields.u64();
  certificate.valid_before = fields.u64();
  certificate.critical_options = read_options(Reader(fields.string()));
  certificate.extensions = read_options(Reader(fields.string()));
  fields.string();  // reserved
  certificate.ca_key = owned(fields.string());
  if (find_certificate_type(Reader(certificate.ca_key).text()) != nullptr) return std::nullopt;
  certificate.signed_part = owned(blob.first(blob.size() - fields.remaining()));
  certificate.signature = owned(fields.string());
  fields.expect_end();
  return certificate;
} catch (const ProtocolError&) {
  return std::nullopt;
}

bool is_signed_by_its_ca(const Certificate& certificate, const NameList& algorithms) try {
  const std::string_view algorithm = Reader(certificate.signature).text();
  if (std::ranges::find(algorithms, algorithm) == algorithms.end()) return false;
  const auto ca = PublicKey::from_blob(certificate.ca_key);
  return ca && ca->certificate() == nullptr &&
         ca->verify(algorithm, certificate.signed_part, certificate.signature);
} catch (const ProtocolError&) {
  return false;
}

NameList default_ca_algorithms() {
  NameList names;
  for (const SignatureEntry& row : kSignatures)
    if (row.offer == Offer::Default) names.emplace_back(row.name);
  return names;
}

}  // namespace ssh2core
