#include "app/bench/reply_reader.hpp"

#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace rollcall::bench {

namespace http = boost::beast::http;

struct ReplyReader::Parser : http::response_parser<http::string_body> {};

ReplyReader::ReplyReader() = default;
ReplyReader::~ReplyReader() = default;

bool ReplyReader::take(std::string_view& bytes) {
  if (!parser_) {
    parser_ = std::make_unique<Parser>();
    parser_->eager(true);
  }
  const std::size_t kept = kept_.size();
  kept_ += bytes;
  boost::system::error_code error;
  const std::size_t used = parser_->put(boost::asio::buffer(kept_), error);
  if (error && error != http::error::need_more) {
    is_broken_ = true;
    return false;
  }
  if (!parser_->is_done()) {
    kept_.erase(0, used);
    bytes = {};
    return false;
  }
  bytes.remove_prefix(used - kept);
  kept_.clear();
  reply_ = {static_cast<int>(parser_->get().result_int()), parser_->keep_alive(),
            std::move(parser_->get().body())};
  parser_.reset();
  return true;
}

std::string Reply::kind() const {
  constexpr std::string_view kCode = R"("code":")";
  std::string text = std::to_string(status);
  const std::size_t at = body.find(kCode);
  if (status < 400) return text + " that is not rollcall's";
  if (at == std::string::npos) return text;
  const std::size_t begin = at + kCode.size();
  const std::size_t end = body.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", begin);
  return text + " " + body.substr(begin, std::min(end, body.size()) - begin);
}

}  // namespace rollcall::bench
