#include "adapters/redis/inspection.hpp"

#include "adapters/redis/inquiry.hpp"
#include "adapters/redis/refusal.hpp"

#include <charconv>
#include <span>
#include <string_view>
#include <utility>

namespace rollcall::redis {
namespace {

constexpr base::Millis kPatience{5'000};
constexpr std::string_view kSettings[] = {"client-output-buffer-limit", "save", "timeout",
                                          "maxclients"};

Inspection::Fields fields_of_info(std::string_view text) {
  Inspection::Fields fields;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::size_t colon = line.find(':');
    if (line.starts_with('#') || colon == std::string_view::npos) continue;
    fields.emplace(line.substr(0, colon), line.substr(colon + 1));
  }
  return fields;
}

// INFO may be allowed in part only; what matters is told by the whole of it.
std::optional<Inspection::Fields> read_info(const RespValue& reply) {
  if (!reply.is_text()) return std::nullopt;
  return fields_of_info(reply.text);
}

std::optional<Inspection::Fields> read_settings(std::span<const RespValue> replies) {
  Inspection::Fields fields;
  for (const RespValue& reply : replies) {
    if (reply.is_error()) return std::nullopt;
    for (std::size_t i = 0; i + 1 < reply.elements.size(); i += 2) {
      fields.emplace(reply.elements[i].text, reply.elements[i + 1].text);
    }
  }
  return fields;
}

std::int64_t number_of(const std::string& text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// TIME is the first reply: read at some moment between sending and hearing.
void read_clock(Inspection& inspection, const Inquiry& inquiry) {
  const auto& fields = inquiry.replies.front().elements;
  if (fields.size() != 2) return;
  const base::WallTime told{std::chrono::seconds(number_of(fields[0].text)) +
                            base::Millis(number_of(fields[1].text) / 1000)};
  const base::Millis round_trip = inquiry.answered_at - inquiry.sent_at;
  inspection.clock_ahead = told - (inquiry.sent_at + round_trip / 2);
  inspection.clock_doubt = round_trip / 2 + base::Millis(1);
}

// "NOPERM this user has no permissions to run the 'zadd' command", "NOPERM ... access a key".
Forbidden::Of what_is_forbidden(std::string_view refusal) {
  const auto says = [&](std::string_view word) {
    return refusal.find(word) != std::string_view::npos;
  };
  if (says("to run the")) return Forbidden::Of::command;
  return says("channel") ? Forbidden::Of::channel : Forbidden::Of::key;
}

// `replies` are those to what was queued.
void read_permissions(Inspection& inspection, const std::vector<Need>& needs,
                      std::span<const RespValue> replies) {
  for (std::size_t i = 0; i < needs.size(); ++i) {
    const RespValue& reply = replies[i];
    if (!reply.is_error() || refusal_word(reply) != "NOPERM") continue;
    inspection.forbidden.push_back(
        {what_is_forbidden(reply.text), needs[i].command, needs[i].pattern});
  }
}

}  // namespace

base::Result<Inspection> inspect(const SessionOptions& options, const std::vector<Need>& needs) {
  InquiryStep facts{Command("TIME"), Command("INFO")};
  for (const std::string_view name : kSettings) facts.emplace_back("CONFIG", "GET", name);
  InquiryStep tries;
  for (const Need& need : needs) tries.push_back(need.example);
  tries.emplace_back("DISCARD");
  const std::size_t settings_end = facts.size();
  facts.emplace_back("MULTI");  // refused, nothing may follow it: it would be run
  const auto inquiry = inquire(options, {facts, tries}, kPatience);
  if (!inquiry) return inquiry.error();
  const std::span<const RespValue> replies = inquiry.value().replies;

  Inspection inspection;
  inspection.where = options.endpoint.text();
  inspection.user = options.endpoint.user.empty() ? "default" : options.endpoint.user;
  inspection.server = inquiry.value().server;
  read_clock(inspection, inquiry.value());
  inspection.info = read_info(replies[1]);
  inspection.config = read_settings(replies.subspan(2, settings_end - 2));
  inspection.is_permission_known = replies.size() > facts.size();
  if (inspection.is_permission_known) {
    read_permissions(inspection, needs, replies.subspan(facts.size()));
  }
  return inspection;
}

}  // namespace rollcall::redis
