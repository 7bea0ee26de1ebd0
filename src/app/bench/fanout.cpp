#include "app/bench/fanout.hpp"

#include "app/bench/heartbeats.hpp"
#include "app/config/amounts.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace rollcall::bench {

using std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds kArrivalPatience{3};  // for what was published last
constexpr std::chrono::seconds kLeavePatience{5};
constexpr std::size_t kPublishers = 4;        // as fast as they are answered
constexpr std::size_t kPacedPublishers = 64;  // with a rate: enough for what is on its way

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                          (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.';
    if (is_plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace

Fanout::Fanout(const Net& net, const app::BenchCommand& command)
    : net_(net),
      command_(command),
      run_(new_run_name()),
      stem_(fmt::format(R"({{"run":"{}","n":)", run_)),
      crowd_(net, command, {command.request.connections, 0, run_, command.request.broadcast},
             [this](std::string_view text) { receive(text); }) {}

void Fanout::start() {
  crowd_.start();
}

void Fanout::tick(SteadyTime now) {
  crowd_.tick();
  if (publishes_) publishes_->check_patience();
  switch (phase_) {
    case Phase::gathering:
      if (is_asked_to_stop_ || (crowd_.is_settled() && crowd_.open() == 0)) {
        return begin_leaving(now);
      }
      if (crowd_.is_settled()) begin_publishing();
      return;
    case Phase::publishing:
      if (is_asked_to_stop_ || published_for(now) >= command_.duration) publishes_->stop();
      if (!publishes_->is_finished()) return;
      publishes_->stop();
      published_at_ = phase_began_ = now;
      phase_ = Phase::draining;
      return;
    case Phase::draining:
      if (deliveries_.count() >= expected() || now - phase_began_ > kArrivalPatience) {
        begin_leaving(now);
      }
      return;
    case Phase::leaving:
      is_over_ = crowd_.is_gone() || now - phase_began_ > kLeavePatience;
  }
}

void Fanout::stop() {
  is_asked_to_stop_ = true;
}

void Fanout::begin_publishing() {
  listeners_ = crowd_.open();
  std::string path = "/api/v1/realtime/broadcast";
  if (!command_.request.broadcast) {
    path = fmt::format("/api/v1/realtime/users/{}/messages", percent_encoded(crowd_.user()));
  }
  const std::string key =
      command_.api_key.empty() ? "" : fmt::format("X-API-Key: {}\r\n", command_.api_key);
  publishes_ = std::make_unique<HttpLoad>(
      net_, command_.request.rate == 0 ? kPublishers : kPacedPublishers,
      Schedule(command_.request.rate, command_.request.requests),
      HttpLoad::Work{[this, path, key](std::uint64_t number, SteadyTime due) {
                       due_.push_back(due);
                       return make_request(net_, "POST", path, key, message(number));
                     },
                     [](std::uint64_t, const Reply& reply) { return reply.status / 100 == 2; }});
  phase_ = Phase::publishing;
  publishes_->start();
}

void Fanout::begin_leaving(SteadyTime now) {
  phase_ = Phase::leaving;
  phase_began_ = now;
  crowd_.leave();
}

std::string Fanout::message(std::uint64_t number) const {
  std::string text = fmt::format(R"({}{},"fill":")", stem_, number);
  const std::size_t end = 2;  // the quote and the brace
  if (text.size() + end < command_.request.bytes) {
    text.append(command_.request.bytes - text.size() - end, '.');
  }
  return text + "\"}";
}

void Fanout::receive(std::string_view text) {
  if (!text.starts_with(stem_)) return;
  std::uint64_t number = 0;
  std::from_chars(text.data() + stem_.size(), text.data() + text.size(), number);
  if (number >= due_.size()) return;
  deliveries_.add(std::chrono::duration_cast<Micros>(steady_clock::now() - due_[number]));
}

std::uint64_t Fanout::expected() const {
  return publishes_ ? publishes_->tally().count() * listeners_ : 0;
}

Micros Fanout::published_for(SteadyTime now) const {
  const auto began = publishes_ ? publishes_->began_at() : std::nullopt;
  return std::chrono::duration_cast<Micros>(now - began.value_or(now));
}

std::string Fanout::progress() const {
  if (!publishes_) return fmt::format("{} listen", app::in_digits(crowd_.open()));
  return fmt::format("{} published, {} of {} delivered, p99 {} us",
                     app::in_digits(publishes_->tally().count()),
                     app::in_digits(deliveries_.count()), app::in_digits(expected()),
                     deliveries_.quantile(0.99).count());
}

Summary Fanout::summary() const {
  const app::BenchRequest& request = command_.request;
  const Micros took = published_for(published_at_.value_or(steady_clock::now()));
  Summary summary{"fanout", request.url,
                  fmt::format("{} {} of {}, {}", app::counted(listeners_, "listener"),
                              request.broadcast ? "to broadcasts" : "of one user, messages",
                              app::counted(request.bytes, "byte"), describe_rate(request.rate)),
                  took};
  const std::uint64_t delivered = deliveries_.count();
  const std::uint64_t missing = expected() > delivered ? expected() - delivered : 0;
  summary.figures = {{"published", publishes_ ? publishes_->tally().count() : 0, true},
                     {"delivered", delivered, true},
                     {"missing", missing}};
  summary.latencies = {{"delivery latency", deliveries_}};
  summary.errors = crowd_.welcomes().kinds();
  summary.add_errors("dropped: ", crowd_.drops().kinds());
  if (publishes_) {
    summary.latencies.push_back({"publish latency", publishes_->tally().latency()});
    summary.add_errors("publishing: ", publishes_->failures());
  }
  if (missing > 0) summary.errors["deliveries that did not arrive"] = missing;
  if (publishes_ && publishes_->missed() > 0) {
    summary.figures.push_back({"messages missed", publishes_->missed()});
    summary.remarks.emplace_back(
        "The server did not keep up with --rate: the messages missed were due and never sent.");
  }
  return summary;
}

}  // namespace rollcall::bench
