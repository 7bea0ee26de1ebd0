#include "adapters/redis/roster_commands.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

namespace rollcall::redis {
namespace {

constexpr std::size_t kCommitFields = 6;
constexpr std::size_t kLateFields = 2;
constexpr std::size_t kListHead = 3;
constexpr std::size_t kTrimFields = 3;

std::string_view unit_of(const RosterLayout& layout) {
  return layout.unit == ScoreUnit::seconds ? "s" : "ms";
}

// Redis hashes what stands between the first brace and the next closing one, if anything does.
bool has_hash_tag(std::string_view key) {
  const std::size_t open = key.find('{');
  if (open == std::string_view::npos) return false;
  const std::size_t close = key.find('}', open);
  return close != std::string_view::npos && close > open + 1;
}

base::Error unexpected(std::string_view script) {
  return {base::Errc::internal, "redis_reply",
          "Redis answered " + std::string(script) + " in another shape"};
}

bool is_integer(const RespValue& value) {
  return value.type == RespType::integer;
}

bool are_integers(std::span<const RespValue> values) {
  return std::all_of(values.begin(), values.end(), is_integer);
}

base::Millis::rep count_of(base::WallTime time) {
  return time.time_since_epoch().count();
}

base::WallTime wall_time(std::int64_t ms) {
  return base::WallTime(base::Millis(ms));
}

// A copy is never the latest word, so that its age is no zero. Part of a millisecond is cut off
// what it has waited: that of a touch is rounded up, or it might seem to be after its leave.
base::Millis age_of(const core::Change& change, base::Millis waited) {
  if (change.age == kFresh) return base::Millis(0);
  const base::Millis age = change.age + waited + base::Millis(change.leave ? 0 : 1);
  return std::max(age, base::Millis(1));
}

std::optional<base::WallTime> parse_score(const RosterLayout& layout, const std::string& text) {
  double score = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), score);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  const double ms = layout.unit == ScoreUnit::seconds ? score * 1000 : score;
  constexpr double kMaxMs = 1e15;  // the year 33658
  if (std::isnan(ms)) return std::nullopt;
  return wall_time(std::llround(std::clamp(ms, 0.0, kMaxMs)));
}

}  // namespace

RosterKeys::RosterKeys(std::string key)
    : roster(std::move(key)), stem(has_hash_tag(roster) ? roster : "{" + roster + "}") {
  left = stem + ":left";
  epoch = stem + ":epoch";
  probe = stem + ":probe";
}

std::string RosterKeys::listed(std::string_view listing) const {
  return stem + ":listed:" + std::string(listing);
}

Command commit_arguments(const RosterLayout& layout, const RosterKeys& keys,
                         const CommitCall& call, std::span<const core::Change> changes) {
  const Witness witness = call.witness.value_or(Witness{});
  const auto touches = std::count_if(changes.begin(), changes.end(),
                                     [](const core::Change& change) { return !change.leave; });
  Command arguments(3, keys.roster, keys.left, keys.epoch);
  arguments.add(unit_of(layout)).add(layout.ttl.count()).add(layout.key_expiry.count());
  arguments.add(call.new_epoch).add(count_of(call.window.sent)).add(call.window.patience.count());
  arguments.add(witness.epoch).add(count_of(witness.touched)).add(witness.member);
  arguments.add(!call.merge ? "" : call.fills ? "fill" : "merge");
  arguments.add(call.reset_age ? std::to_string((*call.reset_age + call.waited).count()) : "");
  arguments.add(touches);
  for (const bool leaves : {false, true}) {
    for (const core::Change& change : changes) {
      if (change.leave != leaves) continue;
      arguments.add(age_of(change, call.waited).count()).add(change.member.text());
    }
  }
  return arguments;
}

Command reset_arguments(const RosterLayout& layout, const RosterKeys& keys,
                        std::string_view new_epoch, const WriteWindow& window) {
  Command arguments(3, keys.roster, keys.left, keys.epoch, unit_of(layout), new_epoch);
  return std::move(arguments.add(count_of(window.sent)).add(window.patience.count()));
}

