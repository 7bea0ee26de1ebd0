#include "app/config/text_checks.hpp"

#include "adapters/postgres/table_name.hpp"
#include "adapters/postgres/url.hpp"
#include "adapters/redis/endpoint.hpp"
#include "app/config/quote.hpp"
#include "core/utf8.hpp"
#include "transport/auth/key.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <system_error>

#include <arpa/inet.h>
#include <fmt/format.h>

namespace rollcall::app {
namespace {

constexpr std::size_t kMaxHostBytes = 253;
constexpr std::size_t kMaxCookieNameBytes = 64;
constexpr std::size_t kMaxKeyBytes = 256;
constexpr std::size_t kMaxNameBytes = 64;
constexpr std::size_t kMaxLabelBytes = 128;
constexpr std::size_t kMinSecretBytes = 16;
constexpr std::size_t kMaxApiKeyBytes = 512;

constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kDigits = "0123456789";

bool consists_of(std::string_view text, std::string_view first, std::string_view second,
                 std::string_view third = {}) {
  return std::ranges::all_of(text, [&](char c) {
    return first.find(c) != std::string_view::npos || second.find(c) != std::string_view::npos ||
           third.find(c) != std::string_view::npos;
  });
}

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// An address in network order: 4 or 16 bytes.
struct Address {
  int family = AF_INET;
  std::array<unsigned char, 16> bytes{};

  std::size_t bits() const { return family == AF_INET ? 32 : 128; }
  std::string text() const {
    std::array<char, INET6_ADDRSTRLEN> buffer{};
    inet_ntop(family, bytes.data(), buffer.data(), buffer.size());
    return buffer.data();
  }
};

std::optional<Address> parse_address(std::string_view text) {
  Address address;
  address.family = text.find(':') == std::string_view::npos ? AF_INET : AF_INET6;
  const std::string terminated(text);
  if (terminated.find('\0') != std::string::npos) return std::nullopt;
  if (inet_pton(address.family, terminated.c_str(), address.bytes.data()) != 1) {
    return std::nullopt;
  }
  return address;
}

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc{} || rest != end) return std::nullopt;
  return number;
}

bool is_host_name(std::string_view host) {
  if (host.empty() || host.size() > kMaxHostBytes) return false;
  if (host.front() == '.' || host.front() == '-') return false;
  // What looks like an address must be one: "127.0.0" and "999.1.1.1" are slips, not names.
  if (consists_of(host, kDigits, ".")) return parse_address(host).has_value();
  return consists_of(lowered(host), kLower, kDigits, ".-_");
}

base::Error invalid_endpoint(std::string_view text, std::string_view what) {
  return {base::Errc::invalid_argument, "invalid_endpoint",
          fmt::format("{} {}: give HOST:PORT, such as 127.0.0.1:8085 or [::1]:8085", excerpt(text),
                      what)};
}

// The adapters' errors begin with the name of the setting, which stands before a complaint anyway.
std::string complaint_of(const base::Error& error, std::string_view setting) {
  std::string_view message = error.message;
  if (message.starts_with(setting)) message.remove_prefix(setting.size());
  message.remove_prefix(std::min(message.find_first_not_of(": "), message.size()));
  return std::string(message);
}

}  // namespace

base::Result<Endpoint> parse_endpoint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return invalid_endpoint(text, "has no port");
  const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
  if (!port) return invalid_endpoint(text, "has no port from 0 to 65535");
  std::string_view host = text.substr(0, colon);
  if (host.empty()) return invalid_endpoint(text, "has no host (0.0.0.0 is every address)");
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    const auto address = parse_address(host);
    if (!address || address->family != AF_INET6) {
      return invalid_endpoint(text, "holds no IPv6 address in its brackets");
    }
  } else if (host.find(':') != std::string_view::npos) {
    return invalid_endpoint(text, "holds an IPv6 address without brackets, or a scheme");
  } else if (!is_host_name(host)) {
    return invalid_endpoint(text, "holds no valid host");
  }
  return Endpoint{std::string(host), *port};
}

bool is_loopback(std::string_view host) {
  if (lowered(host) == "localhost") return true;
  const auto address = parse_address(host);
  if (!address) return false;
  return address->family == AF_INET ? address->bytes[0] == 127 : address->text() == "::1";
}

Complaint check_endpoint(std::string_view text) {
  const auto endpoint = parse_endpoint(text);
  return endpoint.ok() ? Complaint{} : endpoint.error().message;
}

