#include "core/retention_plan.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rollcall::core {
namespace {

using ::testing::HasSubstr;
using Clause = RetentionFacts::Clause;

RetentionPolicy sessions() {
  RetentionPolicy policy;
  policy.name = "user_sessions";
  policy.table = "UserSession";
  policy.created_at = "createdAt";
  policy.user_id = "userId";
  policy.expires_at = "expiresAt";
  policy.anonymous_after = std::chrono::hours(24);
  return policy;
}

// 1.2 GB of 2.6 million rows, without any index that helps.
RetentionFacts large() {
  RetentionFacts facts;
  facts.table = "public.\"UserSession\"";
  facts.blocks = 153'206;
  facts.index_bytes = 250'000'000;
  facts.rows = 2'604'496;
  facts.due_rows = 2'520'000;
  facts.row_bytes = 460;
  facts.clauses = {{RetentionClause::expired, "", 0}, {RetentionClause::anonymous, "", 0}};
  return facts;
}

RetentionFacts with_indexes(std::uint64_t expired, std::uint64_t anonymous) {
  RetentionFacts facts = large();
  facts.clauses = {{RetentionClause::expired, "by_expiry", expired},
                   {RetentionClause::anonymous, "by_creation", anonymous}};
  return facts;
}

TEST(RetentionPlan, NothingInAnEmptyTable) {
  RetentionFacts facts = large();
  facts.blocks = facts.rows = facts.due_rows = 0;
  const RetentionPlan plan = plan_retention(sessions(), facts);
  EXPECT_EQ(plan.way, RetentionWay::nothing);
  EXPECT_EQ(plan.reason, "the table is empty");
  EXPECT_EQ(plan.advice, "");
}

TEST(RetentionPlan, NothingWhenTheIndexesLeadToNoRow) {
  RetentionFacts facts = with_indexes(0, 0);
  facts.due_rows = 0;
  EXPECT_EQ(plan_retention(sessions(), facts).way, RetentionWay::nothing);
}

TEST(RetentionPlan, NothingWhenASmallTableWasCountedWhole) {
  RetentionFacts facts = large();
  facts.blocks = 12;
  facts.due_rows = 0;
  facts.is_counted = true;
  EXPECT_EQ(plan_retention(sessions(), facts).way, RetentionWay::nothing);
}

// A sample that met no due row proves nothing.
TEST(RetentionPlan, PassesOverALargeTableThoughItsSampleHasNoDueRow) {
  RetentionFacts facts = large();
  facts.due_rows = 0;
  const RetentionPlan plan = plan_retention(sessions(), facts);
  EXPECT_EQ(plan.way, RetentionWay::backlog);
  EXPECT_THAT(plan.reason, HasSubstr("no index begins with \"expiresAt\" and \"createdAt\""));
}

TEST(RetentionPlan, PassesWhenOneClauseHasNoIndex) {
  RetentionFacts facts = with_indexes(3, 3);
  facts.clauses[0].index.clear();
  const RetentionPlan plan = plan_retention(sessions(), facts);
  EXPECT_EQ(plan.way, RetentionWay::backlog);
  EXPECT_THAT(plan.reason, HasSubstr("no index begins with \"expiresAt\""));
}

TEST(RetentionPlan, TricklesUpToWhatAPassWouldCost) {
  const std::uint64_t limit = trickle_limit(153'206);
  EXPECT_EQ(limit, 38'301U);
  EXPECT_EQ(plan_retention(sessions(), with_indexes(limit - 1, 1)).way, RetentionWay::trickle);
  const RetentionPlan above = plan_retention(sessions(), with_indexes(limit, 1));
  EXPECT_EQ(above.way, RetentionWay::backlog);
  EXPECT_THAT(above.reason, HasSubstr("more than 38301 rows are due"));
}

TEST(RetentionPlan, NamesTheIndexesOfATrickle) {
  EXPECT_THAT(plan_retention(sessions(), with_indexes(9, 9)).reason,
              HasSubstr("by_expiry and by_creation lead to them"));
  RetentionFacts facts = with_indexes(9, 9);
  facts.clauses.pop_back();
  EXPECT_THAT(plan_retention(sessions(), facts).reason, HasSubstr("by_expiry leads to them"));
}

TEST(RetentionPlan, ReadsASmallTableAtOnce) {
  RetentionFacts facts = with_indexes(9, 9);
  facts.blocks = 256;
  EXPECT_EQ(plan_retention(sessions(), facts).way, RetentionWay::backlog);
  facts.blocks = 257;
  EXPECT_EQ(plan_retention(sessions(), facts).way, RetentionWay::trickle);
}

TEST(RetentionPlan, AdvisesTheIndexesThatAreMissing) {
  const std::string advice = plan_retention(sessions(), large()).advice;
  EXPECT_THAT(advice,
              HasSubstr("CREATE INDEX CONCURRENTLY ON public.\"UserSession\" (\"expiresAt\");"));
  EXPECT_THAT(advice,
              HasSubstr("ON public.\"UserSession\" (\"createdAt\") WHERE \"userId\" IS NULL"));
  RetentionFacts small = large();
  small.blocks = 4095;
  EXPECT_EQ(plan_retention(sessions(), small).advice, "");
}

TEST(RetentionPlan, QuotesTheNamesInItsAdvice) {
  RetentionPolicy policy = sessions();
  policy.expires_at = "ends \"at\"";
  EXPECT_THAT(plan_retention(policy, large()).advice, HasSubstr("(\"ends \"\"at\"\"\")"));
}

TEST(RetentionPlan, AdvisesARebuildOfATableThatIsMostlyDead) {
  RetentionFacts facts = with_indexes(0, 0);
  facts.due_rows = 0;
  facts.rows = 84'000;
  const RetentionPlan plan = plan_retention(sessions(), facts);
  EXPECT_THAT(plan.advice, HasSubstr("rollcall retention rebuild --policy user_sessions"));
  EXPECT_NEAR(static_cast<double>(plan.file_bytes), 1.46e9, 0.01e9);
  facts.rows = 2'600'000;
  EXPECT_EQ(plan_retention(sessions(), facts).advice, "");
}

TEST(RetentionPlan, TellsWhatGoesAndAboutHowLongItTakes) {
  const RetentionPlan plan = plan_retention(sessions(), large());
  EXPECT_EQ(plan.due_rows, 2'520'000U);
  EXPECT_EQ(plan.due_bytes, 2'520'000U * 460);
  EXPECT_FALSE(plan.is_counted);
  EXPECT_EQ(plan.duration, base::Millis(12'600 + 1'532));
}

TEST(RetentionPolicy, HasTheClausesThatAreSet) {
  RetentionPolicy policy = sessions();
  EXPECT_EQ(clauses_of(policy),
            (std::vector{RetentionClause::expired, RetentionClause::anonymous}));
  EXPECT_EQ(time_column(policy, RetentionClause::anonymous), "createdAt");
  EXPECT_EQ(due_after(policy, RetentionClause::anonymous), std::chrono::hours(24));
  EXPECT_EQ(due_after(policy, RetentionClause::expired), base::Millis(0));
  policy = {};
  policy.last_seen = "updated_at";
  policy.idle_after = std::chrono::hours(1);
  EXPECT_EQ(clauses_of(policy), std::vector{RetentionClause::idle});
  EXPECT_EQ(time_column(policy, RetentionClause::idle), "updated_at");
}

}  // namespace
}  // namespace rollcall::core
