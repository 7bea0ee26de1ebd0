\set n random(1, :live)
SELECT "updatedAt" FROM "UserSession" WHERE id = (SELECT id FROM live_sessions WHERE n = :n);
