// Which certificates of users are taken.
#include "keys/certificate_rules.h"

#include <gtest/gtest.h>

#include "libssh2core/tests/certificate_maker.h"

namespace ssh2core::keys {
namespace {

Certificate good() {
  Certificate certificate;
  certificate.principals = {"ann", "ops"};
  certificate.valid_after = 1000;
  certificate.valid_before = 2000;
  return certificate;
}

bool takes(const Certificate& certificate, const CertificateQuestion& question) {
  return std::holds_alternative<CertificateGrant>(check_user_certificate(certificate, question));
}

const CertificateQuestion kAnn{{"ann"}, 1500, "127.0.0.1"};

TEST(CertificateRules, ValidityKindAndPrincipals) {
  EXPECT_TRUE(takes(good(), kAnn));
  for (const auto& [now, valid] :
       {std::pair{999U, false}, {1000U, true}, {1999U, true}, {2000U, false}})
    EXPECT_EQ(takes(good(), {{"ann"}, now, "127.0.0.1"}), valid) << now;
  EXPECT_FALSE(takes(good(), {{"bob"}, 1500, ""}));
  EXPECT_FALSE(takes(good(), {{"an"}, 1500, ""}));
  EXPECT_FALSE(takes(good(), {{}, 1500, ""}));
  EXPECT_TRUE(takes(good(), {{"bob", "ops"}, 1500, ""}));
  Certificate nobody = good();
  nobody.principals.clear();
  EXPECT_FALSE(takes(nobody, kAnn));
  Certificate host = good();
  host.kind = Certificate::Kind::Host;
  EXPECT_FALSE(takes(host, kAnn));
}

TEST(CertificateRules, CriticalOptions) {
  const auto with = [](const std::string& name, const Bytes& data) {
    Certificate certificate = good();
    certificate.critical_options = {{name, data}};
    return takes(certificate, kAnn);
  };
  EXPECT_TRUE(with("force-command", option_text("internal-sftp")));
  for (const char* command : {"", "internal-sftp -R", "/bin/sh", "scp -t /"})
    EXPECT_FALSE(with("force-command", option_text(command))) << command;
  EXPECT_FALSE(with("force-command", {}));
  EXPECT_TRUE(with("source-address", option_text("10.0.0.0/8,127.0.0.1")));
  EXPECT_FALSE(with("source-address", option_text("10.0.0.0/8")));
  EXPECT_FALSE(with("source-address", option_text("")));
  EXPECT_TRUE(with("verify-required", {}));
  EXPECT_FALSE(with("verify-required", option_text("x")));
  EXPECT_FALSE(with("", {}));
  EXPECT_FALSE(with("something@else", {}));
}

TEST(CertificateRules, TokensAreTouchedUnlessTheCertificateSaysOtherwise) {
  Certificate certificate = good();
  auto grant = std::get<CertificateGrant>(check_user_certificate(certificate, kAnn));
  EXPECT_TRUE(grant.touch_required);
  EXPECT_FALSE(grant.verify_required);
  certificate.extensions = {{"no-touch-required", {}}, {"permit-pty", {}}, {"unknown@x", {}}};
  certificate.critical_options = {{"verify-required", {}}};
  grant = std::get<CertificateGrant>(check_user_certificate(certificate, kAnn));
  EXPECT_FALSE(grant.touch_required);
  EXPECT_TRUE(grant.verify_required);
}

TEST(CertificateRules, Networks) {
  EXPECT_TRUE(is_in_networks("10.1.2.3", "10.0.0.0/8"));
  EXPECT_TRUE(is_in_networks("10.1.2.3", "::1,10.1.2.3"));
  EXPECT_TRUE(is_in_networks("::ffff:10.1.2.3", "10.0.0.0/8")) << "IPv4 on an IPv6 socket";
  EXPECT_TRUE(is_in_networks("2001:db8::5", "2001:db8::/32"));
  EXPECT_TRUE(is_in_networks("10.1.2.3", "0.0.0.0/0"));
  EXPECT_FALSE(is_in_networks("11.1.2.3", "10.0.0.0/8"));
  EXPECT_FALSE(is_in_networks("::1", "0.0.0.0/0"));
  for (const char* list : {"", ",", "10.0.0.0/8,", "10.0.0.0/33", "10.0.0.0/", "10.0.0.1/8", "10.*",
                           "!10.1.2.3", "10.0.0.0/8,host", "10.0.0.0/-1", "10.0.0.0/0008"})
    EXPECT_FALSE(is_in_networks("10.1.2.3", list)) << list;
  EXPECT_FALSE(is_in_networks("", "0.0.0.0/0"));
}

}  // namespace
}  // namespace ssh2core::keys
