// Certificates for tests, field by field as PROTOCOL.certkeys lists them.
#pragma once

#include "libssh2core/crypto/key.h"
#include "libssh2core/wire/buffer.h"

namespace ssh2core {

/// What a certificate says; the defaults are those of a good one for the user ann.
struct CertificateFields {
  std::string type;  // of the certificate; empty: that of the key
  std::uint64_t serial = 7;
  std::uint32_t kind = 1;
  std::string key_id = "ann's key";
  NameList principals = {"ann"};
  std::uint64_t valid_after = 0, valid_before = ~std::uint64_t{0};
  std::vector<CertificateOption> critical_options = {}, extensions = {};
};

/// A value of an option: a string in the option's string.
inline Bytes option_text(std::string_view text) {
  Buffer out;
  Writer(out).string(text);
  return out.to_bytes();
}

inline Bytes make_certificate(ByteView key_blob, const CertificateFields& fields,
                              const PrivateKey& ca, std::string_view ca_algorithm) {
  Reader key(key_blob);
  const std::string plain(key.text());
  std::string certified = plain.substr(0, plain.find('@'));
  certified.append("-cert-v01@openssh.com");
  const auto packed = [](const auto& items, const auto& put) {
    Buffer list;
    Writer w(list);
    for (const auto& item : items) put(w, item);
    return list.to_bytes();
  };
  const auto put_u64 = [](Writer& w, std::uint64_t value) {
    w.u32(static_cast<std::uint32_t>(value >> 32));
    w.u32(static_cast<std::uint32_t>(value));
  };
  const auto put_option = [](Writer& w, const CertificateOption& option) {
    w.string(option.name);
    w.string(option.data);
  };
  Buffer out;
  Writer w(out);
  w.string(fields.type.empty() ? certified : fields.type);
  w.string(Bytes(32, 0x6e));  // nonce
  w.raw(key.rest());
  put_u64(w, fields.serial);
  w.u32(fields.kind);
  w.string(fields.key_id);
  w.string(packed(fields.principals, [](Writer& to, const std::string& name) { to.string(name); }));
  put_u64(w, fields.valid_after);
  put_u64(w, fields.valid_before);
  w.string(packed(fields.critical_options, put_option));
  w.string(packed(fields.extensions, put_option));
  w.string("");
  w.string(ca.public_blob());
  const Bytes signature = ca.sign(ca_algorithm, out.view());
  w.string(signature);
  return out.to_bytes();
}

}  // namespace ssh2core
