#pragma once

namespace rollcall::app {

// What --help says of "rollcall retention" and of each of its commands.

inline constexpr const char* kRetentionExamples =
    R"(A policy, [[retention]] in the settings, names a table and says which of its rows go.
"rollcall serve" runs each policy by itself, once an hour when nothing else is said. These commands
are for people: to look, to drain a backlog now, to give the space of a table back.

  rollcall retention plan --config rollcall.toml       reads alone: what would go, how, how long
  rollcall retention run --config rollcall.toml        deletes what is due, at once
  rollcall retention rebuild --config rollcall.toml    gives the space of dead rows back
  rollcall retention status --config rollcall.toml     how the tables fare, and who is at work

Exits with 0 when all is done (also when there was nothing to do), 1 after an error, 2 when the
command line is not understood, 3 when it was stopped before the end. docs/retention.md has a
recipe for each preset, and says what to do about a table of millions of rows.)";

inline constexpr const char* kPlanExamples =
    R"(Reads a sample of the table, and changes nothing. For each policy: how large the table is,
how many rows are due, the way that a run would take and why, about how long, and what would
serve the table better. With --json it prints one JSON object a policy.
Exits with 0, or 1 when a database cannot be reached or a table is not as its policy says.

Examples:
  rollcall retention plan --config rollcall.toml
  rollcall retention plan --config rollcall.toml --policy user_sessions --json)";

inline constexpr const char* kRunExamples =
    R"(Deletes in small batches, which yield to the other users of the database. There is no limit
of time: a run ends when nothing is due. Runs of servers and of this command share the work. A
row that somebody has locked is left to the next run; a row that is no longer due stays.

Ctrl-C and SIGTERM end it within the batch at work: what was deleted before it stays deleted, and
the next run goes on. A second one ends the program at once. On a terminal it shows its progress;
elsewhere it prints one JSON object a line: {"policy":...,"event":"begin"|"progress"|"end",...}.

Exits with 0 when nothing due is left (also when nothing was), 1 after an error, 3 when stopped.

Examples:
  rollcall retention run --config rollcall.toml --dry-run
  rollcall retention run --config rollcall.toml --policy user_sessions
  rollcall retention run --config rollcall.toml | jq -c 'select(.event == "end")')";

inline constexpr const char* kRebuildExamples =
    R"(For a table that is mostly dead: copies the rows that stay aside, then locks the table for a
moment, truncates it and puts them back. The table stays the same one: its indexes, constraints,
views, triggers and privileges are not touched. What is due is not copied, so that no run is
needed before. It needs room for the rows that stay, twice.

It refuses, before anything is touched, what TRUNCATE cannot do (a table that others refer to by
a foreign key) and what would lock the table for longer than the policy's rebuild_lock. A
transaction that is older than the end of the rebuild, and reads the table then, sees it empty.

Ctrl-C, SIGTERM, an error or a crash leaves the table as it was. Exits with 0 when it is done (or
with --dry-run could be), 1 after an error or a refusal, 3 when stopped.

Examples:
  rollcall retention rebuild --config rollcall.toml --policy user_sessions --dry-run
  rollcall retention rebuild --config rollcall.toml --policy user_sessions)";

inline constexpr const char* kRetentionStatusExamples =
    R"(From the database: the size of each table, its rows by the statistics, the last vacuum, what
is due, and who is at work on it now. From the server of these settings, when it runs on this
machine: its last runs, and when the next one is due. With --json it prints one JSON object a
policy. Exits with 0, or 1 when a database cannot be asked.

Example:
  rollcall retention status --config rollcall.toml)";

}  // namespace rollcall::app
