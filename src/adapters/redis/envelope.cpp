#include "adapters/redis/envelope.hpp"

#include "adapters/redis/base64.hpp"
#include "adapters/redis/presence_keys.hpp"

#include <array>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace rollcall::redis {
namespace {

namespace json = boost::json;

// What an IEEE double, and so JavaScript, counts exactly (RFC 8259, section 6).
constexpr std::int64_t kMostExact = (std::int64_t{1} << 53) - 1;
constexpr std::size_t kMaxNameBytes = 128;

base::Error invalid(std::string_view what) {
  return {base::Errc::invalid_argument, "invalid_envelope", std::string(what)};
}

std::string quoted(std::string_view text) {
  return json::serialize(json::string_view(text));
}

std::optional<std::int64_t> number_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  const std::int64_t number = value->get_int64();
  return number >= 0 && number <= kMostExact ? std::optional(number) : std::nullopt;
}

std::optional<base::WallTime> time_of(const json::object& object, std::string_view name) {
  const auto number = number_of(object, name);
  return number ? std::optional(base::WallTime(base::Millis(*number))) : std::nullopt;
}

std::optional<std::string> name_in(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  const json::string& text = value->get_string();
  if (text.size() > kMaxNameBytes) return std::nullopt;
  return std::string(text.data(), text.size());
}

using Body = std::optional<Envelope::Body>;
using ports::UserItem;

Body read_message(const json::value& value) {
  if (!value.is_string()) return std::nullopt;
  const json::string& text = value.get_string();
  return UserItem(core::make_text(std::string(text.data(), text.size())));
}

Body read_binary(const json::value& value) {
  if (!value.is_string()) return std::nullopt;
  const json::string& text = value.get_string();
  auto bytes = decode_base64({text.data(), text.size()});
  if (!bytes) return std::nullopt;
  return UserItem(std::make_shared<const core::Message>(
      core::Message{core::Payload::binary, *std::move(bytes)}));
}

Body read_presence(const json::value& value, const core::UserId* user) {
  if (user == nullptr || !value.is_object()) return std::nullopt;
  const json::object& object = value.get_object();
  const auto status = core::parse_status(name_in(object, "status").value_or(""));
  const auto reason = core::parse_reason(name_in(object, "reason").value_or(""));
  const auto at = time_of(object, "at");
  const auto seq = number_of(object, "seq");
  if (!status || !reason || !at || !seq) return std::nullopt;
  return UserItem(core::PresenceEvent{*user, *status, *reason, *at, *seq});
}

Body read_question(const json::value& value) {
  if (!value.is_object()) return std::nullopt;
  auto reply_to = name_in(value.get_object(), "replyTo");
  const auto number = number_of(value.get_object(), "number");
  if (!reply_to || !is_shard_channel(*reply_to) || !number) return std::nullopt;
  return UserItem(ports::Question{*std::move(reply_to), static_cast<std::uint64_t>(*number)});
}

std::optional<ports::RemoteConnection> read_connection(const json::value& value) {
  if (!value.is_object()) return std::nullopt;
  const json::object& object = value.get_object();
  auto id = name_in(object, "id");
  auto node = name_in(object, "node");
  const auto connected_at = time_of(object, "connectedAt");
  const auto last_pong = time_of(object, "lastPong");
  if (!id || !node || !connected_at || !last_pong) return std::nullopt;
  return ports::RemoteConnection{*std::move(id), *std::move(node), *connected_at, *last_pong};
}

Body read_answer(const json::value& value, std::size_t most) {
  if (!value.is_object()) return std::nullopt;
  const auto number = number_of(value.get_object(), "number");
  const json::value* list = value.get_object().if_contains("connections");
  if (!number || list == nullptr || !list->is_array()) return std::nullopt;
  const json::array& entries = list->get_array();
  if (entries.size() > most) return std::nullopt;
  ports::Answer answer{static_cast<std::uint64_t>(*number), {}};
  for (const json::value& entry : entries) {
    auto connection = read_connection(entry);
    if (!connection) return std::nullopt;
    answer.connections.push_back(*std::move(connection));
  }
  return answer;
}

