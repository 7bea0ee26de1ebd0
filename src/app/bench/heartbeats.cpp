#include "app/bench/heartbeats.hpp"

#include "app/config/amounts.hpp"
#include "core/connection.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace rollcall::bench {

using std::chrono::steady_clock;

namespace {

constexpr const char* kActivity = "/api/sessions/activity";
constexpr const char* kJson = "Content-Type: application/json\r\n";
constexpr std::chrono::seconds kLeavePatience{10};
constexpr std::size_t kRunCharacters = 8;

bool is_count(const Reply& reply) {
  return reply.status == 200 && reply.body.starts_with(R"({"online":)");
}

}  // namespace

std::string new_run_name() {
  return "bench-" + core::Uuid::random().text().substr(0, kRunCharacters);
}

std::string describe_rate(std::uint64_t rate) {
  if (rate == 0) return "as fast as they are answered";
  return app::in_digits(rate) + " a second";
}

Heartbeats::Heartbeats(const Net& net, const app::BenchCommand& command)
    : net_(net),
      command_(command),
      run_(new_run_name()),
      beats_(net, command.request.connections,
             Schedule(command.request.rate, command.request.requests),
             {[this](std::uint64_t number, SteadyTime) {
                return make_request(net_, "POST", kActivity, kJson,
                                    body(number % command_.request.sessions, false));
              },
              [](std::uint64_t, const Reply& reply) { return is_count(reply); }}) {}

std::string Heartbeats::body(std::uint64_t session, bool leaves) const {
  return fmt::format(R"({{"sessionId":"{}-{}"{}}})", run_, session,
                     leaves ? R"(,"leave":true)" : "");
}

void Heartbeats::start() {
  beats_.start();
}

void Heartbeats::tick(SteadyTime now) {
  if (leaves_) {
    leaves_->check_patience();
    if (now - ended_at_ > kLeavePatience) leaves_->stop();
    return;
  }
  beats_.check_patience();
  const auto began = beats_.began_at();
  if (began && now - *began >= command_.duration) beats_.stop();
  if (beats_.is_finished()) begin_leaving();
}

void Heartbeats::begin_leaving() {
  ended_at_ = steady_clock::now();
  beats_.stop();
  const std::uint64_t used = std::min(beats_.sent(), command_.request.sessions);
  leaves_ = std::make_unique<HttpLoad>(
      net_, used == 0 ? 0 : command_.request.connections, Schedule(0, used),
      HttpLoad::Work{[this](std::uint64_t number, SteadyTime) {
                       return make_request(net_, "POST", kActivity, kJson, body(number, true));
                     },
                     [](std::uint64_t, const Reply& reply) { return is_count(reply); }});
  if (used == 0) leaves_->stop();
  leaves_->start();
}

void Heartbeats::stop() {
  if (leaves_) return leaves_->stop();
  beats_.stop();
}

bool Heartbeats::is_finished() const {
  return leaves_ && leaves_->is_finished();
}

Micros Heartbeats::took() const {
  const SteadyTime end = leaves_ ? ended_at_ : steady_clock::now();
  return std::chrono::duration_cast<Micros>(end - beats_.began_at().value_or(end));
}

std::string Heartbeats::progress() const {
  if (leaves_) return app::in_digits(leaves_->tally().count()) + " sessions have left";
  if (!beats_.began_at()) return "connecting";
  const double seconds = std::chrono::duration<double>(took()).count();
  const Tally& tally = beats_.tally();
  return fmt::format("{:.0f} s: {} beats, {:.0f} a second, p99 {} us, {} errors", seconds,
                     app::in_digits(tally.count()), static_cast<double>(tally.count()) / seconds,
                     tally.latency().quantile(0.99).count(), app::in_digits(tally.failures()));
}

Summary Heartbeats::summary() const {
  const app::BenchRequest& request = command_.request;
  Summary summary{
      "heartbeats", request.url,
      fmt::format("{}, {}, {}", app::counted(request.connections, "connection"),
                  app::counted(request.sessions, "session"), describe_rate(request.rate)),
      took()};
  summary.figures = {{"beats", beats_.tally().count(), true},
                     {"leaves", leaves_ ? leaves_->tally().count() : 0}};
  summary.latencies = {{"latency", beats_.tally().latency()}};
  summary.errors = beats_.failures();
  if (leaves_) summary.add_errors("leaving: ", leaves_->failures());
  if (beats_.missed() > 0) {
    summary.figures.push_back({"beats missed", beats_.missed()});
    summary.remarks.emplace_back(
        "The server did not keep up with --rate, or there are too few --connections: the beats "
        "missed\nwere due and never sent.");
  }
  return summary;
}

}  // namespace rollcall::bench
