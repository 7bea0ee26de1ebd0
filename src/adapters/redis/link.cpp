#include "adapters/redis/link.hpp"

#include "adapters/redis/refusal.hpp"

#include <utility>

namespace rollcall::redis {

using std::chrono::steady_clock;

namespace {

// A reply that has arrived but was not read yet, because this loop was busy, is no timeout.
constexpr base::Millis kLateLook{5};

base::Error unavailable(const std::string& reason) {
  return {base::Errc::unavailable, "redis_unavailable", "Redis is not available: " + reason};
}

}  // namespace

// Wraps a handler of the loop, so that it does nothing once the link is gone.
template <typename Task>
auto Link::while_alive(Task task) {
  return [alive = std::weak_ptr<char>(alive_), task = std::move(task)](const auto&... error) {
    const bool cancelled = (false || ... || static_cast<bool>(error));
    if (!cancelled && !alive.expired()) task();
  };
}

Link::Link(LinkOptions options, boost::asio::io_context& context, const base::Logger& logger)
    : options_(std::move(options)),
      session_(options_, "commands", context, logger, *this),
      deadline_timer_(context) {}

void Link::send(const Command& command, Handler handler) {
  const bool is_starting = !session_.is_up() && session_.latest_state().empty();
  if (!session_.is_up() && !is_starting) return handler(unavailable(session_.latest_state()));
  if (pending_.size() + early_.size() >= options_.max_commands) {
    return handler(base::Error{base::Errc::overloaded, "redis_queue_full",
                               "too many commands wait for Redis"});
  }
  if (is_starting) return early_.push_back({command, std::move(handler)});
  counters_.commands.add();
  pending_.push_back({std::move(handler), {}});
  session_.append(command);
}

void Link::on_sending() {
  const SteadyTime deadline = steady_clock::now() + options_.command_timeout;
  for (; sent_ < pending_.size(); ++sent_) pending_[sent_].deadline = deadline;
  if (sent_ > 0 && !deadline_watched_) watch_deadline(pending_.front().deadline);
}

void Link::on_value(RespValue reply) {
  if (reply.type == RespType::push) return;  // nothing is subscribed to on this link
  if (sent_ == 0) return session_.drop("an answer to no question");
  Pending answered = std::move(pending_.front());
  pending_.pop_front();
  --sent_;
  if (reply.is_error()) {
    base::Error error = refusal(reply);
    if (error.code != kNoScript) counters_.errors.add();  // that one only asks for the script
    return answered.handler(std::move(error));
  }
  answered.handler(std::move(reply));
}

void Link::on_session_up() {
  if (ever_up_) counters_.reconnects.add();
  ever_up_ = true;
  tell_watchers(true, "");
  for (Early& early : std::exchange(early_, {})) send(early.command, std::move(early.handler));
}

void Link::on_session_down(const std::string& reason) {
  const bool timed_out = std::exchange(timed_out_, false);
  const std::size_t sent = std::exchange(sent_, 0);
  std::deque<Pending> failed = std::exchange(pending_, {});
  tell_watchers(false, reason);
  for (Early& early : std::exchange(early_, {})) early.handler(unavailable(reason));
  for (std::size_t i = 0; i < failed.size(); ++i) {
    if (timed_out && i < sent) {
      failed[i].handler(
          base::Error{base::Errc::timeout, "redis_timeout", "Redis did not answer in time"});
    } else {
      failed[i].handler(unavailable(reason));
    }
  }
}

void Link::tell_watchers(bool up, const std::string& reason) {
  if (told_ == up) return;
  told_ = up;
  for (const Watcher& watcher : watchers_) watcher(up, reason);
}

void Link::watch_deadline(SteadyTime deadline) {
  deadline_watched_ = true;
  deadline_timer_.expires_at(deadline);
  deadline_timer_.async_wait(while_alive([this] { check_deadline(); }));
}

void Link::check_deadline() {
  deadline_watched_ = false;
  if (sent_ == 0) return;
  const SteadyTime now = steady_clock::now();
  const SteadyTime deadline = pending_.front().deadline;
  if (deadline > now) {
    late_look_taken_ = false;
    return watch_deadline(deadline);
  }
  if (!late_look_taken_ && session_.has_unread()) {
    late_look_taken_ = true;
    return watch_deadline(now + kLateLook);
  }
  late_look_taken_ = false;
  counters_.timeouts.add();
  timed_out_ = true;
  session_.drop("a command was not answered in time");
}

}  // namespace rollcall::redis
