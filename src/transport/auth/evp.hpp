#pragma once

#include <memory>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

namespace rollcall::auth {

// OpenSSL's objects, freed as they go out of scope.
template <auto Free>
struct FreedBy {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using PkeyPtr = std::unique_ptr<EVP_PKEY, FreedBy<EVP_PKEY_free>>;
using PkeyContextPtr = std::unique_ptr<EVP_PKEY_CTX, FreedBy<EVP_PKEY_CTX_free>>;
using DigestPtr = std::unique_ptr<EVP_MD_CTX, FreedBy<EVP_MD_CTX_free>>;
using MacPtr = std::unique_ptr<EVP_MAC_CTX, FreedBy<EVP_MAC_CTX_free>>;
using NumberPtr = std::unique_ptr<BIGNUM, FreedBy<BN_free>>;
using EcdsaPtr = std::unique_ptr<ECDSA_SIG, FreedBy<ECDSA_SIG_free>>;
using BioPtr = std::unique_ptr<BIO, FreedBy<BIO_free>>;

}  // namespace rollcall::auth