Complaint check_origin(std::string_view text) {
  const auto refuse = [&](std::string_view what) {
    return fmt::format("{} {}: give an exact origin, such as https://app.example.com",
                       excerpt(text), what);
  };
  const std::size_t separator = text.find("://");
  if (text.find('*') != std::string_view::npos) return refuse("holds a wildcard");
  if (separator == std::string_view::npos || separator == 0) return refuse("has no scheme");
  if (text != lowered(text)) return refuse("has capital letters, which no browser sends");
  const std::string_view scheme = text.substr(0, separator);
  if (!consists_of(scheme, kLower, kDigits, "+.-")) return refuse("has no valid scheme");
  const std::string_view rest = text.substr(separator + 3);
  if (rest.find_first_of("/?#") != std::string_view::npos) return refuse("has a path");
  if (rest.find('@') != std::string_view::npos) return refuse("names a user");
  const bool has_port = rest.rfind(':') != std::string_view::npos && !rest.ends_with(']');
  const auto endpoint = parse_endpoint(has_port ? std::string(rest) : std::string(rest) + ":0");
  if (!endpoint.ok() || (has_port && endpoint.value().port == 0)) {
    return refuse("has no valid host and port");
  }
  const bool is_default = (scheme == "https" && endpoint.value().port == 443) ||
                          (scheme == "http" && endpoint.value().port == 80);
  if (is_default) return refuse("names the default port, which browsers leave out");
  return std::nullopt;
}

Complaint check_cidr(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address) {
    return fmt::format("{} is no network: give one such as 10.0.0.0/8 or fd00::/8", excerpt(text));
  }
  if (slash == std::string_view::npos) {
    return fmt::format("{} has no prefix length: for this address alone give {}/{}", excerpt(text),
                       text, address->bits());
  }
  const auto length = parse_number<std::size_t>(text.substr(slash + 1));
  if (!length || *length > address->bits()) {
    return fmt::format("{} has no prefix length from 0 to {}", excerpt(text), address->bits());
  }
  Address network = *address;
  for (std::size_t bit = *length; bit < network.bits(); ++bit) {
    network.bytes[bit / 8] &= static_cast<unsigned char>(~(0x80U >> (bit % 8)));
  }
  if (network.bytes == address->bytes) return std::nullopt;
  return fmt::format("{} has bits beyond its prefix: the network is {}/{}", excerpt(text),
                     network.text(), *length);
}

Complaint check_redis_url(std::string_view text) {
  const auto endpoint = redis::parse_url(text);
  return endpoint.ok() ? Complaint{} : complaint_of(endpoint.error(), "redis.url");
}

Complaint check_postgres_url(std::string_view text) {
  const bool is_url = text.starts_with("postgresql://") || text.starts_with("postgres://");
  if (!is_url) return "must begin with postgresql:// or postgres://";
  if (core::has_control_characters(text)) return "holds a control character";
  const auto checked = postgres::check_url(std::string(text));
  return checked.ok() ? Complaint{} : complaint_of(checked.error(), "postgres.url");
}

Complaint check_table_name(std::string_view text) {
  const auto quoted = postgres::quoted_table(text);
  return quoted.ok() ? Complaint{} : quoted.error().message;
}

Complaint check_cookie_name(std::string_view text) {
  constexpr std::string_view kSymbols = "!#$%&'*+-.^_`|~";
  if (text.size() > kMaxCookieNameBytes ||
      !consists_of(lowered(text), kLower, kDigits, kSymbols)) {
    return fmt::format("{} is no name for a cookie: give up to {} letters, digits, - or _",
                       excerpt(text), kMaxCookieNameBytes);
  }
  return std::nullopt;
}

Complaint check_redis_key(std::string_view text) {
  if (text.size() > kMaxKeyBytes) return fmt::format("is longer than {} bytes", kMaxKeyBytes);
  if (core::has_control_characters(text)) return "holds a control character";
  return std::nullopt;
}

Complaint check_name(std::string_view text) {
  if (text.size() > kMaxNameBytes || !consists_of(lowered(text), kLower, kDigits, "_-.") ||
      text.front() == '.') {
    return fmt::format("{} is no name: give up to {} letters, digits, _, - or .", excerpt(text),
                       kMaxNameBytes);
  }
  return std::nullopt;
}

Complaint check_label(std::string_view text) {
  if (text.size() > kMaxLabelBytes) return fmt::format("is longer than {} bytes", kMaxLabelBytes);
  if (core::has_control_characters(text)) return "holds a control character";
  return std::nullopt;
}

Complaint check_api_key(std::string_view text) {
  if (text.size() < kMinSecretBytes) {
    return fmt::format(
        "is under {} bytes, which can be guessed: make one with \"openssl rand -hex 32\"",
        kMinSecretBytes);
  }
  const auto is_visible = [](char c) { return c > 0x20 && c < 0x7f; };
  if (text.size() > kMaxApiKeyBytes) return fmt::format("is over {} bytes", kMaxApiKeyBytes);
  if (!std::ranges::all_of(text, is_visible)) {
    return "holds a character that cannot travel in a header: use visible ASCII";
  }
  return std::nullopt;
}

Complaint check_token_secret(std::string_view text) {
  const auto key = auth::Key::from_secret(text);
  return key.ok() ? Complaint{} : key.error().message;
}

}  // namespace rollcall::app
