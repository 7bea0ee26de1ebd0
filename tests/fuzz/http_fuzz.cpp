#include "transport/http/access.hpp"
#include "transport/http/request_parser.hpp"
#include "transport/http/session_routes.hpp"
#include "transport/http/target.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace rollcall::http;

constexpr std::size_t kChoices = 3;  // bytes of the input that choose the cuts and the limits

void require(bool condition) {
  if (!condition) std::abort();
}

AccessRules make_rules(bool dev) {
  AccessRules rules;
  rules.dev = dev;
  rules.allowed_origins = {"https://app.example"};
  require(add_trusted_proxy(rules, "10.0.0.0/8").ok());
  require(add_trusted_proxy(rules, "fd00::/8").ok());
  return rules;
}

// What follows the parser on a request's way; returns what it makes of the request.
std::string interpret(const Request& request) {
  std::string text;
  if (const auto target = split_target(request.target)) {
    require(target.value().path.starts_with('/'));
    if (const auto segments = path_segments(target.value().path)) {
      for (const std::string& segment : segments.value()) {
        require(!segment.empty() && segment != "." && segment != "..");
        text += "/" + segment;
      }
    }
    if (const auto limit = query_value(target.value().query, "limit")) {
      text += "?" + limit.value().value_or("none");
    }
  }
  text += cookie_value(request.header("Cookie"), "user_session_id").value_or("none");
  for (const bool dev : {false, true}) {
    const Client proxy{boost::asio::ip::make_address("10.0.0.1"), false};
    const auto caller = identify(make_rules(dev), request, proxy);
    text += caller ? caller.value().client.address.to_string() : caller.error().message;
    if (!caller) continue;
    const std::string& fields = caller.value().cors_fields;
    require(std::ranges::count(fields, '\n') == (fields.empty() ? 0 : 4));
  }
  return text;
}

void append(std::string& text, const Request& request) {
  text += std::to_string(static_cast<int>(request.method)) + " ";
  text += request.target;
  text += " 1." + std::to_string(request.minor_version) + (request.keep_alive ? "k" : "c");
  for (const Header& header : request.headers) {
    text += "\n";
    text += header.name;
    text += ":";
    text += header.value;
  }
  text += "\n\n";
  text += request.body;
  text += interpret(request);
}

// What becomes of a stream that comes in these pieces.
std::string outcome(const std::vector<std::string_view>& pieces, const Limits& limits) {
  std::string text;
  RequestParser parser(limits);
  for (std::string_view rest : pieces) {
    while (!rest.empty()) {
      const std::size_t taken = parser.feed(rest);
      if (parser.failure()) return text + "failure " + std::to_string(parser.failure()->status);
      require(taken > 0 && taken <= rest.size());
      rest.remove_prefix(taken);
      if (!parser.complete()) continue;
      require(parser.request().body.size() <= limits.body_bytes);
      require(parser.request().headers.size() <= RequestParser::kMaxHeaders);
      append(text, parser.request());
      parser.reset();
    }
  }
  return text + (parser.in_body() ? "body" : parser.has_begun() ? "head" : "nothing");
}

}  // namespace

// How a stream is cut must not matter.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < kChoices) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data) + kChoices, size - kChoices);
  Limits limits;
  limits.header_bytes = 64 + 8 * std::size_t{data[2]};
  limits.body_bytes = data[2];
  const std::string whole = outcome({stream}, limits);

  const std::size_t first = data[0] * stream.size() / 256;
  const std::size_t second = first + data[1] * (stream.size() - first) / 256;
  require(outcome({stream.substr(0, first), stream.substr(first)}, limits) == whole);
  require(outcome({stream.substr(0, first), stream.substr(first, second - first),
                   stream.substr(second)},
                  limits) == whole);
  std::vector<std::string_view> bytes;
  for (std::size_t i = 0; i < stream.size(); ++i) bytes.push_back(stream.substr(i, 1));
  require(outcome(bytes, limits) == whole);
  return 0;
}
