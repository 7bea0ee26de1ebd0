#include "transport/auth/key.hpp"

#include <utility>

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/pem.h>

namespace rollcall::auth {
namespace {

constexpr std::size_t kCoordinateBytes = 32;
constexpr std::string_view kPemMark = "-----BEGIN ";

using ParamBuilderPtr = std::unique_ptr<OSSL_PARAM_BLD, FreedBy<OSSL_PARAM_BLD_free>>;
using ParamsPtr = std::unique_ptr<OSSL_PARAM, FreedBy<OSSL_PARAM_free>>;

base::Error bad_key(std::string message) {
  ERR_clear_error();
  return {base::Errc::invalid_argument, "bad_key", std::move(message)};
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

NumberPtr number_of(std::string_view bytes) {
  return NumberPtr(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

PkeyPtr pkey_of(const char* type, OSSL_PARAM* params) {
  const PkeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* pkey = nullptr;
  if (EVP_PKEY_fromdata_init(context.get()) == 1) {
    EVP_PKEY_fromdata(context.get(), &pkey, EVP_PKEY_PUBLIC_KEY, params);
  }
  return PkeyPtr(pkey);
}

std::string type_problem(Algorithm algorithm, const EVP_PKEY* pkey) {
  const int type = EVP_PKEY_get_base_id(pkey);
  if (algorithm == Algorithm::rs256) {
    const int bits = EVP_PKEY_get_bits(pkey);
    if (type != EVP_PKEY_RSA) return "is no RSA key, as RS256 needs";
    if (bits >= Key::kMinRsaBits && bits <= Key::kMaxRsaBits) return {};
    return fmt::format("has {} bits: RS256 takes RSA keys of {} to {}", bits, Key::kMinRsaBits,
                       Key::kMaxRsaBits);
  }
  if (algorithm == Algorithm::es256) {
    char curve[32] = {};
    const bool named = EVP_PKEY_get_group_name(pkey, curve, sizeof curve, nullptr) == 1;
    const bool fits = type == EVP_PKEY_EC && named && std::string_view(curve) == "prime256v1";
    return fits ? "" : "is no key on the curve P-256, as ES256 needs";
  }
  return type == EVP_PKEY_ED25519 ? "" : "is no Ed25519 key, as EdDSA needs";
}

// A pass phrase would be asked for on the terminal.
int no_pass_phrase(char*, int, int, void*) {
  return -1;
}

MacPtr make_mac(std::string_view secret) {
  const std::unique_ptr<EVP_MAC, FreedBy<EVP_MAC_free>> hmac(
      EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr));
  MacPtr mac(EVP_MAC_CTX_new(hmac.get()));
  std::string digest = OSSL_DIGEST_NAME_SHA2_256;
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_end()};
  if (EVP_MAC_init(mac.get(), bytes_of(secret), secret.size(), params) != 1) return nullptr;
  return mac;
}

}  // namespace

base::Result<Key> Key::from_secret(std::string_view secret) {
  if (secret.size() < kMinSecretBytes) {
    return bad_key(fmt::format(
        "is under {} bytes, which can be guessed: make one with \"openssl rand -hex 32\"",
        kMinSecretBytes));
  }
  if (secret.size() > kMaxSecretBytes)
    return bad_key(fmt::format("is over {} bytes", kMaxSecretBytes));
  if (secret.find(kPemMark) != std::string_view::npos) {
    return bad_key(
        "is a PEM: a public key is no secret; give it as auth.public_key_file, with "
        "its auth.algorithm");
  }
  auto mac = make_mac(secret);
  if (!mac) return bad_key("is refused by OpenSSL");
  return Key(std::move(mac));
}

base::Result<Key> Key::from_pem(Algorithm algorithm, std::string_view pem) {
  if (pem.size() > kMaxPemBytes) return bad_key(fmt::format("is over {} bytes", kMaxPemBytes));
  const std::size_t first = pem.find(kPemMark);
  if (first == std::string_view::npos) return bad_key("holds no PEM (\"-----BEGIN PUBLIC KEY\")");
  const std::string_view kind = pem.substr(first, pem.find('\n', first) - first);
  if (kind.find("PRIVATE KEY") != std::string_view::npos) {
    return bad_key("holds a private key: give the public one alone (openssl pkey -pubout)");
  }
  if (kind.find("CERTIFICATE") != std::string_view::npos) {
    return bad_key("holds a certificate: give its public key (openssl x509 -noout -pubkey)");
  }
  if (pem.find(kPemMark, first + 1) != std::string_view::npos) {
    return bad_key("holds more than one PEM block: for several keys give auth.jwks_file");
  }
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  PkeyPtr pkey(PEM_read_bio_PUBKEY(bio.get(), nullptr, no_pass_phrase, nullptr));
  if (!pkey) return bad_key("holds no public key that can be read");
  return checked(algorithm, std::move(pkey));
}

base::Result<Key> Key::rsa(std::string_view modulus, std::string_view exponent) {
  constexpr std::size_t kMaxBytes = kMaxRsaBits / 8;
  if (modulus.size() > kMaxBytes || exponent.size() > kMaxBytes) {
    return bad_key(fmt::format("has more than {} bits", kMaxRsaBits));
  }
  const NumberPtr n = number_of(modulus);
  const NumberPtr e = number_of(exponent);
  const ParamBuilderPtr builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  const ParamsPtr params(OSSL_PARAM_BLD_to_param(builder.get()));
  return checked(Algorithm::rs256, pkey_of("RSA", params.get()));
}

base::Result<Key> Key::p256(std::string_view x, std::string_view y) {
  if (x.size() != kCoordinateBytes || y.size() != kCoordinateBytes) {
    return bad_key("has a coordinate that is not 32 bytes long");
  }
  std::string point = fmt::format("\x04{}{}", x, y);  // SEC 1, 2.3.3: uncompressed
  std::string curve = "prime256v1";
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, curve.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
      OSSL_PARAM_construct_end()};
  return checked(Algorithm::es256, pkey_of("EC", params));
}

base::Result<Key> Key::ed25519(std::string_view x) {
  if (x.size() != kCoordinateBytes) return bad_key("has an x that is not 32 bytes long");
  return checked(Algorithm::eddsa, PkeyPtr(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr,
                                                                       bytes_of(x), x.size())));
}

base::Result<Key> Key::checked(Algorithm algorithm, PkeyPtr pkey) {
  if (!pkey) return bad_key("is no valid public key");
  if (auto problem = type_problem(algorithm, pkey.get()); !problem.empty()) {
    return bad_key(std::move(problem));
  }
  const PkeyContextPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, pkey.get(), nullptr));
  if (EVP_PKEY_public_check(context.get()) != 1) return bad_key("is no valid public key");
  return Key(algorithm, std::move(pkey));
}

}  // namespace rollcall::auth
