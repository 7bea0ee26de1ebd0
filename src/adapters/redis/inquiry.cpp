#include "adapters/redis/inquiry.hpp"

#include "base/log.hpp"

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <utility>

#include <boost/asio/io_context.hpp>

namespace rollcall::redis {
namespace {

base::Error unavailable(const std::string& reason) {
  return {base::Errc::unavailable, "redis_unavailable", "Redis is not available: " + reason};
}

class Asker final : private Session::Owner {
 public:
  Asker(const SessionOptions& options, const std::vector<InquiryStep>& steps)
      : steps_(steps), session_(options, "questions", loop_, logger_, *this) {}

  base::Result<Inquiry> run(base::Millis patience) {
    session_.start();
    loop_.run_for(patience);
    if (failure_) return unavailable(*failure_);
    if (!is_done_) {
      return base::Error{base::Errc::timeout, "redis_timeout", "Redis did not answer in time"};
    }
    return std::move(inquiry_);
  }

 private:
  void take_step() {
    is_done_ = step_ == steps_.size();
    if (is_done_) return loop_.stop();
    for (const Command& command : steps_[step_]) session_.append(command);
    missing_ = steps_[step_++].size();
  }

  void on_session_up() override {
    inquiry_.server = session_.server();
    take_step();
  }

  void on_sending() override {
    if (inquiry_.replies.empty()) inquiry_.sent_at = clock_.now();
  }

  void on_value(RespValue value) override {
    if (value.type == RespType::push || missing_ == 0) return;
    if (inquiry_.replies.empty()) inquiry_.answered_at = clock_.now();
    inquiry_.replies.push_back(std::move(value));
    if (--missing_ > 0) return;
    if (inquiry_.replies.back().is_error()) step_ = steps_.size();
    take_step();
  }

  void on_session_down(const std::string& reason) override {
    failure_ = reason;
    loop_.stop();
  }

  const std::vector<InquiryStep>& steps_;
  std::size_t step_ = 0;     // the next one
  std::size_t missing_ = 0;  // replies to the step that was taken
  bool is_done_ = false;
  base::SystemClock clock_;
  base::Logger logger_{-1, base::LogLevel::off, base::LogFormat::text};
  boost::asio::io_context loop_{1};
  Inquiry inquiry_;
  std::optional<std::string> failure_;
  Session session_;
};

}  // namespace

base::Result<Inquiry> inquire(const SessionOptions& options, const std::vector<InquiryStep>& steps,
                              base::Millis patience) {
  try {
    return Asker(options, steps).run(patience);
  } catch (const std::runtime_error& error) {
    return base::Error{base::Errc::invalid_argument, "redis_ca_file", error.what()};
  }
}

}  // namespace rollcall::redis
