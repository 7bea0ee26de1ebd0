#include "transport/http/realtime_routes.hpp"

#include "core/utf8.hpp"
#include "transport/http/json_fields.hpp"
#include "transport/http/json_response.hpp"
#include "transport/http/paging.hpp"

#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace rollcall::http {
namespace {

base::Error bad_request(std::string_view code, std::string_view message) {
  return {base::Errc::invalid_argument, code, std::string(message)};
}

std::string_view reach_of(bool cluster_wide) {
  return cluster_wide ? "cluster" : "local";
}

// The body is the message: text, or binary when its type says so.
base::Result<core::MessagePtr> message_of(const Request& request) {
  core::Message message{core::Payload::text, std::string(request.body)};
  const std::string_view type = request.header("Content-Type");
  if (equal_ignoring_case(type.substr(0, type.find(';')), "application/octet-stream")) {
    message.payload = core::Payload::binary;
  } else if (!core::is_valid_utf8(message.bytes)) {
    return bad_request("invalid_message",
                       "a text message is valid UTF-8; send bytes as application/octet-stream");
  }
  return std::make_shared<const core::Message>(std::move(message));
}

struct Errand {
  std::vector<core::UserId> users;
  core::MessagePtr message;
};

base::Result<Errand> errand_of(std::string_view body) {
  auto fields = JsonFields::parse(body);
  if (!fields) return std::move(fields).error();
  const auto* users = fields.value().find("users");
  const auto* list = users == nullptr ? nullptr : std::get_if<JsonFields::List>(users);
  const auto* message = fields.value().find("message");
  const auto* text = message == nullptr ? nullptr : std::get_if<std::string>(message);
  if (list == nullptr || text == nullptr) {
    return bad_request("users_and_message_required",
                       "send {\"users\":[...],\"message\":\"...\"}, up to 1000 users");
  }
  Errand errand{{}, core::make_text(*text)};
  for (const std::string& id : *list) {
    auto user = core::UserId::parse(id);
    if (!user) return std::move(user).error();
    errand.users.push_back(std::move(user).value());
  }
  return errand;
}

// What the deliveries to several users come to.
struct Deliveries {
  Exchange exchange;
  std::size_t awaited = 0;
  std::vector<core::UserId> live;
  std::uint64_t connections = 0;
  bool cluster_wide = true;

  void add(const core::UserId& user, const service::Delivery& delivery) {
    if (delivery.live) live.push_back(user);
    connections += delivery.connections;
    cluster_wide = cluster_wide && delivery.cluster_wide;
    if (--awaited == 0) respond();
  }

  void respond() const {
    std::string users;
    for (const core::UserId& user : live) {
      users += (users.empty() ? "" : ",") + json_string(user.text());
    }
    exchange.respond(
        json_response(202, fmt::format(R"({{"live":[{}],"connections":{},"reach":"{}"}})", users,
                                       connections, reach_of(cluster_wide))));
  }
};

std::string explanation(const core::UserId& user, const service::ExplainedUser& explained) {
  std::string body = fmt::format(
      R"({{"user":{},"online":{},"status":"{}","connections":[)", json_string(user.text()),
      explained.status != core::Status::offline, core::name_of(explained.status));
  for (const ports::RemoteConnection& connection : explained.connections) {
    if (body.back() == '}') body += ',';
    fmt::format_to(std::back_inserter(body),
                   R"({{"id":{},"node":{},"connectedAt":"{}","lastPongMs":{}}})",
                   json_string(connection.id), json_string(connection.node),
                   base::format_rfc3339(connection.connected_at),
                   connection.last_pong.time_since_epoch().count());
  }
  return body + "]}";
}

}  // namespace

