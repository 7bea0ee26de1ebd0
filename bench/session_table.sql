-- A session table of :rows anonymous sessions, the oldest first; session number n is :age seconds
-- old. live_sessions is the traffic's: the sessions that browsers still have.
CREATE TABLE "User" (id uuid PRIMARY KEY);
CREATE TABLE "UserSession" (
  id uuid PRIMARY KEY,
  "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "userId" uuid REFERENCES "User" (id) ON DELETE CASCADE ON UPDATE CASCADE,
  data jsonb,
  "expiresAt" timestamp(3) NOT NULL);
CREATE UNIQUE INDEX "UserSession_id_key" ON "UserSession" (id);
INSERT INTO "UserSession"
SELECT gen_random_uuid(), at, at, NULL,
  jsonb_build_object('session', repeat(md5(n::text), 12)), at + interval '30 days'
FROM generate_series(:rows, 1, -1) AS n,
  LATERAL (SELECT (now() - (:age) * interval '1 second') AT TIME ZONE 'UTC' AS at) AS made;
CREATE TABLE live_sessions (n int PRIMARY KEY, id uuid NOT NULL);
INSERT INTO live_sessions
SELECT row_number() OVER (ORDER BY "createdAt" DESC), id FROM "UserSession"
WHERE "createdAt" > (now() - interval '20 hours') AT TIME ZONE 'UTC';
VACUUM ANALYZE;
CHECKPOINT;
