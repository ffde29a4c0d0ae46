#include "keys/key_kinds.h"

#include <algorithm>
#include <array>

#include "libssh2core/crypto/key_table.h"

namespace ssh2core::keys {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

struct Kind {
  std::string_view begins;  // a line that begins so makes the file one of this kind
  std::string_view sentence;
};
constexpr auto kKinds = std::to_array<Kind>({
    {"-----BEGIN CERTIFICATE", "it is an X.509 certificate; the private key belongs here"},
    {"-----BEGIN PUBLIC KEY-----", "it is a public key; the private key belongs here"},
    {"-----BEGIN RSA PUBLIC KEY-----", "it is a public key; the private key belongs here"},
    {"-----BEGIN DH PARAMETERS", "it holds Diffie-Hellman parameters; a private key belongs here"},
    {"-----BEGIN ", "it is a PEM file of another kind; a private key belongs here"},
    {"---- BEGIN SSH2 PUBLIC KEY ----",
     "it is a public key (RFC 4716); the private key belongs here"},
    {"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----",
     "it is a private key in the format of ssh.com; convert it with `ssh-keygen -i -f FILE`, or "
     "with `puttygen FILE -O private-openssh-new -o NEW` if it has a passphrase"},
    {"PuTTY-User-Key-File-1",
     "it is a PuTTY key (PPK version 1, long outdated); make a new one with `keytool generate`"},
    {"PuTTY-User-Key-File-2",
     "it is a PuTTY key (PPK version 2); convert it with `puttygen FILE -O private-openssh-new -o "
     "NEW`"},
    {"PuTTY-User-Key-File-3",
     "it is a PuTTY key (PPK version 3); convert it with `puttygen FILE -O private-openssh-new -o "
     "NEW`"},
    {"SSH PRIVATE KEY FILE FORMAT 1.1",
     "it is a key of SSH protocol 1, which is no longer used; make a new one with `keytool "
     "generate`"},
});

/// True when the file's bytes are those of Dropbear's own format: a length, then the key's type.
bool looks_like_dropbear(std::string_view text) {
  return text.size() > 8 && text.substr(0, 3) == std::string_view("\0\0\0", 3) &&
         (text.substr(4, 4) == "ssh-" || text.substr(4, 6) == "ecdsa-");
}

bool is_text(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    return static_cast<unsigned char>(c) < 32 && kBlanks.find(c) == std::string_view::npos &&
           c != '\f';
  });
}

std::string describe_binary(std::string_view text) {
  if (looks_like_dropbear(text))
    return "it is a key in Dropbear's format; convert it with `dropbearconvert dropbear openssh "
           "FILE NEW`";
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
    return "it is UTF-16 text; save it as plain ASCII";
  if (text.starts_with("\x30"))
    return "it is binary (DER perhaps); convert it to PEM with `openssl pkey -inform DER -in FILE "
           "-out NEW`";
  return "it is binary and no private key";
}

}  // namespace

std::string unsupported_type(std::string_view type) {
  if (type.ends_with("-cert-v01@openssh.com"))
    return "a certificate, which has no place in a list of keys; put its plain key there, or its "
           "CA's key with cert-authority in front";
  return {};
}

std::string unusable_private_type(std::string_view type) {
  if (type.starts_with("sk-"))
    return "a key of a hardware token (" + std::string(type) +
           "), which signs for users only; make an ed25519 key instead";
  if (type.ends_with("-cert-v01@openssh.com"))
    return "in one file with its certificate, which is not supported; use the plain key";
  return {};
}

std::string describe_other_file(std::string_view text) {
  if (text.find_first_not_of(kBlanks) == std::string_view::npos) return "it is empty";
  if (!is_text(text)) return describe_binary(text);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    at = end + 1;
    const std::size_t first = line.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) continue;
    line.remove_prefix(first);
    const auto kind = std::ranges::find_if(
        kKinds, [&](const Kind& candidate) { return line.starts_with(candidate.begins); });
    if (kind != kKinds.end()) return std::string(kind->sentence);
    const std::string_view word = line.substr(0, line.find_first_of(kBlanks));
    if (word.ends_with("-cert-v01@openssh.com"))
      return "it is an OpenSSH certificate; the private key belongs here";
    if (find_signature(word) != nullptr || word == "ssh-rsa" || !unsupported_type(word).empty())
      return "it is a public key; the private key belongs here, usually the same file name without "
             ".pub";
  }
  return "it is no private key in a format we know (OpenSSH or PEM)";
}

}  // namespace ssh2core::keys
