#include "adapters/postgres/url.hpp"

#include <gtest/gtest.h>

namespace rollcall::postgres {
namespace {

TEST(PostgresUrl, AcceptsWhatLibpqReads) {
  for (const char* url :
       {"postgresql://rollcall:secret@db.example:5432/app?sslmode=verify-full",
        "postgres://db.example", "postgresql://a:1,b:2/app?target_session_attrs=read-write",
        "postgresql:///app?host=/run/postgresql", "host=db.example port=5433 password='a@b'",
        "postgresql://rollcall:p%40ss@db.example/app"}) {
    EXPECT_TRUE(check_url(url).ok()) << url;
  }
}

TEST(PostgresUrl, RefusesTheRestWithoutQuotingIt) {
  for (const char* url :
       {"not a url: hunter2", "postgresql://rollcall:hunter2@db:port/app",
        "postgresql://rollcall:hunter2/app", "postgresql://rollcall:some@hunter2@db/app",
        "postgresql://rollcall@db/app?passwrod=hunter2", "postgresql://rollcall:%zzhunter2@db"}) {
    const base::Status status = check_url(url);
    ASSERT_FALSE(status.ok()) << url;
    EXPECT_EQ(status.error().kind, base::Errc::invalid_argument);
    EXPECT_EQ(status.error().message.find("hunter2"), std::string::npos) << status.error().message;
    EXPECT_NE(status.error().message.find("postgres.url"), std::string::npos);
  }
}

}  // namespace
}  // namespace rollcall::postgres
