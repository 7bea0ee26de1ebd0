#include "adapters/redis/envelope.hpp"
#include "adapters/redis/presence_keys.hpp"
#include "core/utf8.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <variant>

namespace {

using rollcall::core::MessagePtr;
using rollcall::core::Payload;
using rollcall::core::UserId;
using rollcall::ports::UserItem;
using rollcall::redis::Envelope;
using rollcall::redis::EnvelopeLimits;

void require(bool condition) {
  if (!condition) std::abort();
}

void check_body(const Envelope::Body& body) {
  const auto* item = std::get_if<UserItem>(&body);
  if (item == nullptr) {
    require(std::get<rollcall::ports::Answer>(body).connections.size() <=
            EnvelopeLimits{}.connections);
    return;
  }
  if (const auto* message = std::get_if<MessagePtr>(item)) {
    const bool text = (*message)->payload == Payload::text;
    require(!text || rollcall::core::is_valid_utf8((*message)->bytes));
  }
  if (const auto* question = std::get_if<rollcall::ports::Question>(item)) {
    require(rollcall::redis::is_shard_channel(question->reply_to));
  }
}

}  // namespace

// What is understood can be said again, and is understood alike. Channels likewise.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const UserId user = UserId::parse("ada").value();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto named = rollcall::redis::user_of_channel(text)) {
    require(rollcall::redis::user_channel(*named) == text);
  }
  const auto envelope = rollcall::redis::parse_envelope(text, &user, {});
  if (!envelope) return 0;
  check_body(envelope.value().body);
  const auto again = rollcall::redis::write_envelope(envelope.value().from, envelope.value().body);
  const auto reread = rollcall::redis::parse_envelope(again, &user, {});
  require(reread.ok() && reread.value().from == envelope.value().from);
  require(rollcall::redis::write_envelope(reread.value().from, reread.value().body) == again);
  return 0;
}
