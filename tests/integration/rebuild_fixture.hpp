#pragma once

#include "adapters/postgres/table_rebuild.hpp"
#include "core/retention_policy.hpp"
#include "support/postgres_server.hpp"

#include <functional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace rollcall::postgres {

// A database of the test's own, and the table of a program in it.
class RebuildFixture : public testing::Test {
 protected:
  using OnProgress = std::function<void(const RebuildProgress&)>;

  RebuildFixture();

  static support::PostgresServer& server();
  std::string query(const std::string& sql) const { return server().query(sql, database_); }
  // As `owner`, who owns the table and is no superuser, or `writer`, who only reads and writes it.
  std::string url_as(std::string_view role) const {
    return server().url_as(role, "plain", database_);
  }
  const std::string& database() const { return database_; }

  // "UserSession" as its program makes it. Of `rows` rows, the oldest first and a second apart,
  // the last `fresh` are younger than a day; every hundredth belongs to a user.
  void make_user_sessions(int rows, int fresh) const;
  core::RetentionPolicy policy() const;  // of that table

  // Of any table with columns id and expires_at, a timestamptz.
  core::RetentionPolicy policy_of(const std::string& table) const;

  base::Result<RebuildReport> rebuild(const OnProgress& on_progress = {}) const;
  // Calls `then` when the rebuild comes to a step for the first time.
  static OnProgress at(std::string_view step, std::function<void()> then);

  // All that the catalogue knows of a table and of what depends on it, but its storage.
  std::string catalogue(const std::string& table) const;
  // All rows, in an order of their own.
  std::string rows(const std::string& table, const std::string& condition = "true") const;
  // What rebuilds have put beside tables, by name.
  std::string remains() const;

  static constexpr const char* kDue =
      "(\"expiresAt\" < now() AT TIME ZONE 'UTC' OR \"userId\" IS NULL AND \"createdAt\" <"
      " (now() - interval '24 h') AT TIME ZONE 'UTC')";

 private:
  std::string database_;
};

}  // namespace rollcall::postgres
