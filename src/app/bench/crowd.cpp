#include "app/bench/crowd.hpp"

#include "app/config/user_token.hpp"
#include "base/time.hpp"

#include <algorithm>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace rollcall::bench {

using std::chrono::steady_clock;

namespace {

constexpr std::size_t kMostOpening = 256;
constexpr std::chrono::seconds kPatience{10};  // for a welcome

}  // namespace

Crowd::Crowd(const Net& net, const app::BenchCommand& command, Options options,
             OnMessage on_message)
    : net_(net),
      command_(command),
      options_(std::move(options)),
      on_message_(std::move(on_message)),
      schedule_(options_.rate, options_.count) {}

void Crowd::start() {
  schedule_.start(steady_clock::now());
  open_more();
}

void Crowd::tick() {
  const SteadyTime now = steady_clock::now();
  for (const auto& socket : sockets_) {
    const bool is_waiting = !socket->was_welcomed() && !socket->is_gone() && !is_leaving_;
    if (is_waiting && now - socket->began_at() > kPatience) socket->give_up("no welcome in time");
  }
  open_more();
}

void Crowd::open_more() {
  while (!is_leaving_ && opening_ < kMostOpening) {
    const auto due = schedule_.take(steady_clock::now());
    if (!due) return;
    const std::size_t number = sockets_.size();
    BenchSocket::Owner& owner = *this;  // private, out of make_unique's sight
    sockets_.push_back(std::make_unique<BenchSocket>(net_, owner));
    ++opening_;
    const std::string user =
        options_.is_many ? options_.user + "-" + std::to_string(number) : options_.user;
    sockets_.back()->open(user, token_of(number, user), *due);
  }
}

// Without a key to sign with, a server with --dev takes a name for it.
std::string Crowd::token_of(std::size_t number, const std::string& user) const {
  if (!command_.tokens.empty()) return command_.tokens[number % command_.tokens.size()];
  auto token = app::make_user_token({.user = user, .ttl = "24h"}, command_.config.auth,
                                    base::SystemClock().now());
  return token ? std::move(token).value() : std::string();
}

void Crowd::leave() {
  if (std::exchange(is_leaving_, true)) return;
  for (const auto& socket : sockets_) socket->close();
}

bool Crowd::is_gone() const {
  return is_leaving_ &&
         std::ranges::all_of(sockets_, [](const auto& socket) { return socket->is_gone(); });
}

void Crowd::on_welcome(BenchSocket& socket, std::string_view text) {
  --opening_;
  ++open_;
  welcomes_.done(std::chrono::duration_cast<Micros>(steady_clock::now() - socket.due()));
  boost::system::error_code error;
  const boost::json::value welcome = boost::json::parse({text.data(), text.size()}, error);
  const auto* user = welcome.find_pointer("/user", error);
  if (user != nullptr && user->is_string()) user_ = user->get_string();
}

void Crowd::on_message(BenchSocket&, std::string_view text) {
  if (on_message_) on_message_(text);
}

void Crowd::on_end(BenchSocket& socket, std::string_view kind) {
  if (socket.was_welcomed()) {
    --open_;
    return drops_.failed(kind);
  }
  --opening_;
  ++failed_;
  welcomes_.failed(kind);
}

}  // namespace rollcall::bench
