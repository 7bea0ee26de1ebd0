#include "adapters/memory/roster_store.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

namespace rollcall::memory {
namespace {

core::MemberId member_of(std::string_view checked_text) {
  return core::MemberId::parse(checked_text).value();
}

// A cursor is the slot to go on from, in decimal digits.
std::optional<core::Slot> parse_cursor(std::string_view cursor) {
  if (cursor.empty()) return 0;
  core::Slot slot = 0;
  const char* end = cursor.data() + cursor.size();
  const auto [stop, error] = std::from_chars(cursor.data(), end, slot);
  if (error != std::errc() || stop != end || cursor.front() == '0') return std::nullopt;
  return slot;
}

}  // namespace

MemoryRosterStore::MemoryRosterStore(MemoryRosterOptions options,
                                     std::shared_ptr<core::ShardCounts> counts, std::size_t shard,
                                     const core::MemberHash& hash, const base::Clock& clock,
                                     ports::RosterJournal* journal)
    : options_(std::move(options)),
      counts_(std::move(counts)),
      shard_(shard),
      clock_(clock),
      journal_(journal),
      roster_(options_.ttl, options_.max_members, hash),
      next_hand_over_(clock.now() + kHandOverEvery) {}

MemoryRosterStore::~MemoryRosterStore() {
  hand_over();
  counts_->publish(shard_, 0);
}

std::size_t MemoryRosterStore::restore(std::vector<ports::JournalEntry> entries) {
  const auto now = clock_.now();
  for (auto& entry : entries) {
    const auto slot = roster_.touch(entry.member.text(), entry.last_seen, now);
    if (slot.ok() && slot.value() == core::kNoSlot) note_gone(std::move(entry.member));
  }
  return answer(now).online - counts_->others(shard_);
}

void MemoryRosterStore::tick() {
  const auto now = clock_.now();
  expire(now);
  answer(now);
  if (now < next_hand_over_) return;
  hand_over();
  next_hand_over_ = now + kHandOverEvery;
}

void MemoryRosterStore::touch(core::MemberId member, base::Millis age,
                              ports::Reply<core::Answer> reply) {
  const auto now = clock_.now();
  expire(now);
  const auto slot = roster_.touch(member.text(), now - std::max(age, base::Millis{0}), now);
  if (!slot.ok()) return reply(slot.error());
  if (slot.value() != core::kNoSlot) note_touched(slot.value());
  reply(answer(now));
}

void MemoryRosterStore::leave(core::MemberId member, ports::Reply<core::Answer> reply) {
  const auto now = clock_.now();
  expire(now);
  roster_.leave(member.text(), now);
  note_gone(std::move(member));
  reply(answer(now));
}

void MemoryRosterStore::count(ports::Reply<core::Answer> reply) {
  const auto now = clock_.now();
  expire(now);
  reply(answer(now));
}

void MemoryRosterStore::is_live(std::vector<core::MemberId> members,
                                ports::Reply<std::vector<std::optional<ports::Sighting>>> reply) {
  const auto now = clock_.now();
  std::vector<std::optional<ports::Sighting>> sightings;
  sightings.reserve(members.size());
  for (const auto& member : members) {
    const auto last_seen = roster_.find(member.text(), now);
    sightings.push_back(last_seen ? std::optional<ports::Sighting>({*last_seen, now - *last_seen})
                                  : std::nullopt);
  }
  reply(std::move(sightings));
}

void MemoryRosterStore::list(std::string cursor, std::size_t limit,
                             ports::Reply<ports::MemberPage> reply) {
  const auto from = parse_cursor(cursor);
  if (!from) {
    return reply(base::Error{base::Errc::invalid_argument, "invalid_cursor",
                             "the cursor is not one that this roster gave"});
  }
  const core::RosterPage found = roster_.list(*from, limit, clock_.now());
  ports::MemberPage page;
  page.members.reserve(found.members.size());
  for (const auto text : found.members) page.members.push_back(member_of(text));
  if (found.next != core::kNoSlot) page.next = std::to_string(found.next);
  reply(std::move(page));
}

void MemoryRosterStore::reset(ports::Reply<base::Done> reply) {
  const auto now = clock_.now();
  roster_.reset(now);
  touched_.clear();
  gone_.clear();
  if (journal_ != nullptr) {
    journal_->clear(options_.name);
    // The other shards clear the same journal in these moments: who comes now is handed over
    // after that.
    next_hand_over_ = now + kHandOverEvery;
  }
  answer(now);
  reply(base::Done{});
}

void MemoryRosterStore::expire(base::WallTime now) {
  roster_.expire(now, [this](std::string_view member) {
    if (journal_ != nullptr) gone_.push_back({member_of(member), {}, true});
  });
  hand_over_when_many();
}

core::Answer MemoryRosterStore::answer(base::WallTime now) {
  const std::uint64_t live = roster_.count(now);
  counts_->publish(shard_, live);
  return {live + counts_->others(shard_), core::Source::memory, core::Certainty::exact};
}

void MemoryRosterStore::note_touched(core::Slot slot) {
  if (journal_ == nullptr) return;
  touched_.push_back(slot);
  hand_over_when_many();
}

void MemoryRosterStore::note_gone(core::MemberId member) {
  if (journal_ == nullptr) return;
  gone_.push_back({std::move(member), {}, true});
  hand_over_when_many();
}

void MemoryRosterStore::hand_over_when_many() {
  if (touched_.size() + gone_.size() >= kHandOverAt) hand_over();
}

// Who left or expired goes first: whoever came back since then is among the touched.
void MemoryRosterStore::hand_over() {
  if (journal_ == nullptr) return;
  std::vector<ports::JournalEntry> batch = std::exchange(gone_, {});
  std::sort(touched_.begin(), touched_.end());
  touched_.erase(std::unique(touched_.begin(), touched_.end()), touched_.end());
  for (const core::Slot slot : touched_) {
    const core::SlabEntry* entry = roster_.at(slot);
    if (entry == nullptr || entry->standing != core::Standing::live) continue;
    batch.push_back({member_of(entry->text.view()), entry->since, false});
  }
  touched_.clear();
  if (!batch.empty()) journal_->append(options_.name, std::move(batch));
}

}  // namespace rollcall::memory
