#include "transport/http/request_parser.hpp"

#include "transport/http/head_check.hpp"

#include <algorithm>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

namespace rollcall::http {
namespace {

namespace beast_http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

constexpr std::string_view kHeadEnd = "\r\n\r\n";

std::string_view view(string_view text) {
  return {text.data(), text.size()};
}

Method method_of(beast_http::verb verb) {
  switch (verb) {
    case beast_http::verb::get:
      return Method::get;
    case beast_http::verb::head:
      return Method::head;
    case beast_http::verb::post:
      return Method::post;
    case beast_http::verb::put:
      return Method::put;
    case beast_http::verb::delete_:
      return Method::del;
    case beast_http::verb::options:
      return Method::options;
    default:
      return Method::other;
  }
}

}  // namespace

// Beast's grammar, with its findings written straight into the request: no copy a header.
class RequestParser::Grammar final : public beast_http::basic_parser<true> {
 public:
  Grammar(Request& request, std::string& body) : request_(request), body_(body) {}

 private:
  void on_request_impl(beast_http::verb verb, string_view, string_view target, int version,
                       error_code&) override {
    request_.method = method_of(verb);
    request_.target = view(target);
    request_.minor_version = version % 10;
  }
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_field_impl(beast_http::field, string_view name, string_view value,
                     error_code& error) override {
    if (is_header_done()) return;  // a trailer: nobody may rely on it (RFC 9110, 6.5.1)
    if (request_.headers.size() == kMaxHeaders) {
      error = beast_http::error::header_limit;
      return;
    }
    request_.headers.push_back({view(name), view(value)});
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(string_view bytes, error_code&) override {
    body_.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes, error_code&) override {
    body_.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_finish_impl(error_code&) override {}

  Request& request_;
  std::string& body_;
};

RequestParser::RequestParser(const Limits& limits) : limits_(limits) {}
RequestParser::~RequestParser() = default;

void RequestParser::reset() {
  phase_ = Phase::head;
  head_.clear();
  body_.clear();
  pending_.clear();
  request_.headers.clear();
  failure_.reset();
}

bool RequestParser::wants_continue() const {
  return in_body() && body_.empty() &&
         equal_ignoring_case(request_.header("Expect"), "100-continue");
}

void RequestParser::fail(int status, std::string_view code, std::string_view message) {
  phase_ = Phase::failed;
  failure_ = Failure{status, code, message};
}

std::size_t RequestParser::feed(std::string_view bytes) {
  std::size_t taken = 0;
  if (phase_ == Phase::head) taken = feed_head(bytes);
  if (phase_ == Phase::body) taken += feed_body(bytes.substr(taken));
  return taken;
}

std::size_t RequestParser::feed_head(std::string_view bytes) {
  std::size_t skipped = 0;
  if (head_.empty()) {  // RFC 9112, 2.2: an empty line before the request line is ignored
    while (skipped < bytes.size() && skipped < 2 && bytes[skipped] == "\r\n"[skipped]) ++skipped;
  }
  const std::size_t known = head_.size();
  const std::size_t room = limits_.header_bytes + 1 - std::min(known, limits_.header_bytes + 1);
  const std::string_view fresh = bytes.substr(skipped, room);
  head_ += fresh;
  const std::size_t end = head_.find(kHeadEnd, known < 3 ? 0 : known - 3);
  if (end == std::string::npos) {
    if (head_.size() > limits_.header_bytes) {
      fail(431, "headers_too_large", "the request line and headers are larger than the limit");
    }
    return skipped + fresh.size();
  }
  head_.resize(end + kHeadEnd.size());
  parse_head();
  return skipped + head_.size() - known;
}

void RequestParser::parse_head() {
  if (const auto error = head_structure_error(head_); !error.empty()) {
    return fail(400, "bad_request", error);
  }
  grammar_ = std::make_unique<Grammar>(request_, body_);
  grammar_->eager(true);
  grammar_->header_limit(static_cast<std::uint32_t>(limits_.header_bytes + 1));
  grammar_->body_limit(limits_.body_bytes);
  error_code error;
  grammar_->put(boost::asio::buffer(head_), error);
  if (error == beast_http::error::need_more) error = {};
  if (error == beast_http::error::body_limit) {
    return fail(413, "body_too_large", "the body is larger than the limit");
  }
  if (error == beast_http::error::header_limit) {
    return fail(431, "headers_too_large", "there are more headers than the limit");
  }
  if (error || !grammar_->is_header_done()) {
    return fail(400, "bad_request", "this is not a well-formed HTTP/1.1 request");
  }
  const auto count = [&](std::string_view name) {
    return std::ranges::count_if(request_.headers, [&](const Header& header) {
      return equal_ignoring_case(header.name, name);
    });
  };
  if (count("Host") > 1 || (request_.minor_version >= 1 && count("Host") == 0)) {
    return fail(400, "bad_request", "exactly one Host header is needed");
  }
  if (count("Content-Length") > 1 || count("Transfer-Encoding") > 1) {
    return fail(400, "bad_request", "the body's length is stated more than once");
  }
  const bool encoded = request_.has_header("Transfer-Encoding");
  if (encoded && (!grammar_->chunked() || request_.minor_version == 0 ||
                  !equal_ignoring_case(request_.header("Transfer-Encoding"), "chunked"))) {
    return fail(400, "bad_request", "the only Transfer-Encoding taken is chunked");
  }
  request_.keep_alive = grammar_->keep_alive();
  phase_ = Phase::body;
  if (grammar_->is_done()) finish();
}

// The grammar takes a chunk's size line only when it is whole, so the piece that it leaves waits
// in pending_ for the bytes that follow.
std::size_t RequestParser::feed_body(std::string_view bytes) {
  if (bytes.empty()) return 0;
  const bool waiting = !pending_.empty();
  if (waiting) pending_ += bytes;
  std::string_view rest = waiting ? std::string_view(pending_) : bytes;
  while (!rest.empty() && phase_ == Phase::body) {
    error_code error;
    const std::size_t used = grammar_->put(boost::asio::buffer(rest.data(), rest.size()), error);
    rest.remove_prefix(used);
    if (error == beast_http::error::body_limit) {
      fail(413, "body_too_large", "the body is larger than the limit");
    } else if (error && error != beast_http::error::need_more) {
      fail(400, "bad_request", "the chunked body is not well-formed");
    } else if (grammar_->is_done()) {
      finish();
    } else if (used == 0) {
      break;
    }
  }
  if (phase_ != Phase::body) return bytes.size() - std::min(bytes.size(), rest.size());
  if (rest.size() > limits_.header_bytes) {
    fail(400, "bad_request", "a chunk's size line is larger than the limit");
  }
  pending_ = std::string(rest);
  return bytes.size();
}

void RequestParser::finish() {
  phase_ = Phase::complete;
  request_.body = body_;
}

}  // namespace rollcall::http
