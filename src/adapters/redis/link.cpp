#include "adapters/redis/link.hpp"

#include "adapters/redis/refusal.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <boost/asio/post.hpp>

namespace rollcall::redis {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::steady_clock;

namespace {

// A reply that has arrived but was not read yet, because this loop was busy, is no timeout.
constexpr base::Millis kLateLook{5};
constexpr std::uint32_t kMaxDoublings = 16;

std::unique_ptr<asio::ssl::context> make_tls(const LinkOptions& options) {
  if (!options.endpoint.tls) return nullptr;
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
  context->set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
  context->set_verify_mode(asio::ssl::verify_peer);
  error_code error;
  if (options.ca_file.empty()) {
    context->set_default_verify_paths(error);
  } else {
    context->load_verify_file(options.ca_file, error);
  }
  if (error) throw std::runtime_error("redis.ca_file cannot be read: " + error.message());
  return context;
}

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

Link::Link(LinkOptions options, asio::io_context& context, const base::Logger& logger)
    : options_(std::move(options)),
      context_(context),
      logger_(logger),
      tls_(make_tls(options_)),
      handshake_(options_.endpoint),
      attempt_timer_(context),
      deadline_timer_(context),
      random_(std::random_device{}()) {}

Link::~Link() {
  if (connection_) connection_->close();
}

void Link::start() {
  connect();
}

void Link::connect() {
  state_ = State::connecting;
  parser_ = RespParser();
  handshake_ = Handshake(options_.endpoint);
  Connection::Owner& owner = *this;  // private, out of make_shared's sight
  connection_ = std::make_shared<Connection>(context_, tls_.get(), owner);
  attempt_timer_.expires_after(options_.connect_timeout);
  attempt_timer_.async_wait(while_alive([this] {
    if (state_ == State::connecting) went_down("no answer to the handshake in time", false);
  }));
  connection_->open(options_.endpoint);
}

void Link::on_open() {
  handshake_.begin().append_to(output_);
  write();
}

void Link::on_bytes(std::string_view bytes) {
  counters_.bytes_in.add(bytes.size());
  parser_.feed(bytes);
  while (state_ != State::down) {
    auto reply = parser_.next();
    if (!reply) return went_down(reply.error().message, false);
    if (!reply.value()) return;
    take_reply(*std::move(reply.value()));
  }
}

void Link::take_reply(RespValue reply) {
  if (reply.type == RespType::push) return;  // nothing is subscribed to on this link
  if (state_ == State::connecting) return continue_handshake(reply);
  if (sent_ == 0) return went_down("an answer to no question", false);
  Pending answered = std::move(pending_.front());
  pending_.pop_front();
  --sent_;
  if (reply.is_error()) {
    counters_.errors.add();
    return answered.handler(refusal(reply));
  }
  answered.handler(std::move(reply));
}

void Link::continue_handshake(const RespValue& reply) {
  Handshake::Next next = handshake_.on_reply(reply);
  if (auto* command = std::get_if<Command>(&next)) {
    command->append_to(output_);
    if (!writing_) write();
  } else if (auto* facts = std::get_if<ServerFacts>(&next)) {
    came_up(std::move(*facts));
  } else {
    went_down(std::get<base::Error>(next).message, false);
  }
}

void Link::came_up(ServerFacts facts) {
  state_ = State::up;
  attempt_timer_.cancel();
  failed_attempts_ = 0;
  server_ = std::move(facts);
  if (ever_up_) counters_.reconnects.add();
  ever_up_ = true;
  announce(true, "");
}

void Link::on_broken(const std::string& reason) {
  went_down(reason, false);
}

void Link::went_down(const std::string& reason, bool timed_out) {
  state_ = State::down;
  connection_->close();
  connection_.reset();
  output_.clear();
  writing_ = false;
  wait_to_reconnect();
  announce(false, reason);
  fail_pending(reason, timed_out);
}

void Link::fail_pending(const std::string& reason, bool timed_out) {
  const std::size_t sent = std::exchange(sent_, 0);
  std::deque<Pending> failed = std::exchange(pending_, {});
  for (std::size_t i = 0; i < failed.size(); ++i) {
    if (timed_out && i < sent) {
      failed[i].handler(
          base::Error{base::Errc::timeout, "redis_timeout", "Redis did not answer in time"});
    } else {
      failed[i].handler(unavailable(reason));
    }
  }
}

// One line a change, however many attempts fail alike in between.
void Link::announce(bool up, const std::string& reason) {
  const std::string endpoint = options_.endpoint.text();
  const std::string said = up ? "up" : reason;
  if (said == announced_) return;
  const bool changed = up || announced_.empty() || announced_ == "up";
  announced_ = said;
  if (up) {
    logger_.info("redis is up", {{"endpoint", endpoint}, {"version", server_.version}});
    for (const std::string& warning : server_.warnings) {
      logger_.warn("redis warning", {{"endpoint", endpoint}, {"warning", warning}});
    }
  } else {
    logger_.warn("redis is down", {{"endpoint", endpoint}, {"reason", reason}});
  }
  if (!changed) return;
  for (const Watcher& watcher : watchers_) watcher(up, reason);
}

void Link::wait_to_reconnect() {
  const std::uint32_t doublings = std::min(failed_attempts_++, kMaxDoublings);
  const base::Millis ceiling =
      std::min(options_.backoff_max, options_.backoff_min * (std::int64_t{1} << doublings));
  std::uniform_int_distribution<base::Millis::rep> wait(0, ceiling.count());
  attempt_timer_.expires_after(base::Millis(wait(random_)));
  attempt_timer_.async_wait(while_alive([this] { connect(); }));
}

void Link::send(const Command& command, Handler handler) {
  if (state_ != State::up)
    return handler(unavailable(announced_.empty() ? "starting" : announced_));
  if (pending_.size() >= options_.max_commands) {
    return handler(base::Error{base::Errc::overloaded, "redis_queue_full",
                               "too many commands wait for Redis"});
  }
  command.append_to(output_);
  counters_.commands.add();
  pending_.push_back({std::move(handler), {}});
  write_soon();
}

void Link::write_soon() {
  if (writing_ || write_posted_) return;
  write_posted_ = true;
  asio::post(context_, while_alive([this] {
               write_posted_ = false;
               if (state_ == State::up && !writing_ && !output_.empty()) write();
             }));
}

void Link::write() {
  writing_ = true;
  const SteadyTime deadline = steady_clock::now() + options_.command_timeout;
  for (; sent_ < pending_.size(); ++sent_) pending_[sent_].deadline = deadline;
  if (sent_ > 0 && !deadline_watched_) watch_deadline(pending_.front().deadline);
  counters_.bytes_out.add(output_.size());
  connection_->write(output_);
}

void Link::on_written() {
  writing_ = false;
  if (!output_.empty()) write();
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
  if (!late_look_taken_ && connection_->has_unread()) {
    late_look_taken_ = true;
    return watch_deadline(now + kLateLook);
  }
  late_look_taken_ = false;
  counters_.timeouts.add();
  went_down("a command was not answered in time", true);
}

}  // namespace rollcall::redis
