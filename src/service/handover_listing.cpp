#include "service/handover_store.hpp"

#include <charconv>
#include <utility>

// What a HandoverStore tells of single members.
namespace rollcall::service {

using core::Tier;

void HandoverStore::is_live(std::vector<core::MemberId> members, ports::Reply<Sightings> reply) {
  ask(handover_.answers(), std::move(members), std::move(reply));
}

void HandoverStore::ask(Tier tier, std::vector<core::MemberId> members,
                        ports::Reply<Sightings> reply) {
  if (tier == Tier::local) {
    Sightings sightings(members.size());
    add_own(members, sightings);
    return reply(std::move(sightings));
  }
  const base::WallTime began = clock_.now();
  store(tier).is_live(members, [this, tier, began, members,
                                reply = std::move(reply)](base::Result<Sightings> found) {
    if (closed_) return;
    if (!found) {
      if (is_refusal(found.error())) return reply(std::move(found).error());
      note_failure(tier, found.error(), began);
      return ask(next_after(tier), members, reply);
    }
    const bool is_exact = handover_.certainty(tier, clock_.now()) == core::Certainty::exact;
    if (!is_exact) add_own(members, found.value());
    reply(std::move(found));
  });
}

void HandoverStore::add_own(const std::vector<core::MemberId>& members,
                            Sightings& sightings) const {
  const base::WallTime now = clock_.now();
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto seen = shadow_.find(members[i].text(), now);
    if (seen && !sightings[i]) sightings[i] = ports::Sighting{*seen, now - *seen};
  }
}

// A cursor begins with the letter of the store that gave it.
void HandoverStore::list(std::string cursor, std::size_t limit,
                         ports::Reply<ports::MemberPage> reply) {
  constexpr std::string_view kLetters = "pfl";
  const Tier tier = handover_.answers();
  const char letter = kLetters[static_cast<std::size_t>(tier)];
  if (!cursor.empty() && cursor.front() != letter) {
    return reply(base::Error{base::Errc::invalid_argument, "invalid_cursor",
                             "the cursor is not one of the store that answers now: begin anew"});
  }
  const std::string own = cursor.empty() ? "" : cursor.substr(1);
  ports::Reply<ports::MemberPage> marked =
      [letter, reply = std::move(reply)](base::Result<ports::MemberPage> page) {
        if (page && !page.value().next.empty()) page.value().next.insert(0, 1, letter);
        reply(std::move(page));
      };
  if (tier == Tier::local) return list_own(own, limit, marked);
  const base::WallTime began = clock_.now();
  store(tier).list(
      own, limit,
      [this, tier, began, marked = std::move(marked)](base::Result<ports::MemberPage> page) {
        if (closed_) return;
        if (!page && !is_refusal(page.error())) note_failure(tier, page.error(), began);
        marked(std::move(page));
      });
}

void HandoverStore::list_own(std::string_view cursor, std::size_t limit,
                             const ports::Reply<ports::MemberPage>& reply) const {
  core::Slot from = 0;
  const char* end = cursor.data() + cursor.size();
  const auto [stop, error] = std::from_chars(cursor.data(), end, from);
  if (!cursor.empty() && (error != std::errc() || stop != end)) {
    return reply(base::Error{base::Errc::invalid_argument, "invalid_cursor",
                             "the cursor is not one that this roster gave"});
  }
  const core::RosterPage found = shadow_.list(from, limit, clock_.now());
  ports::MemberPage page;
  for (const auto text : found.members)
    page.members.push_back(core::MemberId::parse(text).value());
  if (found.next != core::kNoSlot) page.next = std::to_string(found.next);
  reply(std::move(page));
}

}  // namespace rollcall::service
