#include "transport/ws/commands.hpp"

#include "transport/http/json_fields.hpp"

#include <array>
#include <utility>

namespace rollcall::ws {
namespace {

using http::JsonFields;

base::Error invalid(std::string_view code, std::string_view message) {
  return {base::Errc::invalid_argument, code, std::string(message)};
}

const std::string* text_of(const JsonFields& fields, std::string_view name) {
  const JsonFields::Value* value = fields.find(name);
  return value == nullptr ? nullptr : std::get_if<std::string>(value);
}

base::Result<std::vector<core::UserId>> users_of(const JsonFields& fields) {
  const JsonFields::Value* value = fields.find("users");
  const auto* list = value == nullptr ? nullptr : std::get_if<JsonFields::List>(value);
  if (list == nullptr) return invalid("invalid_command", "\"users\" must be a list of ids");
  std::vector<core::UserId> users;
  for (const std::string& text : *list) {
    auto user = core::UserId::parse(text);
    if (!user) return std::move(user).error();
    users.push_back(std::move(user).value());
  }
  return users;
}

base::Result<Command> parse_watch(const JsonFields& fields) {
  auto users = users_of(fields);
  if (!users) return std::move(users).error();
  return Command(Watch{std::move(users).value()});
}

base::Result<Command> parse_unwatch(const JsonFields& fields) {
  auto users = users_of(fields);
  if (!users) return std::move(users).error();
  return Command(Unwatch{std::move(users).value()});
}

base::Result<Command> parse_status(const JsonFields& fields) {
  const std::string* status = text_of(fields, "status");
  if (status == nullptr || (*status != "online" && *status != "away")) {
    return invalid("invalid_command", R"("status" must be "online" or "away")");
  }
  return Command(SetStatus{*status == "away"});
}

base::Result<Command> parse_ping(const JsonFields&) {
  return Command(Ping{});
}

base::Result<Command> parse_token(const JsonFields& fields) {
  const std::string* token = text_of(fields, "token");
  if (token == nullptr) return invalid("invalid_command", "\"token\" must be a text");
  return Command(Renew{*token});
}

struct Parser {
  std::string_view type;
  base::Result<Command> (*parse)(const JsonFields&);
};
constexpr std::array<Parser, 5> kParsers{{{"rollcall.watch", parse_watch},
                                          {"rollcall.unwatch", parse_unwatch},
                                          {"rollcall.status", parse_status},
                                          {"rollcall.ping", parse_ping},
                                          {"rollcall.token", parse_token}}};

}  // namespace

base::Result<Command> parse_command(std::string_view text) {
  const auto fields = JsonFields::parse(text);
  if (!fields) return invalid("invalid_json", "a message to rollcall is one JSON object");
  const std::string* type = text_of(fields.value(), "type");
  if (type != nullptr) {
    for (const Parser& parser : kParsers) {
      if (parser.type == *type) return parser.parse(fields.value());
    }
  }
  return invalid("unknown_type",
                 "\"type\" must be rollcall.watch, .unwatch, .status, .ping or .token");
}

}  // namespace rollcall::ws
