// What a hand-over asks of the store: to be filled from elsewhere, probed, and read back.

#include "adapters/postgres/changes_pass.hpp"
#include "adapters/postgres/errors.hpp"
#include "adapters/postgres/parts.hpp"
#include "adapters/postgres/roster_store.hpp"

#include <string_view>
#include <utility>

namespace rollcall::postgres {

void PostgresRosterStore::merge(ports::Merge merge, ports::Reply<base::Done> reply) {
  const std::size_t count = (merge.changes.empty() ? 0 : 1) + (merge.reset_age ? 1 : 0);
  if (count == 0) return reply(base::Done{});
  const auto parts = std::make_shared<Parts>(count, std::move(reply));
  if (merge.reset_age) {
    link_.send(table_->reset(*merge.reset_age),
               [this, parts, alive = std::weak_ptr<char>(alive_)](const base::Result<Rows>& rows) {
                 const bool is_new = rows.ok() && !rows.value().is_null(0, ResetColumns::kResetAt);
                 if (is_new && !alive.expired()) {
                   note_reset(rows.value().integer(0, ResetColumns::kResetAt));
                   count_is_stale_ = true;
                 }
                 parts->ended(status_of(rows));
               });
  }
  if (merge.changes.empty()) return;
  send_changes(merge.changes, Origin::copied,
               [parts](base::Status status) { parts->ended(std::move(status)); });
}

void PostgresRosterStore::probe(ports::Reply<base::Done> reply) {
  link_.send(table_->check_writable(), [reply = std::move(reply)](const base::Result<Rows>& rows) {
    if (!rows.ok()) return reply(rows.error());
    if (rows.value().flag(0, WritableColumns::kReadOnly)) {
      return reply(unavailable("the server takes no writes; postgres.url must name the primary"));
    }
    const std::string_view missing = rows.value().text(0, WritableColumns::kMissing);
    if (!missing.empty()) {
      return reply(unavailable("permissions are missing: " + std::string(missing)));
    }
    reply(base::Done{});
  });
}

void PostgresRosterStore::changes(std::string mark, std::string cursor,
                                  ports::Reply<ports::ChangesPage> reply) {
  const auto pass = ChangesPass::parse(std::move(mark), cursor);
  if (!pass) {
    return reply(base::Error{base::Errc::invalid_argument, "invalid_cursor",
                             "the cursor is not one of this store"});
  }
  link_.send(table_->changes(pass->step(kMostMerged)),
             [pass = *pass, parts = table_->parts(),
              reply = std::move(reply)](const base::Result<Rows>& rows) {
               if (!rows.ok()) return reply(rows.error());
               reply(pass.page_of(rows.value(), kMostMerged, parts));
             });
}

}  // namespace rollcall::postgres