base::Result<CommitReply> parse_commit(const RespValue& reply) {
  const auto& fields = reply.elements;
  CommitReply parsed;
  if (reply.type != RespType::array || fields.size() < kLateFields || !is_integer(fields[1])) {
    return unexpected("a commit");
  }
  parsed.now = wall_time(fields[1].integer);
  parsed.late = fields.size() == kLateFields && fields[0].text == "late";
  if (parsed.late) return parsed;
  const bool fits = fields.size() == kCommitFields && fields[2].is_text() &&
                    are_integers(std::span(fields).subspan(3)) && is_integer(fields[0]) &&
                    fields[0].integer >= 0;
  if (!fits) return unexpected("a commit");
  parsed.online = static_cast<std::uint64_t>(fields[0].integer);
  parsed.epoch = fields[2].text;
  if (fields[3].integer > 0) parsed.reset_at = wall_time(fields[3].integer);
  parsed.merging = fields[4].integer == 1;
  parsed.more = fields[5].integer == 1;
  return parsed;
}

Command sightings_arguments(const RosterKeys& keys, std::span<const core::MemberId> members) {
  Command arguments(1, keys.roster);
  for (const core::MemberId& member : members) arguments.add(member.text());
  return arguments;
}

base::Result<std::vector<std::optional<ports::Sighting>>> parse_sightings(
    const RosterLayout& layout, const RespValue& reply, std::size_t asked) {
  const auto& fields = reply.elements;
  if (reply.type != RespType::array || fields.size() != asked + 1 ||
      !are_integers({&fields[0], 1})) {
    return unexpected("sightings");
  }
  const base::WallTime now = wall_time(fields[0].integer);
  std::vector<std::optional<ports::Sighting>> sightings(asked);
  for (std::size_t i = 0; i < asked; ++i) {
    if (!fields[i + 1].is_text()) continue;
    const auto last_seen = parse_score(layout, fields[i + 1].text);
    if (!last_seen) return unexpected("sightings");
    const base::Millis age = std::max(now - *last_seen, base::Millis(0));
    if (age <= layout.ttl) sightings[i] = ports::Sighting{*last_seen, age};
  }
  return sightings;
}

Command list_arguments(const RosterLayout& layout, const RosterKeys& keys, const ListCursor& from,
                       std::size_t limit) {
  Command arguments(2, keys.roster, keys.listed(from.listing));
  arguments.add(unit_of(layout)).add(layout.ttl.count()).add(limit).add(from.page);
  return std::move(arguments.add(from.score).add(from.member));
}

base::Result<ListReply> parse_list(const RespValue& reply, const ListCursor& from) {
  const auto& fields = reply.elements;
  const bool all_text = std::all_of(fields.begin(), fields.end(),
                                    [](const RespValue& value) { return value.is_text(); });
  if (reply.type != RespType::array || !all_text || fields.empty()) return unexpected("a listing");
  if (fields[0].text == "lost") return invalid_cursor();
  if (fields.size() < kListHead) return unexpected("a listing");
  ListReply page;
  for (std::size_t i = kListHead; i < fields.size(); ++i) {
    auto member = core::MemberId::parse(fields[i].text);
    if (member) page.members.push_back(std::move(member).value());
  }
  if (!fields[1].text.empty()) {
    page.next = ListCursor{from.listing, from.page + 1, fields[1].text, fields[2].text};
  }
  return page;
}

Command trim_arguments(const RosterLayout& layout, const RosterKeys& keys, std::size_t most) {
  return Command(2, keys.roster, keys.left, unit_of(layout), layout.ttl.count(), most);
}

base::Result<std::uint64_t> parse_trim(const RespValue& reply) {
  const bool fits = reply.type == RespType::array && reply.elements.size() == kTrimFields &&
                    are_integers(reply.elements) && reply.elements[0].integer >= 0;
  if (!fits) return unexpected("a trim");
  return static_cast<std::uint64_t>(reply.elements[0].integer);
}

Command probe_arguments(const RosterKeys& keys, std::uint64_t number) {
  return Command(4, keys.roster, keys.left, keys.epoch, keys.probe, number);
}

base::Result<base::Done> parse_probe(const RespValue& reply) {
  if (!reply.is_text()) return unexpected("a probe");
  if (reply.text.find("role:slave") == std::string::npos) return base::Done{};
  return base::Error{base::Errc::unavailable, "redis_replica", "this Redis is a replica"};
}

}  // namespace rollcall::redis
