#include "adapters/postgres/changes_pass.hpp"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace rollcall::postgres {
namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr char kBetween = ';';
constexpr std::uint64_t kMostBlocks = 0xffff'fffe;  // a table has no more

// The text before the next separator, taken off `text`.
std::string_view take(std::string_view& text) {
  const std::size_t end = std::min(text.find(kBetween), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc() || stop != end || value > kMostBlocks) {
    return std::nullopt;
  }
  return value;
}

bool is_place(std::string_view text) {
  if (text.size() < 5 || text.front() != '(' || text.back() != ')') return false;
  text = text.substr(1, text.size() - 2);
  const std::size_t comma = text.find(',');
  return comma != std::string_view::npos && number(text.substr(0, comma)) &&
         number(text.substr(comma + 1));
}

}  // namespace

std::optional<ChangesPass> ChangesPass::parse(std::string mark, std::string_view cursor) {
  if (mark.find_first_not_of(kDigits) != std::string::npos) return std::nullopt;
  ChangesPass pass;
  pass.since_ = std::move(mark);
  if (cursor.empty()) return pass;
  pass.mark_ = take(cursor);
  const auto part = number(take(cursor));
  const auto blocks = number(take(cursor));
  const auto end_block = number(take(cursor));
  pass.place_ = take(cursor);
  const bool is_ours =
      number(pass.mark_) && part && blocks && end_block && is_place(pass.place_) && cursor.empty();
  if (!is_ours) return std::nullopt;
  pass.part_ = *part;
  pass.blocks_ = *blocks;
  pass.end_block_ = *end_block;
  return pass;
}

ChangesStep ChangesPass::step(std::size_t limit) const {
  return {static_cast<std::size_t>(part_), since_, place_, static_cast<std::uint32_t>(end_block_),
          limit};
}

std::string ChangesPass::cursor() const {
  return fmt::format("{1}{0}{2}{0}{3}{0}{4}{0}{5}", kBetween, mark_, part_, blocks_, end_block_,
                     place_);
}

ports::ChangesPage ChangesPass::page_of(const Rows& rows, std::size_t limit,
                                        std::size_t parts) const {
  using Columns = ChangesColumns;
  ports::ChangesPage page;
  if (!rows.is_null(0, Columns::kResetAge)) {
    page.reset_age = base::Millis(rows.integer(0, Columns::kResetAge));
  }
  std::size_t found = 0;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (rows.is_null(row, Columns::kPlace)) continue;
    ++found;
    auto member = core::MemberId::parse(rows.text(row, Columns::kMember));
    if (!member.ok()) continue;
    page.changes.push_back({std::move(member).value(), rows.flag(row, Columns::kLeave),
                            base::Millis(rows.integer(row, Columns::kAge))});
  }
  ChangesPass next = *this;
  if (mark_.empty()) next.mark_ = rows.text(0, Columns::kOldestWriter);
  if (blocks_ == 0) next.blocks_ = static_cast<std::uint64_t>(rows.integer(0, Columns::kBlocks));
  if (found >= limit) {
    next.place_ = rows.text(rows.size() - 1, Columns::kPlace);
  } else if (end_block_ < next.blocks_) {
    next.place_ = fmt::format("({},0)", end_block_);
    next.end_block_ = std::min(end_block_ + kBlocksAStep, kMostBlocks);
  } else if (part_ + 1 < parts) {
    ++next.part_;
    next.blocks_ = 0;
    next.end_block_ = kBlocksAStep;
    next.place_ = kStart;
  } else {
    page.mark = next.mark_;
    return page;
  }
  page.next = next.cursor();
  return page;
}

}  // namespace rollcall::postgres
