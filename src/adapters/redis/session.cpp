#include "adapters/redis/session.hpp"

#include <random>
#include <stdexcept>
#include <utility>
#include <variant>

#include <boost/asio/post.hpp>

namespace rollcall::redis {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::string_view kUp = "up";

std::unique_ptr<asio::ssl::context> make_tls(const SessionOptions& options) {
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

}  // namespace

// Wraps a handler of the loop, so that it does nothing once the session is gone.
template <typename Task>
auto Session::while_alive(Task task) {
  return [alive = std::weak_ptr<char>(alive_), task = std::move(task)](const auto&... error) {
    const bool cancelled = (false || ... || static_cast<bool>(error));
    if (!cancelled && !alive.expired()) task();
  };
}

Session::Session(SessionOptions options, std::string_view name, asio::io_context& context,
                 const base::Logger& logger, Owner& owner)
    : options_(std::move(options)),
      name_(name),
      context_(context),
      logger_(logger),
      owner_(owner),
      tls_(make_tls(options_)),
      handshake_(options_.endpoint),
      attempt_timer_(context),
      backoff_(options_.backoff_min, options_.backoff_max, std::random_device{}()) {}

Session::~Session() {
  if (connection_) connection_->close();
}

void Session::start() {
  connect();
}

void Session::connect() {
  state_ = State::connecting;
  parser_ = RespParser();
  handshake_ = Handshake(options_.endpoint);
  Connection::Owner& owner = *this;  // private, out of make_shared's sight
  connection_ = std::make_shared<Connection>(context_, tls_.get(), owner);
  attempt_timer_.expires_after(options_.connect_timeout);
  attempt_timer_.async_wait(while_alive([this] {
    if (state_ == State::connecting) drop("no answer to the handshake in time");
  }));
  connection_->open(options_.endpoint);
}

void Session::on_open() {
  handshake_.begin().append_to(output_);
  write();
}

void Session::on_bytes(std::string_view bytes) {
  parser_.feed(bytes);
  while (state_ != State::down) {
    auto value = parser_.next();
    if (!value) return drop(value.error().message);
    if (!value.value()) return;
    if (state_ == State::up) {
      owner_.on_value(*std::move(value.value()));
    } else {
      continue_handshake(*value.value());
    }
  }
}

void Session::continue_handshake(const RespValue& reply) {
  if (reply.type == RespType::push) return;
  Handshake::Next next = handshake_.on_reply(reply);
  if (auto* command = std::get_if<Command>(&next)) {
    command->append_to(output_);
    if (!writing_) write();
  } else if (auto* facts = std::get_if<ServerFacts>(&next)) {
    came_up(std::move(*facts));
  } else {
    drop(std::get<base::Error>(next).message);
  }
}

void Session::came_up(ServerFacts facts) {
  state_ = State::up;
  attempt_timer_.cancel();
  backoff_.reset();
  server_ = std::move(facts);
  announce(true, "");
  owner_.on_session_up();
}

void Session::on_broken(const std::string& reason) {
  drop(reason);
}

void Session::drop(const std::string& reason, base::Millis pause) {
  if (state_ == State::down) return;
  state_ = State::down;
  connection_->close();
  connection_.reset();
  output_.clear();
  writing_ = false;
  attempt_timer_.expires_after(pause + backoff_.next());
  attempt_timer_.async_wait(while_alive([this] { connect(); }));
  announce(false, reason);
  owner_.on_session_down(reason);
}

// One line a change, however many attempts fail alike in between.
void Session::announce(bool up, const std::string& reason) {
  const std::string endpoint = options_.endpoint.text();
  const std::string_view said = up ? kUp : std::string_view(reason);
  if (said == announced_) return;
  announced_ = said;
  if (!up) {
    logger_.warn("redis is down", {{"link", name_}, {"endpoint", endpoint}, {"reason", reason}});
    return;
  }
  logger_.info("redis is up",
               {{"link", name_}, {"endpoint", endpoint}, {"version", server_.version}});
  for (const std::string& warning : server_.warnings) {
    logger_.warn("redis warning", {{"endpoint", endpoint}, {"warning", warning}});
  }
}

void Session::append(const Command& command) {
  command.append_to(output_);
  if (writing_ || write_posted_) return;
  write_posted_ = true;
  asio::post(context_, while_alive([this] {
               write_posted_ = false;
               if (state_ == State::up && !writing_ && !output_.empty()) write();
             }));
}

void Session::write() {
  writing_ = true;
  if (state_ == State::up) owner_.on_sending();
  connection_->write(output_);
}

void Session::on_written() {
  writing_ = false;
  if (!output_.empty()) write();
}

}  // namespace rollcall::redis
