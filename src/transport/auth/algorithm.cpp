#include "transport/auth/algorithm.hpp"

namespace rollcall::auth {

std::string_view name_of(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::hs256:
      return "HS256";
    case Algorithm::rs256:
      return "RS256";
    case Algorithm::es256:
      return "ES256";
    case Algorithm::eddsa:
      return "EdDSA";
  }
  return "";
}

std::optional<Algorithm> parse_algorithm(std::string_view name) {
  for (const auto algorithm :
       {Algorithm::hs256, Algorithm::rs256, Algorithm::es256, Algorithm::eddsa}) {
    if (name == name_of(algorithm)) return algorithm;
  }
  return std::nullopt;
}

}  // namespace rollcall::auth
