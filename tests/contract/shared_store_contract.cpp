#include "contract/shared_store_contract.hpp"

namespace rollcall::contract {

ports::SharedRosterStore& SharedStoreContract::shared(std::size_t node) {
  return dynamic_cast<ports::SharedRosterStore&>(store(node));
}

core::Change SharedStoreContract::touched(std::string_view who, base::Millis age) {
  return {member(who), false, age};
}

core::Change SharedStoreContract::left(std::string_view who, base::Millis age) {
  return {member(who), true, age};
}

template <typename T>
std::optional<T> SharedStoreContract::wait_for(const std::function<void(ports::Reply<T>)>& call) {
  auto outcome = std::make_shared<Outcome<T>>();
  call(note(outcome));
  if (!run_until([&] { return outcome->calls > 0; })) return std::nullopt;
  if (outcome->result->ok()) return std::move(*outcome->result).value();
  ADD_FAILURE() << outcome->result->error().code << ": " << outcome->result->error().message;
  return std::nullopt;
}

void SharedStoreContract::change(core::Change change, std::size_t node) {
  wait_for<core::Answer>(
      [&](auto reply) { shared(node).change(std::move(change), std::move(reply)); });
}

void SharedStoreContract::merge(std::vector<core::Change> changes,
                                std::optional<base::Millis> reset_age, std::size_t node) {
  wait_for<base::Done>(
      [&](auto reply) { shared(node).merge({std::move(changes), reset_age}, std::move(reply)); });
}

void SharedStoreContract::probe() {
  wait_for<base::Done>([&](auto reply) { shared().probe(std::move(reply)); });
}

std::vector<core::Change> SharedStoreContract::pass(const std::string& mark) {
  constexpr int kMaxPages = 10'000;
  std::vector<core::Change> all;
  std::string cursor;
  for (int pages = 0; pages < kMaxPages; ++pages) {
    const auto page = wait_for<ports::ChangesPage>(
        [&](auto reply) { shared().changes(mark, cursor, std::move(reply)); });
    if (!page) return all;
    all.insert(all.end(), page->changes.begin(), page->changes.end());
    if (page->next.empty()) return all;
    cursor = page->next;
  }
  ADD_FAILURE() << "the pass does not end";
  return all;
}

std::set<std::string> SharedStoreContract::live_of(const std::vector<core::MemberId>& who) {
  std::set<std::string> live;
  const auto seen = sightings(who);
  for (std::size_t i = 0; i < who.size(); ++i) {
    if (seen[i]) live.insert(who[i].text());
  }
  return live;
}

}  // namespace rollcall::contract
