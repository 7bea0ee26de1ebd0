#include "adapters/redis/presence_keys.hpp"

namespace rollcall::redis {
namespace {

std::string join(std::string_view a, std::string_view b, std::string_view c = {}) {
  std::string text;
  text.reserve(a.size() + b.size() + c.size());
  return text.append(a).append(b).append(c);
}

constexpr std::string_view kUserChannelStem = "rollcall:user:";
constexpr std::string_view kNodeStem = "rollcall:node:";

std::optional<char> hex_digit(char digit) {
  if (digit >= '0' && digit <= '9') return static_cast<char>(digit - '0');
  if (digit >= 'A' && digit <= 'F') return static_cast<char>(digit - 'A' + 10);
  return std::nullopt;
}

std::optional<std::string> decode_id(std::string_view text) {
  std::string id;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      id += text[i];
      continue;
    }
    const auto high = i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
    const auto low = high ? hex_digit(text[i + 2]) : std::nullopt;
    if (!low) return std::nullopt;
    id += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return encode_id(id) == text ? std::optional(id) : std::nullopt;
}

}  // namespace

std::string encode_id(std::string_view id) {
  std::string out;
  out.reserve(id.size());
  for (const char c : id) {
    switch (c) {
      case '%':
        out += "%25";
        break;
      case '{':
        out += "%7B";
        break;
      case '}':
        out += "%7D";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string PresenceKeys::live(const core::UserId& user) const {
  return join(prefix, encode_id(user.text()));
}

std::string PresenceKeys::nodes(const core::UserId& user) const {
  return join("{", live(user), "}:nodes");
}

std::string PresenceKeys::state(const core::UserId& user) const {
  return join("{", live(user), "}:state");
}

std::string lease_key(std::string_view node) {
  return join(kNodeStem, node);
}

std::string index_key(std::string_view node) {
  return join(kNodeStem, node, ":users");
}

std::string place_of(std::string_view node, std::size_t shard) {
  return join(node, ":", std::to_string(shard));
}

std::string shard_channel(std::string_view node, std::size_t shard) {
  return join(kNodeStem, place_of(node, shard));
}

bool is_shard_channel(std::string_view channel) {
  return channel.starts_with(kNodeStem) && channel.size() <= kMaxShardChannelBytes;
}

std::string user_channel(const core::UserId& user) {
  return join(kUserChannelStem, encode_id(user.text()));
}

std::optional<core::UserId> user_of_channel(std::string_view channel) {
  if (!channel.starts_with(kUserChannelStem)) return std::nullopt;
  const auto id = decode_id(channel.substr(kUserChannelStem.size()));
  if (!id) return std::nullopt;
  auto user = core::UserId::parse(*id);
  return user ? std::optional(std::move(user).value()) : std::nullopt;
}

std::string tick_key(std::string_view name) {
  return join("rollcall:tick:", name);
}

}  // namespace rollcall::redis