void RealtimeRoutes::add_to(Router& router) {
  const std::string root = "/api/v1/realtime";
  const std::string user = root + "/users/{id}";
  const auto key = Access::api_key;
  const auto bind = [this](auto use) {
    return [this, use](const Call& call, Exchange exchange) { (this->*use)(call, exchange); };
  };
  router.add({Method::post, root + "/messages", key, bind(&RealtimeRoutes::send_to_several)});
  router.add({Method::post, root + "/broadcast", key, bind(&RealtimeRoutes::broadcast)});
  router.add({Method::get, root + "/users", key, bind(&RealtimeRoutes::list)});
  router.add({Method::get, user, key, with_user(&RealtimeRoutes::explain)});
  router.add({Method::post, user + "/messages", key, with_user(&RealtimeRoutes::send)});
  router.add({Method::del, user + "/connections", key, with_user(&RealtimeRoutes::disconnect)});
}

Handler RealtimeRoutes::with_user(UseUser use) {
  return [this, use](const Call& call, Exchange exchange) {
    auto user = core::UserId::parse(call.params[0]);
    if (!user) return exchange.respond(error_response(user.error()));
    (this->*use)(std::move(user).value(), call, exchange);
  };
}

void RealtimeRoutes::send(core::UserId user, const Call& call, Exchange exchange) {
  auto message = message_of(call.request);
  if (!message) return exchange.respond(error_response(message.error()));
  metrics_.messages.add();
  realtime_.send(std::move(user), std::move(message).value(),
                 [exchange](const base::Result<service::Delivery>& delivery) {
                   if (!delivery) return exchange.respond(error_response(delivery.error()));
                   exchange.respond(json_response(
                       202, fmt::format(R"({{"live":{},"connections":{},"reach":"{}"}})",
                                        delivery.value().live, delivery.value().connections,
                                        reach_of(delivery.value().cluster_wide))));
                 });
}

void RealtimeRoutes::send_to_several(const Call& call, Exchange exchange) {
  auto errand = errand_of(call.request.body);
  if (!errand) return exchange.respond(error_response(errand.error()));
  const std::vector<core::UserId>& users = errand.value().users;
  metrics_.messages.add(users.size());
  auto deliveries =
      std::make_shared<Deliveries>(Deliveries{exchange, users.size() + 1, {}, 0, true});
  for (const core::UserId& user : users) {
    realtime_.send(user, errand.value().message,
                   [deliveries, user](const base::Result<service::Delivery>& delivery) {
                     deliveries->add(
                         user, delivery ? delivery.value() : service::Delivery{false, 0, false});
                   });
  }
  if (--deliveries->awaited == 0) deliveries->respond();
}

void RealtimeRoutes::broadcast(const Call& call, Exchange exchange) {
  auto message = message_of(call.request);
  if (!message) return exchange.respond(error_response(message.error()));
  metrics_.broadcasts.add();
  realtime_.broadcast(std::move(message).value(), [exchange](const base::Result<bool>& reached) {
    const bool cluster_wide = reached.ok() && reached.value();
    exchange.respond(
        json_response(202, fmt::format(R"({{"reach":"{}"}})", reach_of(cluster_wide))));
  });
}

void RealtimeRoutes::list(const Call& call, Exchange exchange) {
  auto paging = paging_of(call);
  if (!paging) return exchange.respond(error_response(paging.error()));
  realtime_.list(std::move(paging.value().cursor), paging.value().limit,
                 [exchange](const base::Result<ports::UserPage>& page) {
                   if (!page) return exchange.respond(error_response(page.error()));
                   std::string users;
                   for (const core::UserId& user : page.value().users) {
                     users += (users.empty() ? "" : ",") + json_string(user.text());
                   }
                   const std::string& next = page.value().next;
                   exchange.respond(
                       json_response(200, fmt::format(R"({{"users":[{}],"cursor":{}}})", users,
                                                      next.empty() ? "null" : json_string(next))));
                 });
}

void RealtimeRoutes::explain(core::UserId user, const Call&, Exchange exchange) {
  realtime_.explain(user, [exchange, user](const base::Result<service::ExplainedUser>& explained) {
    if (!explained) return exchange.respond(error_response(explained.error()));
    exchange.respond(json_response(200, explanation(user, explained.value())));
  });
}

void RealtimeRoutes::disconnect(core::UserId user, const Call&, Exchange exchange) {
  realtime_.disconnect(std::move(user), [exchange](const base::Status& done) {
    exchange.respond(done ? no_content() : error_response(done.error()));
  });
}

}  // namespace rollcall::http
