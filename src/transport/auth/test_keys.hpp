#pragma once

#include "transport/auth/algorithm.hpp"
#include "transport/auth/evp.hpp"

#include <string>
#include <string_view>

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

namespace rollcall::auth {

// The keys of RFC 7515, appendix A.2 and A.3, and of RFC 8037, appendix A.2.
constexpr std::string_view kRfcModulus =
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4"
    "d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5re"
    "xMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxX"
    "FvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
constexpr std::string_view kRfcCurveX = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
constexpr std::string_view kRfcCurveY = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
constexpr std::string_view kRfcEdwardsX = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

// Pairs of keys for tests, as PEM.
struct KeyPair {
  std::string private_pem;
  std::string public_pem;
};

inline std::string read_all(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

inline KeyPair pair_of(EVP_PKEY* generated) {
  const PkeyPtr pkey(generated);
  const BioPtr private_bio(BIO_new(BIO_s_mem()));
  const BioPtr public_bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(private_bio.get(), pkey.get(), nullptr, nullptr, 0, nullptr, nullptr);
  PEM_write_bio_PUBKEY(public_bio.get(), pkey.get());
  return {read_all(private_bio.get()), read_all(public_bio.get())};
}

inline KeyPair rsa_pair(std::size_t bits) {
  return pair_of(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", bits));
}

inline KeyPair curve_pair(const char* curve) {
  return pair_of(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve));
}

inline KeyPair edwards_pair(const char* type) {
  return pair_of(EVP_PKEY_Q_keygen(nullptr, nullptr, type));
}

inline KeyPair pair_for(Algorithm algorithm) {
  if (algorithm == Algorithm::rs256) return rsa_pair(2048);
  return algorithm == Algorithm::es256 ? curve_pair("P-256") : edwards_pair("ED25519");
}

}  // namespace rollcall::auth