Body read_body(const json::object& object, const core::UserId* user, std::size_t most) {
  constexpr std::array<std::string_view, 6> kBodies{"message", "binary", "presence",
                                                    "kick",    "who",    "here"};
  const json::value* body = nullptr;
  std::string_view kind;
  for (const std::string_view name : kBodies) {
    const json::value* found = object.if_contains(name);
    if (found == nullptr) continue;
    if (body != nullptr) return std::nullopt;
    body = found;
    kind = name;
  }
  if (kind == "message") return read_message(*body);
  if (kind == "binary") return read_binary(*body);
  if (kind == "presence") return read_presence(*body, user);
  if (kind == "kick") return body->is_object() ? Body(UserItem(ports::Kick{})) : std::nullopt;
  if (kind == "who") return read_question(*body);
  return kind == "here" ? read_answer(*body, most) : std::nullopt;
}

// Each body as a member of the object.
struct BodyWriter {
  std::string operator()(const UserItem& item) const { return std::visit(*this, item); }
  std::string operator()(const core::MessagePtr& message) const {
    if (message->payload == core::Payload::text) return "\"message\":" + quoted(message->bytes);
    return "\"binary\":\"" + encode_base64(message->bytes) + '"';
  }
  std::string operator()(const core::PresenceEvent& event) const {
    return fmt::format(R"("presence":{{"status":"{}","reason":"{}","at":{},"seq":{}}})",
                       core::name_of(event.status), core::name_of(event.reason),
                       event.at.time_since_epoch().count(), event.seq);
  }
  std::string operator()(const ports::Kick&) const { return "\"kick\":{}"; }
  std::string operator()(const ports::Question& question) const {
    return fmt::format(R"("who":{{"replyTo":{},"number":{}}})", quoted(question.reply_to),
                       question.number);
  }
  std::string operator()(const ports::Answer& answer) const {
    std::string list;
    for (const ports::RemoteConnection& connection : answer.connections) {
      if (!list.empty()) list += ',';
      list += fmt::format(R"({{"id":{},"node":{},"connectedAt":{},"lastPong":{}}})",
                          quoted(connection.id), quoted(connection.node),
                          connection.connected_at.time_since_epoch().count(),
                          connection.last_pong.time_since_epoch().count());
    }
    return fmt::format(R"("here":{{"number":{},"connections":[{}]}})", answer.number, list);
  }
};

}  // namespace

std::string write_envelope(std::string_view from, const Envelope::Body& body) {
  std::string text = "{";
  if (!from.empty()) text += "\"from\":" + quoted(from) + ',';
  return text + std::visit(BodyWriter{}, body) + '}';
}

base::Result<Envelope> parse_envelope(std::string_view text, const core::UserId* user,
                                      const EnvelopeLimits& limits) {
  if (text.size() > limits.bytes) {
    return base::Error{base::Errc::too_large, "envelope_too_large", "the envelope is too large"};
  }
  json::parse_options options;
  options.max_depth = limits.depth;
  std::array<unsigned char, 4096> stack;
  json::monotonic_resource memory(stack.data(), stack.size());
  boost::system::error_code error;
  const json::value value = json::parse(text, error, &memory, options);
  if (error || !value.is_object()) return invalid("the envelope is not a JSON object");
  const json::object& object = value.get_object();
  Envelope envelope;
  if (object.contains("from")) {
    auto from = name_in(object, "from");
    if (!from) return invalid("the envelope's sender is no name");
    envelope.from = *std::move(from);
  }
  auto body = read_body(object, user, limits.connections);
  if (!body) return invalid("the envelope has not one body that is understood");
  envelope.body = *std::move(body);
  return envelope;
}

}  // namespace rollcall::redis
