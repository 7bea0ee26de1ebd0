#include "transport/auth/digest.hpp"

#include "transport/auth/evp.hpp"

#include <stdexcept>

namespace rollcall::auth {
namespace {

using MethodPtr = std::unique_ptr<EVP_MD, FreedBy<EVP_MD_free>>;

template <std::size_t Size>
std::array<unsigned char, Size> digest_by(const EVP_MD* method, std::string_view bytes) {
  std::array<unsigned char, Size> digest{};
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, method, nullptr) != 1 ||
      size != Size) {
    throw std::runtime_error("OpenSSL gives no digest");
  }
  return digest;
}

}  // namespace

std::array<unsigned char, 20> sha1(std::string_view bytes) {
  static const MethodPtr method(EVP_MD_fetch(nullptr, "SHA1", nullptr));
  return digest_by<20>(method.get(), bytes);
}

std::array<unsigned char, 32> sha256(std::string_view bytes) {
  static const MethodPtr method(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  return digest_by<32>(method.get(), bytes);
}

}  // namespace rollcall::auth
