#include "keys/openssh_key.h"

#include <openssl/core_names.h>

#include "keys/bcrypt_pbkdf.h"
#include "keys/key_kinds.h"
#include "keys/key_numbers.h"
#include "keys/openssh_cipher.h"
#include "libssh2core/crypto/certificate.h"
#include "libssh2core/crypto/key_blob.h"
#include "libssh2core/crypto/system_random.h"
#include "libssh2core/wire/buffer.h"

namespace ssh2core::keys {
namespace {

using Result = std::variant<PrivateKey, KeyFileError>;

constexpr std::string_view kMagic{"openssh-key-v1\0", 15};
constexpr std::size_t kMaxSaltBytes = 1024;

KeyFileError damaged(const std::string& detail) {
  return {"the OpenSSH private key is damaged (" + detail + "); restore it from a copy", false};
}

/// The fields in front of the private section; views of the content.
struct Envelope {
  std::string_view cipher_name, kdf_name;
  ByteView kdf_options, public_blob, section, tag;
};

/// The keys and IV of the section, or why there are none.
std::variant<Secret, KeyFileError> derive_key(const FileCipher& cipher, const Envelope& envelope,
                                              const Secret& passphrase) {
  if (cipher.mode == FileCipherMode::Plain) {
    if (envelope.kdf_name != "none" || !envelope.kdf_options.empty())
      return damaged("a key derivation without a cipher");
    return Secret();
  }
  if (envelope.kdf_name != "bcrypt")
    return KeyFileError{
        "the private key's passphrase is processed in an unknown way; write it "
        "anew with `ssh-keygen -p`"};
  Reader options(envelope.kdf_options);
  const ByteView salt = options.string();
  const std::uint32_t rounds = options.u32();
  options.expect_end();
  if (salt.empty() || salt.size() > kMaxSaltBytes || rounds == 0)
    return damaged("its key derivation cannot be");
  if (rounds > kMaxKdfRounds)
    return KeyFileError{"the private key asks for " + std::to_string(rounds) +
                        " rounds of key derivation, more than " + std::to_string(kMaxKdfRounds) +
                        "; write it anew with `ssh-keygen -p -a 24`"};
  if (passphrase.empty())
    return KeyFileError{"the private key is encrypted and needs its passphrase", true};
  return bcrypt_pbkdf(passphrase, salt, rounds, cipher.key_bytes + cipher.iv_bytes);
}

Result read_rsa(Reader& r) {
  RsaNumbers numbers;
  numbers.n = r.mpint();  // n before e here, unlike the public blob
  numbers.e = r.mpint();
  numbers.d = r.mpint();
  numbers.inverse_q = r.mpint();
  numbers.p = r.mpint();
  numbers.q = r.mpint();
  if (auto key = rsa_from_numbers(numbers)) return std::move(*key);
  return damaged("its numbers are no RSA key of " + std::to_string(kMinRsaBits) + " to " +
                 std::to_string(kMaxRsaBits) + " bits");
}

Result read_ecdsa(Reader& r, const SignatureEntry& entry) {
  const std::string_view curve = r.text();
  const ByteView point = r.string(), d = r.mpint();
  if (!entry.key_type.ends_with(curve) || curve.empty()) return damaged("two names of its curve");
  if (auto key = ecdsa_from_numbers(entry.group, point, d)) return std::move(*key);
  return damaged("its numbers are no key on its curve");
}

/// RFC 8032 keys: the point, then the seed and the point again in one string.
Result read_edwards(Reader& r, const char* group) {
  const ByteView point = r.string(), both = r.string();
  const std::size_t size = edwards_key_bytes(group);
  if (point.size() != size || both.size() != 2 * size ||
      !equal_in_constant_time(both.subspan(size), point))
    return damaged("its halves have the wrong size or differ");
  if (auto key = edwards_from_seed(group, both.first(size))) return std::move(*key);
  return damaged("its seed is none");
}

Result read_dsa(Reader& r) {
  DsaNumbers numbers;
  numbers.p = r.mpint();
  numbers.q = r.mpint();
  numbers.g = r.mpint();
  numbers.y = r.mpint();
  numbers.x = r.mpint();
  if (auto key = dsa_from_numbers(numbers)) return std::move(*key);
  return damaged("its numbers are no DSA key with a group of " + std::to_string(kDsaGroupBits) +
                 " bits");
}

/// The private fields of one key, behind the type's name.
Result read_private_fields(Reader& r, std::string_view type) {
  for (const SignatureEntry& entry : kSignatures) {
    if (entry.key_type != type || entry.security_key) continue;
    switch (entry.family) {
      case KeyFamily::Rsa:
        return read_rsa(r);
      case KeyFamily::Ecdsa:
        return read_ecdsa(r, entry);
      case KeyFamily::Dsa:
        return read_dsa(r);
      case KeyFamily::Ed25519:
        return read_edwards(r, "ED25519");
      case KeyFamily::Ed448:
        return read_edwards(r, "ED448");
    }
  }
  if (const std::string why = unusable_private_type(type); !why.empty())
    return KeyFileError{"the private key is " + why};
  return KeyFileError{"the private key's type is unknown; use ed25519, ecdsa or rsa"};
}

/// Two equal numbers, the key, its comment and the padding 1, 2, 3...
Result read_section(const Secret& section, const Envelope& envelope, bool encrypted) {
  Reader r(section.view());
  if (const std::uint32_t check = r.u32(); check != r.u32()) {
    if (encrypted) return KeyFileError{"the passphrase of the private key is wrong", true};
    return damaged("its two check numbers differ");
  }
  const std::string_view type = r.text();
  Result result = read_private_fields(r, type);
  const auto* key = std::get_if<PrivateKey>(&result);
  if (key == nullptr) return result;
  r.string();  // comment
  for (std::uint32_t expected = 1; r.remaining() > 0; ++expected)
    if (r.u8() != (expected & 0xff)) return damaged("its padding is wrong");
  const ByteView mine = key->public_blob(), written = envelope.public_blob;
  if (mine.size() != written.size() || !equal_in_constant_time(mine, written))
    return damaged("its public half belongs to another key");
  return result;
}

std::variant<Envelope, KeyFileError> read_envelope(ByteView content) {
  Reader r(content);
  if (as_text(r.raw(kMagic.size())) != kMagic) return damaged("it does not begin as it must");
  Envelope envelope;
  envelope.cipher_name = r.text();
  envelope.kdf_name = r.text();
  envelope.kdf_options = r.string();
  const std::uint32_t count = r.u32();
  if (count != 1)
    return KeyFileError{"the file holds " + std::to_string(count) +
                        " private keys in one block; only one is supported"};
  envelope.public_blob = r.string();
  envelope.section = r.string();
  envelope.tag = r.rest();
  return envelope;
}

Result read_content(ByteView content, const Secret& passphrase) {
  auto read = read_envelope(content);
  if (auto* error = std::get_if<KeyFileError>(&read)) return std::move(*error);
  const auto& envelope = std::get<Envelope>(read);
  const FileCipher* cipher = find_file_cipher(envelope.cipher_name);
  if (cipher == nullptr)
    return KeyFileError{
        "the private key is encrypted with a cipher we do not know; write it anew "
        "with `ssh-keygen -p -Z aes256-ctr`"};
  if (envelope.tag.size() != cipher->tag_bytes) return damaged("bytes at its end");
  if (envelope.section.empty() || envelope.section.size() % cipher->block_bytes != 0)
    return damaged("its private section has an impossible size");

  auto derived = derive_key(*cipher, envelope, passphrase);
  if (auto* error = std::get_if<KeyFileError>(&derived)) return std::move(*error);
  const auto section =
      decrypt_section(*cipher, std::get<Secret>(derived), envelope.section, envelope.tag);
  if (!section) return KeyFileError{"the passphrase of the private key is wrong", true};
  return read_section(*section, envelope, cipher->mode != FileCipherMode::Plain);
}

/// Goes over the private fields of one key, behind the type's name: only the comment behind them is
/// of interest. False for a type that we do not know.
bool skip_private_fields(Reader& r, std::string_view type) {
  const SignatureEntry* certificate = find_certificate_type(type);
  const SignatureEntry* row = certificate == nullptr ? find_key_type(type) : certificate;
  if (row == nullptr) return false;
  const bool token = signing_row(*row).security_key;
  int strings = 0;  // behind a certificate's blob come the private ones only
  switch (row->family) {
    case KeyFamily::Rsa:
      strings = certificate == nullptr ? 6 : 4;
      break;
    case KeyFamily::Dsa:
      strings = certificate == nullptr ? 5 : 1;
      break;
    case KeyFamily::Ecdsa:
      strings = certificate == nullptr ? 3 : 1;
      break;
    case KeyFamily::Ed25519:
    case KeyFamily::Ed448:
      strings = 2;
      break;
  }
  if (token)
    strings = 1 + (certificate == nullptr && row->family == KeyFamily::Ecdsa ? 2 : 0) +
              (certificate == nullptr && row->family != KeyFamily::Ecdsa ? 1 : 0);
  if (certificate != nullptr) r.string();
  for (; strings > 0; --strings) r.string();
  if (!token) return true;
  r.u8();      // flags
  r.string();  // handle
  r.string();  // reserved
  return true;
}

PublicHalf read_public(const Envelope& envelope) {
  PublicHalf half{Bytes(envelope.public_blob.begin(), envelope.public_blob.end()), {}};
  if (envelope.cipher_name != "none") return half;
  Reader r(envelope.section);
  r.u32();
  r.u32();
  if (skip_private_fields(r, r.text())) half.comment = r.text();
  return half;
}

/// A buffer for private fields: room for all of them at once, so that none is left behind when it
/// grows, and wiped at the end.
struct WipedBuffer {
  explicit WipedBuffer(std::size_t most) { buffer.room(most); }
  WipedBuffer(const WipedBuffer&) = delete;
  WipedBuffer& operator=(const WipedBuffer&) = delete;
  ~WipedBuffer() { Secret::cleanse(buffer.mutable_view()); }
  Buffer buffer;
};

void write_private_fields(Writer& w, const PrivateKey& key) {
  Reader public_fields(key.public_blob());
  const std::string_view type = public_fields.text();
  w.string(type);
  if (type == "ssh-rsa") {
    const ByteView e = public_fields.mpint(), n = public_fields.mpint();
    w.mpint(n);
    w.mpint(e);
    for (const char* name : {OSSL_PKEY_PARAM_RSA_D, OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
                             OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2})
      w.mpint(private_number(key, name).view());
  } else if (type == "ssh-ed25519" || type == "ssh-ed448") {
    const ByteView point = public_fields.string();
    const Secret seed = edwards_seed(key);
    w.string(point);
    w.u32(static_cast<std::uint32_t>(seed.size() + point.size()));
    w.raw(seed.view());
    w.raw(point);
  } else {  // ECDSA and DSA: the fields in front are those of the public blob
    w.raw(public_fields.rest());
    w.mpint(private_number(key, OSSL_PKEY_PARAM_PRIV_KEY).view());
  }
}

}  // namespace

Result parse_openssh_key(ByteView content, const Secret& passphrase) {
  try {
    return read_content(content, passphrase);
  } catch (const ProtocolError& error) {  // from Reader: the file is cut short or a length is wrong
    return damaged(error.what());
  }
}

std::variant<PublicHalf, KeyFileError> openssh_public_half(ByteView content) {
  try {
    auto envelope = read_envelope(content);
    if (auto* error = std::get_if<KeyFileError>(&envelope)) return std::move(*error);
    return read_public(std::get<Envelope>(envelope));
  } catch (const ProtocolError& error) {
    return damaged(error.what());
  }
}

Secret openssh_key_content(const PrivateKey& key, std::string_view comment) {
  // Seven numbers of at most kMaxRsaBits, names and lengths, and the comment.
  const std::size_t most = kMaxRsaBits + comment.size();
  WipedBuffer section(most), content(2 * most);
  std::array<std::uint8_t, 4> check{};
  SystemRandom().fill(check);
  Writer w(section.buffer);
  w.raw(check);
  w.raw(check);
  write_private_fields(w, key);
  w.string(comment);
  const std::size_t block = find_file_cipher("none")->block_bytes;
  for (std::uint8_t pad = 1; section.buffer.size() % block != 0; ++pad) w.u8(pad);

  Writer out(content.buffer);
  out.raw(as_bytes(kMagic));
  out.string("none");
  out.string("none");
  out.string("");
  out.u32(1);
  out.string(key.public_blob());
  out.string(section.buffer.view());
  return Secret(content.buffer.view());
}

}  // namespace ssh2core::keys
