#include "transport/http/request_parser.hpp"

#include "transport/http/head_check.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <system_error>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

namespace rollcall::http {
namespace {

namespace beast_http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

constexpr std::string_view kLineEnd = "\r\n";
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

// Beast's grammar of a head, with its findings written straight into the request: no copy a
// header. Bodies are not its business.
class HeadGrammar final : public beast_http::basic_parser<true> {
 public:
  explicit HeadGrammar(Request& request) : request_(request) {}

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
    if (request_.headers.size() == RequestParser::kMaxHeaders) {
      error = beast_http::error::header_limit;
      return;
    }
    request_.headers.push_back({view(name), view(value)});
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(string_view, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}

  Request& request_;
};

}  // namespace

void RequestParser::reset() {
  phase_ = Phase::head;
  head_.clear();
  body_.clear();
  skipped_ = 0;
  chunks_.reset();
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

// RFC 9112, 2.2: an empty line before the request line is ignored.
std::size_t RequestParser::skip_empty_line(std::string_view bytes) {
  std::size_t i = 0;
  while (i < bytes.size() && skipped_ < kLineEnd.size() && bytes[i] == kLineEnd[skipped_]) {
    ++i;
    ++skipped_;
  }
  if (i < bytes.size() && skipped_ == 1) fail(400, "bad_request", "a line must end in CR LF");
  return i;
}

std::size_t RequestParser::feed_head(std::string_view bytes) {
  const std::size_t skipped = head_.empty() ? skip_empty_line(bytes) : 0;
  if (phase_ == Phase::failed) return skipped;
  const std::size_t known = head_.size();
  const std::string_view fresh = bytes.substr(skipped, limits_.header_bytes + 1 - known);
  head_ += fresh;
  const std::size_t end = head_.find(kHeadEnd, known < 3 ? 0 : known - 3);
  if (head_.size() > limits_.header_bytes &&
      (end == std::string::npos || end + kHeadEnd.size() > limits_.header_bytes)) {
    fail(431, "headers_too_large", "the request line and headers are larger than the limit");
  }
  if (end == std::string::npos || phase_ == Phase::failed) return skipped + fresh.size();
  head_.resize(end + kHeadEnd.size());
  parse_head();
  return skipped + head_.size() - known;
}

void RequestParser::parse_head() {
  if (const auto error = head_structure_error(head_); !error.empty()) {
    return fail(400, "bad_request", error);
  }
  HeadGrammar grammar(request_);
  grammar.eager(true);
  grammar.header_limit(static_cast<std::uint32_t>(limits_.header_bytes + 1));
  grammar.body_limit(boost::none);
  error_code error;
  grammar.put(boost::asio::buffer(head_), error);
  if (error == beast_http::error::header_limit) {
    return fail(431, "headers_too_large", "there are more headers than the limit");
  }
  if (error == beast_http::error::need_more) error = {};
  if (error || !grammar.is_header_done()) {
    return fail(400, "bad_request", "this is not a well-formed HTTP/1.1 request");
  }
  request_.keep_alive = grammar.keep_alive();
  check_fields();
  if (phase_ != Phase::failed) begin_body();
}

void RequestParser::check_fields() {
  const auto count = [&](std::string_view name) {
    return std::ranges::count_if(request_.headers, [&](const Header& header) {
      return equal_ignoring_case(header.name, name);
    });
  };
  const auto hosts = count("Host");
  if (hosts > 1 || (request_.minor_version >= 1 && hosts == 0)) {
    return fail(400, "bad_request", "exactly one Host header is needed");
  }
  const auto encodings = count("Transfer-Encoding");
  if (encodings + count("Content-Length") > 1) {
    return fail(400, "bad_request", "the body's length is stated more than once");
  }
  if (encodings > 0 && (request_.minor_version == 0 ||
                        !equal_ignoring_case(request_.header("Transfer-Encoding"), "chunked"))) {
    return fail(400, "bad_request", "the only Transfer-Encoding taken is chunked");
  }
}

void RequestParser::begin_body() {
  phase_ = Phase::body;
  body_bytes_left_ = 0;
  if (request_.has_header("Transfer-Encoding")) {
    chunks_.emplace(limits_.body_bytes);
    return;
  }
  if (!request_.has_header("Content-Length")) return finish();
  const std::string_view text = request_.header("Content-Length");
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, body_bytes_left_);
  if (stop != end || error == std::errc::invalid_argument) {
    return fail(400, "bad_request", "the Content-Length is not a number");
  }
  if (error != std::errc() || body_bytes_left_ > limits_.body_bytes) {
    return fail(413, "body_too_large", "the body is larger than the limit");
  }
  if (body_bytes_left_ == 0) finish();
}

std::size_t RequestParser::feed_body(std::string_view bytes) {
  if (!chunks_) {
    const std::string_view part = bytes.substr(0, body_bytes_left_);
    body_ += part;
    body_bytes_left_ -= part.size();
    if (body_bytes_left_ == 0) finish();
    return part.size();
  }
  const std::size_t taken = chunks_->feed(bytes, body_);
  if (chunks_->state() == ChunkedBody::State::complete) {
    finish();
  } else if (chunks_->state() == ChunkedBody::State::malformed) {
    fail(400, "bad_request", "the chunked body is not well-formed");
  } else if (chunks_->state() == ChunkedBody::State::too_large) {
    fail(413, "body_too_large", "the body is larger than the limit");
  }
  return taken;
}

void RequestParser::finish() {
  phase_ = Phase::complete;
  request_.body = body_;
}

}  // namespace rollcall::http
