// DSA keys for tests: OpenSSL would search a second for the group.
#pragma once

#include <openssl/core_names.h>

#include "libssh2core/crypto/evp_key.h"

namespace ssh2core {

/// A new key in the group of RFC 6979, appendix A.2.1.
inline EvpPkey new_dsa_key() {
  const auto number = [](const char* digits) {
    BIGNUM* made = nullptr;
    BN_hex2bn(&made, digits);
    return Bignum(made);
  };
  const Bignum p = number(
      "86F5CA03DCFEB225063FF830A0C769B9DD9D6153AD91D7CE27F787C43278B447"
      "E6533B86B18BED6E8A48B784A14C252C5BE0DBF60B86D6385BD2F12FB763ED88"
      "73ABFD3F5BA2E0A8C0A59082EAC056935E529DAF7C610467899C77ADEDFC846C"
      "881870B7B19B2B58F9BE0521A17002E3BDD6B86685EE90B3D9A1B02B782B1779");
  const Bignum q = number("996F967F6C8E388D9E28D01E205FBA957A5698B1");
  const Bignum g = number(
      "07B0F92546150B62514BB771E2A0C0CE387F03BDA6C56B505209FF25FD3C133D"
      "89BBCD97E904E09114D9A7DEFDEADFC9078EA544D2E401AEECC40BB9FBBF78FD"
      "87995A10A1C27CB7789B594BA7EFB5C4326A9FE59A070E136DB77175464ADCA4"
      "17BE5DCE2F40D10A46A3A3943F26AB7FD9C0398FF8C76EE0A56826A8A88F1DBD");
  const Bignum x(BN_new()), y(BN_new());
  const std::unique_ptr<BN_CTX, FreeWith<BN_CTX_free>> context(BN_CTX_new());
  BN_priv_rand(x.get(), 159, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY);
  BN_mod_exp(y.get(), g.get(), x.get(), p.get(), context.get());
  const ParamBuilder params = new_params();
  OSSL_PARAM_BLD_push_BN(params.get(), OSSL_PKEY_PARAM_FFC_P, p.get());
  OSSL_PARAM_BLD_push_BN(params.get(), OSSL_PKEY_PARAM_FFC_Q, q.get());
  OSSL_PARAM_BLD_push_BN(params.get(), OSSL_PKEY_PARAM_FFC_G, g.get());
  OSSL_PARAM_BLD_push_BN(params.get(), OSSL_PKEY_PARAM_PUB_KEY, y.get());
  OSSL_PARAM_BLD_push_BN(params.get(), OSSL_PKEY_PARAM_PRIV_KEY, x.get());
  return key_from_params("DSA", EVP_PKEY_KEYPAIR, params);
}

}  // namespace ssh2core
