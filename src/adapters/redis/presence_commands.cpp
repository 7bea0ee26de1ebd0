#include "adapters/redis/presence_commands.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

namespace rollcall::redis {
namespace {

constexpr std::size_t kStandingFields = 5;
constexpr std::size_t kReplyFields = 8;

base::Error strange_reply() {
  return {base::Errc::internal, "redis_reply", "a script answered in another shape"};
}

Command arguments(const PresenceCaller& caller, const core::UserId& user, int keys) {
  return Command(keys, caller.keys.live(user), caller.keys.nodes(user), caller.keys.state(user));
}

Command& say_who(Command& command, std::string_view verb, const PresenceCaller& caller,
                 const core::UserId& user) {
  return command.add(verb).add(user_channel(user)).add(caller.node).add(caller.ttl.count());
}

std::uint32_t count_of(const RespValue& value) {
  constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(value.integer, 0, kMost));
}

std::optional<ports::Standing> read_standing(const std::vector<RespValue>& fields) {
  if (fields.size() < kStandingFields) return std::nullopt;
  const auto status = core::parse_status(fields[0].text);
  if (!status) return std::nullopt;
  for (std::size_t i = 1; i < kStandingFields; ++i) {
    if (fields[i].type != RespType::integer) return std::nullopt;
  }
  return ports::Standing{*status,
                         fields[1].integer,
                         count_of(fields[2]),
                         count_of(fields[3]),
                         base::Millis(fields[4].integer),
                         std::nullopt};
}

}  // namespace

Command hold_arguments(const PresenceCaller& caller, const ports::Holding& holding) {
  Command command = arguments(caller, holding.user, 3);
  say_who(command, "hold", caller, holding.user);
  command.add(caller.place).add(holding.connections).add(holding.away);
  command.add(core::name_of(holding.reason)).add(holding.grace.count()).add(holding.limit);
  return command;
}

Command settle_arguments(const PresenceCaller& caller, const core::UserId& user) {
  Command command = arguments(caller, user, 3);
  say_who(command, "settle", caller, user).add(caller.place);
  return command;
}

Command reap_arguments(const PresenceCaller& caller, const core::UserId& user,
                       std::string_view node) {
  Command command = arguments(caller, user, 5);
  command.add(index_key(node)).add(lease_key(node));
  say_who(command, "reap", caller, user).add(node).add(user.text());
  return command;
}

bool says_leased(const RespValue& reply) {
  return reply.elements.size() == 1 && reply.elements[0].text == "leased";
}

base::Result<PresenceReply> parse_presence(const RespValue& reply, const core::UserId& user) {
  const std::vector<RespValue>& fields = reply.elements;
  if (fields.size() == 1 && fields[0].text == "limit") {
    return base::Error{base::Errc::overloaded, "connection_limit",
                       "the user has as many connections as are allowed"};
  }
  auto standing = read_standing(fields);
  if (!standing || fields.size() != kReplyFields) return strange_reply();
  const std::string& reason = fields[7].text;
  if (reason.empty()) return PresenceReply{*std::move(standing), count_of(fields[6])};
  const auto known = core::parse_reason(reason);
  if (!known) return strange_reply();
  const base::WallTime at{base::Millis(fields[5].integer)};
  standing->event = core::PresenceEvent{user, standing->status, *known, at, standing->seq};
  return PresenceReply{*std::move(standing), count_of(fields[6])};
}

Command look_up_arguments(const PresenceKeys& keys, std::span<const core::UserId> users) {
  Command command(2 * users.size());
  for (const core::UserId& user : users) command.add(keys.nodes(user)).add(keys.state(user));
  return command;
}

base::Result<std::vector<ports::Standing>> parse_look_up(const RespValue& reply,
                                                         std::size_t asked) {
  if (reply.elements.size() != asked) return strange_reply();
  std::vector<ports::Standing> standings;
  standings.reserve(asked);
  for (const RespValue& entry : reply.elements) {
    auto standing = read_standing(entry.elements);
    if (!standing) return strange_reply();
    standings.push_back(*std::move(standing));
  }
  return standings;
}

}  // namespace rollcall::redis
