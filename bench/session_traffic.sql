\set n random(1, :live)
UPDATE "UserSession" SET "updatedAt" = now() AT TIME ZONE 'UTC' WHERE id = (SELECT id FROM live_sessions WHERE n = :n);
