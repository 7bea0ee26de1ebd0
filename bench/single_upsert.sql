\set id random(1, :members)
INSERT INTO rollcall_members AS m (roster, member, live_since, last_seen) SELECT 'single', md5((:id)::text), now(), now() ON CONFLICT (roster, member) DO UPDATE SET last_seen = greatest(m.last_seen, EXCLUDED.last_seen);
