#include "transport/auth/signer.hpp"

#include "transport/auth/base64url.hpp"
#include "transport/auth/key.hpp"

#include <array>
#include <stdexcept>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

namespace rollcall::auth {
namespace {

namespace json = boost::json;

constexpr std::size_t kP256Bytes = 32;

base::Error bad_key(std::string_view message) {
  ERR_clear_error();
  return {base::Errc::invalid_argument, "bad_key", std::string(message)};
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

std::int64_t seconds_of(base::WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

// RFC 7518, 3.4: the two numbers side by side.
std::string jose_signature(const std::string& der) {
  const unsigned char* in = bytes_of(der);
  const EcdsaPtr pair(d2i_ECDSA_SIG(nullptr, &in, static_cast<long>(der.size())));
  std::string signature(2 * kP256Bytes, '\0');
  BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), bytes_of(signature), kP256Bytes);
  BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), bytes_of(signature) + kP256Bytes, kP256Bytes);
  return signature;
}

std::string pem_of_public(EVP_PKEY* pkey) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PUBKEY(bio.get(), pkey);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

int no_pass_phrase(char*, int, int, void*) {
  return -1;
}

}  // namespace

base::Result<Signer> Signer::from_secret(std::string_view secret) {
  if (const auto key = Key::from_secret(secret); !key) return key.error();
  return Signer(Algorithm::hs256, std::string(secret), nullptr);
}

base::Result<Signer> Signer::from_pem(Algorithm algorithm, std::string_view private_pem) {
  if (private_pem.size() > Key::kMaxPemBytes) return bad_key("is too large for a key");
  const BioPtr bio(BIO_new_mem_buf(private_pem.data(), static_cast<int>(private_pem.size())));
  PkeyPtr pkey(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_pass_phrase, nullptr));
  if (!pkey) return bad_key("holds no private key (PEM, without a pass phrase)");
  if (const auto key = Key::from_pem(algorithm, pem_of_public(pkey.get())); !key) {
    return key.error();
  }
  return Signer(algorithm, {}, std::move(pkey));
}

std::string Signer::token(const TokenContent& content) const {
  json::object header{{"alg", name_of(algorithm_)}, {"typ", "JWT"}};
  if (!content.key_id.empty()) header["kid"] = content.key_id;
  json::object claims{{"sub", content.user.text()},
                      {"iat", seconds_of(content.issued_at)},
                      {"exp", seconds_of(content.expires_at)}};
  if (!content.issuer.empty()) claims["iss"] = content.issuer;
  if (!content.audience.empty()) claims["aud"] = content.audience;
  if (!content.watch.empty()) {
    json::array watch(content.watch.begin(), content.watch.end());
    claims["rollcall"] = json::object{{"watch", std::move(watch)}};
  }
  return sign(json::serialize(header), json::serialize(claims));
}

std::string Signer::sign(std::string_view header, std::string_view payload) const {
  const std::string text = encode_base64url(header) + '.' + encode_base64url(payload);
  return text + '.' + encode_base64url(signature_of(text));
}

std::string Signer::signature_of(const std::string& text) const {
  if (algorithm_ == Algorithm::hs256) {
    std::string digest(EVP_MAX_MD_SIZE, '\0');
    unsigned int size = 0;
    HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()), bytes_of(text),
         text.size(), bytes_of(digest), &size);
    digest.resize(size);
    return digest;
  }
  const DigestPtr context(EVP_MD_CTX_new());
  const EVP_MD* digest = algorithm_ == Algorithm::eddsa ? nullptr : EVP_sha256();
  std::size_t size = 0;
  EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, pkey_.get());
  EVP_DigestSign(context.get(), nullptr, &size, bytes_of(text), text.size());
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), bytes_of(signature), &size, bytes_of(text), text.size()) !=
      1) {
    throw std::runtime_error("OpenSSL cannot sign with this key");
  }
  signature.resize(size);
  return algorithm_ == Algorithm::es256 ? jose_signature(signature) : signature;
}

}  // namespace rollcall::auth
